//! Which messages belong together.

use super::{HashKey, Key, SipHash};
use crate::{Message, Method};

const SECRET: HashKey = HashKey([1, 2]);

fn request(via: &str, extra: &str) -> String {
    format!(
        "MESSAGE sip:b@x SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@x>;tag=f\r\nTo: <sip:b@x>\r\n\
         Call-ID: c1\r\n{extra}\r\n"
    )
}

fn key(via: &str, extra: &str) -> Key {
    let text = request(via, extra);
    Key::of_request(SECRET, &Message::parse(text.as_bytes()).unwrap())
}

/// The first vectors of the reference implementation: key 00..0f, input 00..len.
#[test]
fn siphash_matches_its_reference() {
    let secret = HashKey([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
    let expected = [
        (0, 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293_u128),
        (1, 0xda87_c1d8_6b99_af44_3476_5911_9b22_fc45),
    ];
    let input: Vec<u8> = (0..64).collect();
    let hash = |parts: &[&[u8]]| {
        let mut hash = SipHash::new(secret);
        parts.iter().for_each(|part| hash.write(part));
        hash.finish()
    };
    for (length, octets) in expected {
        assert_eq!(hash(&[&input[..length]]).to_le_bytes(), octets.to_be_bytes(), "{length}");
    }
    for cut in 0..64 {
        assert_eq!(hash(&[&input]), hash(&[&input[..cut], &input[cut..]]), "{cut}");
    }
}

#[test]
fn a_retransmission_has_the_same_key() {
    const CSEQ: &str = "CSeq: 1 MESSAGE\r\n";
    let first = key("SIP/2.0/UDP h:5060;branch=z9hG4bKa", CSEQ);
    assert_eq!(first, key("SIP/2.0/UDP H;rport;branch=z9hG4bKa", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP h;branch=z9hG4bKb", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP h:5061;branch=z9hG4bKa", CSEQ));
    assert_ne!(first, key("SIP/2.0/UDP i;branch=z9hG4bKa", CSEQ));
}

#[test]
fn without_a_cookie_everything_counts() {
    let first = key("SIP/2.0/UDP h;branch=1", "CSeq: 1 MESSAGE\r\n");
    assert_eq!(first, key("SIP/2.0/UDP h;branch=1", "CSeq: 1 MESSAGE\r\n"));
    assert_ne!(first, key("SIP/2.0/UDP h;branch=1", "CSeq: 2 MESSAGE\r\n"));
    assert_ne!(first, key("SIP/2.0/UDP h", "CSeq: 1 MESSAGE\r\n"));
}

#[test]
fn a_merged_request_shares_only_its_merge_key() {
    let texts = ["SIP/2.0/UDP h;branch=z9hG4bKa", "SIP/2.0/UDP h;branch=z9hG4bKb"]
        .map(|via| request(via, "CSeq: 1 MESSAGE\r\n"));
    let messages = [&texts[0], &texts[1]].map(|text| Message::parse(text.as_bytes()).unwrap());
    let merge = messages.each_ref().map(|message| Key::of_merge(SECRET, message).unwrap());
    let keys = messages.each_ref().map(|message| Key::of_request(SECRET, message));
    assert_eq!(merge[0], merge[1]);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_response_finds_its_request() {
    let text = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@x>;tag=f\r\n\
                To: <sip:b@x>;tag=t\r\nCall-ID: c1\r\nCSeq: 1 MESSAGE\r\n\r\n";
    let response = Message::parse(text.as_bytes()).unwrap();
    let found = Key::of_response(SECRET, &response);
    assert_eq!(found, Key::of_branch(SECRET, "z9hG4bKa", Method::Message));
    assert_ne!(found, Key::of_branch(SECRET, "z9hG4bKa", Method::Register));
    assert_ne!(found, Key::of_branch(HashKey([1, 3]), "z9hG4bKa", Method::Message));
}
