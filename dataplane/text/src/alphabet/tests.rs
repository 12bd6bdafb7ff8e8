use proptest::prelude::*;

use super::*;

#[test]
fn a_text_is_written_whole_or_not_at_all() {
    let table: [(Alphabet, &str, Option<&[u8]>); 13] = [
        (Alphabet::Gsm7, "5 €", Some(b"5 \x1B\x65")),
        (Alphabet::Gsm7, "й", None),
        (Alphabet::Ascii, "plain", Some(b"plain")),
        (Alphabet::Ascii, "grün", None),
        (Alphabet::Latin1, "grün", Some(b"gr\xFCn")),
        (Alphabet::Latin1, "€", None),
        (Alphabet::Ucs2, "€", Some(b"\x20\xAC")),
        (Alphabet::Cyrillic, "Ёж №1", Some(b"\xA1\xD6 \xF01")),
        (Alphabet::Cyrillic, "שלום", None),
        (Alphabet::Hebrew, "שלום ×", Some(b"\xF9\xEC\xE5\xED \xAA")),
        (Alphabet::Hebrew, "é", None),
        (Alphabet::EucKr, "한글", Some(b"\xC7\xD1\xB1\xDB")),
        (Alphabet::Binary, "text", None),
    ];
    for (alphabet, text, expected) in table {
        let mut out = b"before".to_vec();
        assert_eq!(encode_to(alphabet, text, &mut out), expected.is_some(), "{text}");
        assert_eq!(&out[6..], expected.unwrap_or_default(), "{text}");
    }
}

const ALL: [Alphabet; 12] = [
    Alphabet::Gsm7,
    Alphabet::Ascii,
    Alphabet::Latin1,
    Alphabet::Cyrillic,
    Alphabet::Hebrew,
    Alphabet::Ucs2,
    Alphabet::ShiftJis,
    Alphabet::Iso2022Jp,
    Alphabet::EucJp,
    Alphabet::EucKr,
    Alphabet::Binary,
    Alphabet::Foreign,
];

fn read(alphabet: Alphabet, octets: &[u8]) -> (String, Result<Decoded, TextError>) {
    let mut text = String::new();
    let result = decode_to(alphabet, octets, &mut text);
    (text, result)
}

#[test]
fn each_alphabet_reads_its_own() {
    let cases: [(Alphabet, &[u8], &str, Decoded); 9] = [
        (Alphabet::Gsm7, b"50% \x00 \x1Be", "50% @ €", Decoded::Exact),
        (Alphabet::Ascii, b"user@host", "user@host", Decoded::Exact),
        (Alphabet::Ascii, b"\xE9", "\u{FFFD}", Decoded::Repaired),
        (Alphabet::Latin1, b"Cr\xE9dit \xE9puis\xE9", "Crédit épuisé", Decoded::Exact),
        (Alphabet::Cyrillic, b"\xBF\xE0\xD8\xD2\xD5\xE2", "Привет", Decoded::Exact),
        (Alphabet::Cyrillic, b"\xA1\xF0\xF1\xFD\xFF\xAD", "Ё№ё§џ\u{AD}", Decoded::Exact),
        (Alphabet::Hebrew, b"\xF9\xEC\xE5\xED", "שלום", Decoded::Exact),
        (Alphabet::Hebrew, b"\xFB", "\u{FFFD}", Decoded::Repaired),
        (Alphabet::Ucs2, b"\x06\x31\xD8\x3D\xDE\x00", "ر😀", Decoded::Exact),
    ];
    for (alphabet, octets, text, decoded) in cases {
        assert_eq!(read(alphabet, octets), (text.to_owned(), Ok(decoded)), "{alphabet:?}");
    }
    assert_eq!(read(Alphabet::Binary, b"a"), (String::new(), Err(TextError::Binary)));
    assert_eq!(read(Alphabet::Foreign, b"a"), (String::new(), Err(TextError::Foreign)));
}

#[test]
fn the_smallest_alphabet_is_chosen() {
    let mut out = Vec::new();
    assert_eq!(encode_smallest("a{", &mut out), Alphabet::Gsm7);
    assert_eq!(out, b"a\x1B\x28");
    out.clear();
    assert_eq!(encode_smallest("a`", &mut out), Alphabet::Ucs2);
    assert_eq!(out, b"\x00a\x00`");
    out.clear();
    assert_eq!(encode_smallest("", &mut out), Alphabet::Gsm7);
    assert!(out.is_empty());
}

#[test]
fn segments_are_counted_at_the_edges() {
    let cases = [
        (Alphabet::Gsm7, [(0, 1), (160, 1), (161, 2), (306, 2), (307, 3), (39_015, 255)]),
        (Alphabet::Ucs2, [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (17_085, 255)]),
        (Alphabet::Binary, [(0, 1), (140, 1), (141, 2), (268, 2), (269, 3), (34_170, 255)]),
    ];
    for (alphabet, edges) in cases {
        for (units, expected) in edges {
            assert_eq!(segments(alphabet, units), expected, "{alphabet:?} {units}");
        }
    }
    assert_eq!(segments(Alphabet::Gsm7, usize::MAX), u16::MAX);
    assert_eq!(Alphabet::Ucs2.units(5), 3);
    assert_eq!(Alphabet::Gsm7.units(5), 5);
}

/// Every octet of the eight-bit sets is written as it is read.
#[test]
fn eight_bit_sets_go_there_and_back() {
    for alphabet in [Alphabet::Latin1, Alphabet::Cyrillic, Alphabet::Hebrew] {
        for octet in 0..=0xFF {
            let (text, result) = read(alphabet, &[octet]);
            if result == Ok(Decoded::Exact) {
                let mut written = Vec::new();
                assert!(encode_to(alphabet, &text, &mut written));
                assert_eq!(written, [octet], "{alphabet:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_reads_as_it_was_written(text in any::<String>()) {
        let mut written = Vec::new();
        let alphabet = encode_smallest(&text, &mut written);
        prop_assert_eq!(read(alphabet, &written), (text, Ok(Decoded::Exact)));
    }

    #[test]
    fn any_octets_read_as_something(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        for alphabet in ALL {
            let (text, result) = read(alphabet, &octets);
            let repaired = result == Ok(Decoded::Repaired);
            let has_gap = text.contains(char::REPLACEMENT_CHARACTER);
            prop_assert!(!has_gap || repaired || alphabet == Alphabet::Ucs2);
        }
    }
}
