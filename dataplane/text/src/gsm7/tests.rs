use proptest::prelude::*;

use super::*;

/// Made by Perl's `Encode::GSM0338`, which knows nothing of our tables:
/// `septets code-point`, both in hex.
const ORACLE: &str = include_str!("encode_gsm0338.txt");

fn oracle() -> impl Iterator<Item = (Vec<u8>, char)> {
    ORACLE.lines().map(|line| {
        let (septets, point) = line.split_once(' ').unwrap();
        let octets = (0..septets.len()).step_by(2);
        let octets = octets.map(|at| u8::from_str_radix(&septets[at..at + 2], 16).unwrap());
        let point = u32::from_str_radix(point, 16).unwrap();
        (octets.collect(), char::from_u32(point).unwrap())
    })
}

#[test]
fn both_tables_agree_with_the_oracle() {
    let mut entries = 0;
    for (expected, character) in oracle() {
        let (mut text, mut written) = (String::new(), Vec::new());
        assert_eq!(decode_to(&expected, &mut text), Decoded::Exact);
        assert_eq!(text, character.to_string(), "{expected:02x?}");
        encode(&text, &mut written).unwrap();
        assert_eq!(written, expected);
        assert_eq!(septets(&text), Some(expected.len()));
        entries += 1;
    }
    assert_eq!(entries, 127 + 10);
}

#[test]
fn only_the_oracle_s_characters_have_a_code() {
    let known: Vec<char> = oracle().map(|(_, character)| character).collect();
    for character in (0..0x3000).filter_map(char::from_u32) {
        assert_eq!(septets(&character.to_string()).is_some(), known.contains(&character));
    }
}

#[test]
fn odd_escapes_are_read_as_the_standard_asks() {
    let cases: [(&[u8], &str); 6] = [
        (b"a\x1B", "a "),
        (b"\x1B\x1Ba", " a"),
        (b"\x1Ba", "a"),
        (b"\x1B\x00", "@"),
        (b"\x1B\xFF", "\u{FFFD}"),
        (b"\xE9", "\u{FFFD}"),
    ];
    for (septets, expected) in cases {
        let mut text = String::new();
        assert_eq!(decode_to(septets, &mut text), Decoded::Repaired);
        assert_eq!(text, expected, "{septets:02x?}");
    }
}

#[test]
fn a_character_without_a_code_leaves_nothing_behind() {
    let mut out = b"before".to_vec();
    assert_eq!(encode("abc`", &mut out), Err(NotGsm7));
    assert_eq!(out, b"before");
}

/// Septets as texts have them, with a taste for escapes, and what is none.
fn septets_of_a_text() -> impl Strategy<Value = Vec<u8>> {
    let run = prop_oneof![
        proptest::collection::vec(0x20..0x7F_u8, 1..40),
        proptest::collection::vec(0..0x80_u8, 1..20),
        proptest::sample::select(EXTENSION.to_vec()).prop_map(|(code, _)| vec![ESCAPE, code]),
        proptest::sample::select(EXTENSION.to_vec()).prop_map(|(code, _)| vec![ESCAPE, code]),
        proptest::collection::vec(prop_oneof![Just(ESCAPE), any::<u8>()], 1..3),
    ];
    proptest::collection::vec(run, 0..12).prop_map(|runs| runs.concat())
}

/// Texts of this alphabet, or nearly.
fn text_of_the_alphabet() -> impl Strategy<Value = String> {
    let all: Vec<char> = oracle().map(|(_, character)| character).collect();
    let character = proptest::sample::select(all);
    let run = prop_oneof![
        "[ -Z]{1,40}",
        proptest::collection::vec(character, 1..40).prop_map(|all| all.into_iter().collect()),
        "[æøåÆØÅéüö ]{1,20}",
        "[€{}\\[\\]]{1,3}",
    ];
    let odd = prop_oneof![9 => Just(String::new()), 1 => "\\PC{1}"];
    (proptest::collection::vec(run, 0..8), odd).prop_map(|(runs, odd)| runs.concat() + &odd)
}

proptest! {
    #[test]
    fn all_ways_read_the_same(septets in septets_of_a_text()) {
        let (mut text, mut expected) = ("before".to_owned(), "before".to_owned());
        let exact = decode_by_table(&septets, &mut expected);
        prop_assert_eq!(decode_to(&septets, &mut text), exact);
        prop_assert_eq!(text, expected);
    }

    #[test]
    fn all_ways_write_the_same(text in text_of_the_alphabet()) {
        let (mut written, mut expected) = (b"before".to_vec(), b"before".to_vec());
        let said = encode_by_table(&text, &mut expected);
        prop_assert_eq!(encode(&text, &mut written), said);
        prop_assert_eq!(written, expected);
    }

    #[test]
    fn what_can_be_written_reads_the_same(
        points in proptest::collection::vec(0..137_usize, 0..200),
    ) {
        let alphabet: Vec<char> = oracle().map(|(_, character)| character).collect();
        let text: String = points.into_iter().map(|at| alphabet[at]).collect();
        let (mut written, mut read) = (Vec::new(), String::new());
        encode(&text, &mut written).unwrap();
        prop_assert_eq!(septets(&text), Some(written.len()));
        prop_assert_eq!(decode_to(&written, &mut read), Decoded::Exact);
        prop_assert_eq!(read, text);
    }

    #[test]
    fn exact_octets_survive_a_round_trip(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
        let mut text = String::new();
        if decode_to(&octets, &mut text) == Decoded::Exact {
            let mut written = Vec::new();
            encode(&text, &mut written).unwrap();
            prop_assert_eq!(written, octets);
        }
    }
}
