//! A glance sees what reading finds, or nothing.

use proptest::prelude::*;

use super::*;
use crate::Message;

const USUAL: &str = "SIP/2.0 200 OK\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK00abc.1;rport=5060;received=192.0.2.1\r\n\
    From: \"TATA\" <sip:TATA@env1.example>;tag=1\r\nTo: <sip:1@env1.example>;tag=app\r\n\
    Call-ID: c1\r\nCSeq: 1 MESSAGE\r\nContact: <sip:1@192.0.2.7>\r\nContent-Length: 0\r\n\r\n";

#[test]
fn the_usual_answer_is_seen() {
    let expected = Glance { status: 200, branch: "z9hG4bK00abc.1", method: Method::Message };
    assert_eq!(Glance::of(USUAL.as_bytes()), Some(expected));
}

#[test]
fn what_is_unusual_has_to_be_read() {
    for (from, to) in [
        ("SIP/2.0 200", "SIP/2.0 20"),
        ("SIP/2.0 200", "SIP/2.0 700"),
        ("Via: ", "v: "),
        ("Via: ", "VIA: "),
        ("rport=5060", "rport=5060,SIP/2.0/UDP b"),
        (";branch=", "; branch ="),
        (";branch=", ";branch=a;branch="),
        ("CSeq: 1 ", "CSeq: 1  "),
        ("CSeq: 1 ", "CSeq: 4294967296 "),
        ("1 MESSAGE", "1 message"),
        ("Call-ID: c1\r\n", ""),
        ("Call-ID: c1\r\n", "Call-ID: c1\r\ni: c2\r\n"),
        ("Call-ID: c1\r\n", "Call-ID: c1\n"),
        ("Call-ID: c1\r\n", "Call-ID: c1\r\n folded\r\n"),
        ("Call-ID: c1", "Call-ID: c\u{e4}"),
        ("Call-ID: c1", "Call-ID: c\u{7}"),
        ("Content-Length: 0", "Content-Length: 1"),
        ("Content-Length: 0", "l: 1"),
        ("0\r\n\r\n", "0\r\n\r\nmore"),
        ("0\r\n\r\n", "0\r\n"),
        ("Contact: ", "Contact "),
    ] {
        let text = USUAL.replacen(from, to, 1);
        assert_ne!(text, USUAL, "{from}");
        assert_eq!(Glance::of(text.as_bytes()), None, "{text}");
    }
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((0..USUAL.len(), any::<u8>()), 0..4)
}

proptest! {
    /// Octets changed anywhere: what a glance sees is what reading finds.
    #[test]
    fn reading_finds_the_same(changes in changes()) {
        let mut octets = USUAL.as_bytes().to_vec();
        for (at, octet) in changes {
            octets[at] = octet;
        }
        let (glance, message) = (Glance::of(&octets), Message::parse(&octets));
        if let (Some(glance), Ok(message)) = (glance, message) {
            prop_assert_eq!(Some(glance.status), message.status());
            prop_assert_eq!(Some(glance.branch), message.via().branch);
            prop_assert_eq!(glance.method, message.cseq().method);
        }
    }
}
