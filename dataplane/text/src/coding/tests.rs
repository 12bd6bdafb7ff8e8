use super::*;
use crate::Alphabet::{Ascii, Binary, Cyrillic, Foreign, Gsm7, Hebrew, Latin1, Ucs2};

/// Every octet, group by group (SMPP 3.4 §5.2.19; TS 23.038 §4), with its class.
#[test]
fn every_data_coding_has_its_meaning() {
    let general = [
        [(0x10, Gsm7), (0x14, Binary), (0x18, Ucs2), (0x1C, Foreign)],
        [(0x40, Gsm7), (0x44, Binary), (0x48, Ucs2), (0x4C, Foreign)],
        [(0x50, Gsm7), (0x54, Binary), (0x58, Ucs2), (0x5C, Foreign)],
    ];
    let mut expected = [(Foreign, None); 256];
    for (octet, alphabet) in [
        (0x00, Gsm7),
        (0x01, Ascii),
        (0x02, Binary),
        (0x03, Latin1),
        (0x04, Binary),
        (0x06, Cyrillic),
        (0x07, Hebrew),
        (0x08, Ucs2),
    ] {
        expected[octet] = (alphabet, None);
    }
    for (first, alphabet) in general.into_iter().flatten() {
        for class in 0..4 {
            let has_class = first & 0x10 != 0;
            expected[first + class] = (alphabet, has_class.then_some(class as u8));
        }
    }
    for octet in (0x30..0x40).chain(0x70..0x80) {
        expected[octet] = (Foreign, Some((octet & 3) as u8));
    }
    expected[0xC0..0xE0].fill((Gsm7, None));
    expected[0xE0..0xF0].fill((Ucs2, None));
    for (octet, meaning) in expected.iter_mut().enumerate().skip(0xF0) {
        let alphabet = if octet & 4 == 0 { Gsm7 } else { Binary };
        *meaning = (alphabet, Some((octet & 3) as u8));
    }
    for (octet, (alphabet, class)) in (0..=255).zip(expected) {
        assert_eq!(Coding::of(octet), Coding { alphabet, class }, "0x{octet:02X}");
    }
}

#[test]
fn an_alphabet_s_own_data_coding_means_it() {
    for alphabet in [Gsm7, Ascii, Latin1, Cyrillic, Hebrew, Ucs2, Binary] {
        assert_eq!(Coding::of(alphabet.data_coding().unwrap()).alphabet, alphabet);
    }
    assert_eq!(Foreign.data_coding(), None);
}
