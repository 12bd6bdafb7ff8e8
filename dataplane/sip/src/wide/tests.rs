//! The wide searches find what the slow ones find.

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
    fn the_first_one_is_found(octets in octets(), one: u8) {
        let naive = |wanted: &[u8]| octets.iter().position(|octet| wanted.contains(octet));
        prop_assert_eq!(find(&octets, b'"'), naive(b"\""));
        prop_assert_eq!(find(&octets, one), naive(&[one]));
    }

    #[test]
    fn all_is_all(octets in octets()) {
        prop_assert_eq!(all_uri(&octets), octets.iter().all(|octet| crate::scan::is_uri(*octet)));
        prop_assert_eq!(all_graphic(&octets), octets.iter().all(u8::is_ascii_graphic));
    }

    #[test]
    fn each_control_character_is_counted(octets in octets(), times in 1_usize..9) {
        let octets = octets.repeat(times);
        let control = |octet: &&u8| octet.is_ascii_control() && **octet != b'\t';
        prop_assert_eq!(controls(&octets), octets.iter().filter(control).count());
        let unseen = |octet: &&u8| !(b' '..=b'~').contains(*octet);
        prop_assert_eq!(unusual(&octets), octets.iter().filter(unseen).count());
    }
}
