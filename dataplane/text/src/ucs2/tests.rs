use proptest::prelude::*;

use super::*;

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
