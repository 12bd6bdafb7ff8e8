use proptest::prelude::*;

use super::*;
use crate::Decoded;

#[test]
fn f09_broken_octets_are_repaired_and_said_to_be() {
    let cases: [(&[u8], &str); 5] = [
        (b"\x00a\x00", "a\u{FFFD}"),
        (b"\xD8\x3D", "\u{FFFD}"),
        (b"\xDE\x00\x00a", "\u{FFFD}a"),
        (b"\xD8\x3D\xD8\x3D\xDE\x00", "\u{FFFD}😀"),
        (b"\xD8", "\u{FFFD}"),
    ];
    for (octets, expected) in cases {
        let mut text = String::new();
        assert_eq!(decode_to(octets, &mut text), Decoded::Repaired);
        assert_eq!(text, expected, "{octets:02x?}");
    }
}

proptest! {
    #[test]
    fn any_text_reads_as_it_was_written(text in any::<String>()) {
        let (mut written, mut read) = (Vec::new(), String::new());
        encode(&text, &mut written);
        prop_assert_eq!(written.len(), 2 * units(&text));
        prop_assert_eq!(decode_to(&written, &mut read), Decoded::Exact);
        prop_assert_eq!(read, text);
    }

    #[test]
    fn any_octets_read_as_something(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut text = String::new();
        let _ = decode_to(&octets, &mut text);
        prop_assert!(text.chars().count() <= octets.len().div_ceil(2));
    }
}

/// Any units, with a taste for surrogates and for every length of UTF-8.
fn unit() -> impl Strategy<Value = u16> {
    prop_oneof![0..0x80_u16, 0x80..0x800_u16, 0x800..0xD800_u16, 0xD800..0xE000_u16, any::<u16>()]
}

/// Runs of one script, as texts have them, in any order.
fn text() -> impl Strategy<Value = String> {
    let run = prop_oneof![
        "[ -~]{1,40}",
        "[а-я]{1,20}",
        "[一-龥]{1,30}",
        "[ऀ-ॿ ]{1,30}",
        "[😀-🙏]{1,3}",
        "\\PC{1,5}",
    ];
    proptest::collection::vec(run, 0..8).prop_map(|runs| runs.concat())
}

proptest! {
    #[test]
    fn units_are_read_as_the_standard_library_reads_them(
        units in proptest::collection::vec(unit(), 0..400),
    ) {
        let octets: Vec<u8> = units.iter().copied().flat_map(u16::to_be_bytes).collect();
        let (mut text, expected) = (String::new(), String::from_utf16_lossy(&units));
        let exact = String::from_utf16(&units).is_ok();
        prop_assert_eq!(decode_to(&octets, &mut text) == Decoded::Exact, exact);
        prop_assert_eq!(&text, &expected);
        text.clear();
        prop_assert_eq!(read::by_table(&octets, &mut text) == Decoded::Exact, exact);
        prop_assert_eq!(text, expected);
    }

    #[test]
    fn texts_of_many_scripts_are_written_as_the_standard_library_writes_them(text in text()) {
        let (mut written, mut read) = (b"before".to_vec(), String::from("before"));
        encode(&text, &mut written);
        let expected: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        prop_assert_eq!(&written[6..], &expected);
        let mut otherwise = Vec::new();
        write::by_window(&text, &mut otherwise);
        prop_assert_eq!(otherwise, expected);
        prop_assert_eq!(decode_to(&written[6..], &mut read), Decoded::Exact);
        prop_assert_eq!(&read[6..], text);
    }
}
