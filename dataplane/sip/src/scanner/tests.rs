//! Scanners and those that are none.

use super::{Scanners, has_credentials};

#[test]
fn e12_a_scanner_is_known_by_its_name() {
    let cases = [
        ("OPTIONS sip:100@x SIP/2.0\r\nUser-Agent: friendly-scanner\r\n\r\n", true),
        ("OPTIONS sip:100@x SIP/2.0\r\nUser-Agent:  Sipvicious 1\r\n\r\n", true),
        ("OPTIONS sip:100@x SIP/2.0\r\nUser-Agent: sipcli/v1.8\r\n", true),
        ("OPTIONS sip:x SIP/2.0\r\nUser-Agent: sipsak 0.9.7\r\n\r\n", false),
        ("MESSAGE sip:x SIP/2.0\r\nSubject: x\r\n\r\nUser-Agent: sipvicious", false),
        ("REGISTER sip:x SIP/2.0\r\nUser-Agent:", false),
        ("", false),
    ];
    for (text, expected) in cases {
        assert_eq!(Scanners::default().sent(text.as_bytes()), expected, "{text}");
    }
}

#[test]
fn credentials_are_seen_without_parsing() {
    assert!(has_credentials(b"MESSAGE sip:x SIP/2.0\r\nProxy-Authorization: Digest a\r\n"));
    assert!(has_credentials(b"REGISTER sip:x SIP/2.0\r\nAuthorization: Digest a\r\n"));
    assert!(!has_credentials(b"REGISTER sip:x SIP/2.0\r\nContact: <sip:a@b>\r\n"));
}
