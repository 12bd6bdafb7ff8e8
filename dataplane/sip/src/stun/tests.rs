//! The vectors of RFC 5769 as far as they concern us, and what is no request.

use super::*;

/// RFC 5769 §2.1 without what its sender added for ICE (an attribute that must be understood).
fn request(attributes: &[u8]) -> Vec<u8> {
    let mut octets = vec![0, 1, 0, attributes.len() as u8];
    octets.extend_from_slice(&COOKIE);
    octets.extend_from_slice(&ID);
    octets.extend_from_slice(attributes);
    octets
}

const ID: [u8; 12] = [0xB7, 0xE7, 0xA7, 0x01, 0xBC, 0x34, 0xD6, 0x86, 0xFA, 0x87, 0xDF, 0xAE];

fn answered(octets: &[u8], peer: &str) -> Option<Vec<u8>> {
    let mut out = b"before".to_vec();
    let is_answered = answer(octets, peer.parse().unwrap(), &mut out);
    assert_eq!(is_answered, out.len() > 6);
    is_answered.then(|| out.split_off(6))
}

#[test]
fn the_addresses_of_rfc_5769() {
    let four = answered(&request(&[]), "192.0.2.1:32853").unwrap();
    assert_eq!(four[..4], [1, 1, 0, 12]);
    assert_eq!(four[4..8], COOKIE);
    assert_eq!(four[8..20], ID);
    assert_eq!(four[20..], [0, 0x20, 0, 8, 0, 1, 0xA1, 0x47, 0xE1, 0x12, 0xA6, 0x43]);
    let peer = "[2001:db8:1234:5678:11:2233:4455:6677]:32853";
    let six = answered(&request(&[]), peer).unwrap();
    let mapped = [
        0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xA1, 0x47, 0x01, 0x13, 0xA9, 0xFA, 0xA5, 0xD3, 0xF1,
        0x79, 0xBC, 0x25, 0xF4, 0xB5, 0xBE, 0xD2, 0xB9, 0xD9,
    ];
    assert_eq!(six[20..], mapped);
    let within = answered(&request(&[]), "[::ffff:192.0.2.1]:32853").unwrap();
    assert_eq!(within, four, "IPv4 within IPv6 is IPv4");
}

#[test]
fn what_may_be_ignored_is_and_what_must_be_understood_is_refused() {
    let software = [0x80, 0x22, 0, 2, b'x', b'y', 0, 0];
    assert_eq!(answered(&request(&software), "192.0.2.1:1").unwrap()[..2], BINDING_SUCCESS);
    let change = [0, 3, 0, 4, 0, 0, 0, 6];
    let error = answered(&request(&change), "192.0.2.1:1").unwrap();
    assert_eq!(error[..2], BINDING_ERROR);
    assert_eq!(usize::from(error[3]), error.len() - HEADER_LEN);
    assert_eq!(error[20..28], [0, 9, 0, 21, 0, 0, 4, 20]);
    assert_eq!(error[48..], [0, 10, 0, 2, 0, 3, 0, 0]);
}

#[test]
fn nothing_else_is_answered() {
    let good = request(&[]);
    let with = |at: usize, octet: u8| {
        let mut octets = good.clone();
        octets[at] = octet;
        octets
    };
    let wrong = [with(0, 0x40), with(1, 0x11), with(0, 1), with(4, 0), with(3, 4), with(3, 1)];
    for octets in wrong.iter().chain([&good[..19].to_vec(), &Vec::new()]) {
        assert_eq!(answered(octets, "192.0.2.1:1"), None, "{octets:?}");
    }
    for attributes in [&[0x80, 0x22, 0, 8][..], &[0x80, 0x22, 0xFF, 0xFF], &[0; 3]] {
        assert_eq!(answered(&request(attributes), "192.0.2.1:1"), None, "{attributes:?}");
    }
    assert!(!is_stun(b"\r\n\r\n") && !is_stun(b"OPTIONS sip:x SIP/2.0\r\n"));
}
