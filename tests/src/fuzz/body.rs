//! Bodies of MESSAGEs: envelopes, parts, reports, and what was compressed.

use sip::body::{Parts, inflate};
use sip::cpim::{Cpim, Envelope};
use sip::imdn::{Imdn, Wishes};
use sip::{ContentType, Date};

/// The first octet says what the others are.
///
/// # Panics
///
/// If what was understood is not understood the same when we write it, or grows.
pub fn body(data: &[u8]) {
    let Some((kind, octets)) = data.split_first() else { return };
    match kind % 4 {
        0 => cpim(octets),
        1 => imdn(octets),
        2 => parts(octets),
        _ => {
            for most in [0, 1, 100, 65_535] {
                let unpacked = inflate(octets, most).unwrap_or_default();
                assert!(unpacked.len() <= most);
            }
        }
    }
}

fn cpim(octets: &[u8]) {
    let Ok(read) = Cpim::parse(octets) else { return };
    assert!(read.part.body.len() <= octets.len());
    let envelope = Envelope {
        from: read.from.unwrap_or_default(),
        to: read.to.unwrap_or_default(),
        date: Date { unix_secs: 0 },
        message_id: read.message_id.unwrap_or_default(),
        wishes: read.wishes,
        content_type: read.part.content_type.unwrap_or("text/plain"),
        disposition: read.part.disposition,
    };
    let mut written = Vec::new();
    envelope.encode(read.part.body, &mut written);
    let again = Cpim::parse(&written).expect("we write envelopes that are envelopes");
    assert_eq!((again.part.body, again.wishes), (read.part.body, read.wishes));
    assert!(!again.is_beyond_us);
    assert_eq!(again.wishes, Wishes::parse(&words(read.wishes)));
}

fn words(wishes: Wishes) -> String {
    let mut words = Vec::new();
    wishes.encode(&mut words);
    String::from_utf8(words).expect("words are ASCII")
}

fn imdn(octets: &[u8]) {
    let Ok(read) = Imdn::parse(octets) else { return };
    let mut written = Vec::new();
    read.encode(Date { unix_secs: 0 }, &mut written);
    let again = Imdn::parse(&written);
    // What no name has is left out of it.
    if read.message_id.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
        let again = again.expect("we write reports that are reports");
        assert_eq!((again.message_id, again.disposition), (read.message_id, read.disposition));
    }
}

fn parts(octets: &[u8]) {
    let content_type = ContentType::parse("multipart/mixed;boundary=b").expect("a type");
    let parts = Parts::of(&content_type, octets).expect("it names a boundary");
    let sum: usize = parts.map(|part| part.map_or(0, |part| part.body.len())).sum();
    assert!(sum <= octets.len(), "no octet is of two parts");
}
