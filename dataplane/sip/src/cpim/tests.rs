#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use super::*;
use crate::header::Date;
use crate::imdn::Wishes;

/// RFC 5438 §11.1.1, with the headers of its example.
const EXAMPLE: &str = "From: Alice <im:alice@example.com>\r\n\
    To: Bob <im:bob@example.com>\r\n\
    NS: imdn <urn:ietf:params:imdn>\r\n\
    imdn.Message-ID: 34jk324j\r\n\
    DateTime: 2006-04-04T12:16:49-05:00\r\n\
    imdn.Disposition-Notification: positive-delivery, negative-delivery\r\n\
    \r\n\
    Content-type: text/plain\r\n\
    Content-length: 12\r\n\
    \r\n\
    Hello World";

#[test]
fn the_example_of_the_standard_is_read() {
    let cpim = Cpim::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(cpim.from, Some("Alice <im:alice@example.com>"));
    assert_eq!(cpim.to, Some("Bob <im:bob@example.com>"));
    assert_eq!(cpim.message_id, Some("34jk324j"));
    assert_eq!(cpim.date_time, Some("2006-04-04T12:16:49-05:00"));
    assert_eq!(cpim.wishes, Wishes::DELIVERED.and(Wishes::FAILED));
    assert_eq!(cpim.part.content_type, Some("text/plain"));
    assert_eq!(cpim.part.body, b"Hello World");
    assert!(!cpim.is_beyond_us);
}

#[test]
fn line_feeds_and_missing_headers_do_no_harm() {
    let plain = Cpim::parse(b"\n\nhello").unwrap();
    assert_eq!((plain.part.body, plain.message_id), (&b"hello"[..], None));
    assert!(plain.part.media().unwrap().is("text", "plain"), "nothing said is plain text");
    let unix = EXAMPLE.replace("\r\n", "\n");
    assert_eq!(Cpim::parse(unix.as_bytes()).unwrap().message_id, Some("34jk324j"));
}

#[test]
fn a_prefix_means_what_its_namespace_says() {
    let other = EXAMPLE.replace("imdn <", "n <").replace("imdn.", "n.");
    assert_eq!(Cpim::parse(other.as_bytes()).unwrap().message_id, Some("34jk324j"));
    let stolen = EXAMPLE.replace("<urn:ietf:params:imdn>", "<urn:else>");
    assert_eq!(Cpim::parse(stolen.as_bytes()).unwrap().message_id, None);
    let unsaid = EXAMPLE.replace("NS: imdn <urn:ietf:params:imdn>\r\n", "");
    assert_eq!(Cpim::parse(unsaid.as_bytes()).unwrap().message_id, Some("34jk324j"));
}

#[test]
fn what_is_required_and_unknown_is_beyond_us() {
    let with = |line: &str| format!("{line}\r\n{EXAMPLE}");
    let beyond = |line: &str| Cpim::parse(with(line).as_bytes()).unwrap().is_beyond_us;
    assert!(!beyond("Require: From, imdn.Message-ID"));
    assert!(beyond("Require: From, x.Secret"));
    assert!(beyond("Require: imdn.IMDN-Route"));
}

#[test]
fn what_is_no_envelope_is_refused() {
    let bomb = "A: b\r\n".repeat(1000);
    for wrong in ["", "Hello World", "From: a\r\n", "From: a\r\n\r\nContent-Type: b\r\n", &bomb] {
        assert_eq!(Cpim::parse(wrong.as_bytes()).unwrap_err().status(), 400, "{wrong:?}");
    }
    assert!(Cpim::parse(b"From: \xff\r\n\r\n\r\n").is_err());
}

#[test]
fn what_we_write_we_read() {
    let envelope = Envelope {
        from: "sip:1111@env1.example",
        to: "sip:2222@env1.example>\r\nNS: evil <x>",
        date: Date { unix_secs: 1_705_314_600 },
        message_id: "01J00000\r\n\r\nbody",
        wishes: Wishes::DELIVERED.and(Wishes::DISPLAYED),
        content_type: "text/plain;charset=UTF-8",
        disposition: Some("notification"),
    };
    let mut octets = Vec::new();
    envelope.encode("grüße".as_bytes(), &mut octets);
    let cpim = Cpim::parse(&octets).unwrap();
    assert_eq!(cpim.from, Some("<sip:1111@env1.example>"));
    assert_eq!(cpim.to, Some("<sip:2222@env1.exampleNS: evil <x>"), "one line for ever");
    assert_eq!(cpim.message_id, Some("01J00000body"));
    assert_eq!(cpim.date_time, Some("2024-01-15T10:30:00Z"));
    assert_eq!(cpim.wishes, Wishes::DELIVERED.and(Wishes::DISPLAYED));
    assert_eq!(cpim.part.disposition, Some("notification"));
    assert_eq!(cpim.part.body, "grüße".as_bytes());
}
