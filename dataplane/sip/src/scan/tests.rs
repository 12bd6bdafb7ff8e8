//! What the lexical rules say, said slowly.

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
        let host = octet.is_ascii_alphanumeric() || b"-._".contains(&octet);
        let user = octet.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/%#[]".contains(&octet);
        let is = |class: u8| behind(&[octet], 0, class) == 1;
        let plain = octet.is_ascii_alphanumeric() || b"-_.!~*'()+&=$".contains(&octet);
        assert_eq!((is(HOST), is(USER), is_plain(octet)), (host, user, plain), "{octet:#x}");
        let found = (is_lws(octet), is_token(octet), is_uri(octet), is(VALUE));
        assert_eq!(found, (lws, token, uri, value), "{octet:#x}");
    }
}
