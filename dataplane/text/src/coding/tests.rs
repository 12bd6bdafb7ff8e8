use super::*;
use crate::Alphabet::{
    Ascii, Binary, Cyrillic, EucJp, EucKr, Foreign, Gsm7, Hebrew, Iso2022Jp, Latin1, ShiftJis, Ucs2,
};

const CLASSES: [Class; 4] = [Class::Flash, Class::Phone, Class::Card, Class::Attached];

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
        (0x05, ShiftJis),
        (0x06, Cyrillic),
        (0x07, Hebrew),
        (0x08, Ucs2),
        (0x0A, Iso2022Jp),
        (0x0D, EucJp),
        (0x0E, EucKr),
    ] {
        expected[octet] = (alphabet, None);
    }
    for (first, alphabet) in general.into_iter().flatten() {
        for (class, name) in CLASSES.into_iter().enumerate() {
            expected[first + class] = (alphabet, (first & 0x10 != 0).then_some(name));
        }
    }
    for octet in (0x30..0x40).chain(0x70..0x80) {
        expected[octet] = (Foreign, Some(CLASSES[octet & 3]));
    }
    expected[0xC0..0xE0].fill((Gsm7, None));
    expected[0xE0..0xF0].fill((Ucs2, None));
    for (octet, meaning) in expected.iter_mut().enumerate().skip(0xF0) {
        let alphabet = if octet & 4 == 0 { Gsm7 } else { Binary };
        *meaning = (alphabet, Some(CLASSES[octet & 3]));
    }
    for (octet, (alphabet, class)) in (0..=255).zip(expected) {
        let coding = Coding::of(octet);
        assert_eq!((coding.alphabet, coding.class), (alphabet, class), "0x{octet:02X}");
        let (general, waits) = ((0x10..0x80).contains(&octet), (0xC0..0xF0).contains(&octet));
        assert_eq!(coding.compressed, general && octet & 0x20 != 0, "0x{octet:02X}");
        assert_eq!(coding.deleted_once_read, general && octet & 0x40 != 0, "0x{octet:02X}");
        assert_eq!(coding.waiting.is_some(), waits, "0x{octet:02X}");
    }
}

#[test]
fn waiting_indications_are_read() {
    let cases = [
        (0xC0, Waiting { stored: false, active: false, kind: Waits::Voice }),
        (0xC8, Waiting { stored: false, active: true, kind: Waits::Voice }),
        (0xD9, Waiting { stored: true, active: true, kind: Waits::Fax }),
        (0xD2, Waiting { stored: true, active: false, kind: Waits::Mail }),
        (0xEB, Waiting { stored: true, active: true, kind: Waits::Other }),
    ];
    for (octet, expected) in cases {
        assert_eq!(Coding::of(octet).waiting, Some(expected), "0x{octet:02X}");
    }
}

#[test]
fn a_class_outlives_a_change_of_alphabet() {
    for octet in 0..=255 {
        let coding = Coding::of(octet);
        for alphabet in [Gsm7, Ucs2, Binary] {
            let said = Coding::of(coding.said_in(alphabet).unwrap());
            assert_eq!((said.alphabet, said.class), (alphabet, coding.class), "0x{octet:02X}");
        }
    }
    assert_eq!(Coding::of(0xF0).said_in(Latin1), Some(3));
    assert_eq!(Coding::of(0xF0).said_in(Foreign), None);
}

#[test]
fn an_alphabet_s_own_data_coding_means_it() {
    let all =
        [Gsm7, Ascii, Latin1, ShiftJis, Cyrillic, Hebrew, Ucs2, Iso2022Jp, EucJp, EucKr, Binary];
    for alphabet in all {
        assert_eq!(Coding::of(alphabet.data_coding().unwrap()).alphabet, alphabet);
    }
    assert_eq!(Foreign.data_coding(), None);
}
