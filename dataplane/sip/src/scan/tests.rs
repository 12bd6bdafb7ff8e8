//! The quick searches find what the slow ones find.

use proptest::prelude::*;

use super::*;

/// Octets in which what is looked for is frequent, and its neighbours in every bit are too.
fn octets() -> impl Strategy<Value = Vec<u8>> {
    let near =
        prop::sample::select(vec![b'"', b'\\', b'!', b'#', b'>', b'<', 0x7F, 0x80, 0xFF, b' ']);
    prop::collection::vec(prop_oneof![near, any::<u8>(), Just(b'a')], 0..80)
}

proptest! {
    #[test]
    fn the_first_one_is_found(octets in octets(), one: u8, other: u8) {
        let naive = |wanted: &[u8]| octets.iter().position(|octet| wanted.contains(octet));
        prop_assert_eq!(find(&octets, b'"'), naive(b"\""));
        prop_assert_eq!(find(&octets, one), naive(&[one]));
        prop_assert_eq!(find_either(&octets, b'"', b'\\'), naive(b"\"\\"));
        prop_assert_eq!(find_either(&octets, one, other), naive(&[one, other]));
    }

    #[test]
    fn all_is_all(octets in octets()) {
        prop_assert_eq!(all_uri(&octets), octets.iter().all(|octet| is_uri(*octet)));
        prop_assert_eq!(all_graphic(&octets), octets.iter().all(u8::is_ascii_graphic));
    }

    #[test]
    fn a_quoted_string_ends_at_the_first_quote_that_is_not_quoted(octets in octets()) {
        let mut at = 0;
        let naive = loop {
            match octets.get(at) {
                None => break None,
                Some(b'"') => break Some(at + 1),
                Some(b'\\') => at += 2,
                Some(_) => at += 1,
            }
        };
        let quoted: Vec<u8> = std::iter::once(b'"').chain(octets.iter().copied()).collect();
        prop_assert_eq!(quoted_end(&quoted, 0), naive.map(|end| end + 1));
    }
}

#[test]
fn classes_are_what_the_grammar_says() {
    for octet in 0..=u8::MAX {
        let lws = b" \t\r\n".contains(&octet);
        let token = octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&octet);
        let uri = octet.is_ascii_graphic() && !b"<>\"".contains(&octet);
        let value = !lws && !b";,\"<>".contains(&octet);
        let found = (is_lws(octet), is_token(octet), is_uri(octet), is_value(octet));
        assert_eq!(found, (lws, token, uri, value), "{octet:#x}");
    }
}
