use proptest::prelude::*;

use super::*;

fn pack(text: &str) -> Packed {
    format!("1{text}").parse().unwrap()
}

fn whole(packed: Packed, depth: u8) -> (u32, u32, u32) {
    let place = Place::of(packed, depth);
    (place.head, place.body, place.tail())
}

#[test]
fn ranks_count_every_string_once() {
    // All strings of at most three digits, in the order of a dictionary, are the heads of depth 3.
    let mut all: Vec<String> = (0..1000).map(|n| format!("{n:03}")).collect();
    all.extend((0..100).map(|n| format!("{n:02}")));
    all.extend((0..10).map(|n| n.to_string()));
    all.push(String::new());
    all.sort();
    assert_eq!(all.len(), heads(3));
    for (rank, text) in (0..).zip(&all) {
        assert_eq!(whole(pack(text), 3), (rank, 0, 0), "{text}");
    }
}

#[test]
fn the_first_string_behind_a_prefix() {
    let behind = |text| behind(pack(text));
    assert_eq!(behind("222"), Some(pack("223")));
    assert_eq!(behind("2199"), Some(pack("22")));
    assert_eq!(behind("0"), Some(pack("1")));
    assert_eq!(behind("999"), None);
    assert_eq!(behind(""), None);
}

proptest! {
    #[test]
    fn places_are_ordered_as_strings(
        one in "[0-9]{0,18}", other in "[0-9]{0,18}", cut in 0usize..19, zeros in "[09]{0,18}",
        depth in 0u8..=DEPTH_MAX as u8,
    ) {
        // The second pair differs late or only in zeros behind.
        let near = format!("{}{zeros}", &one[..cut.min(one.len())]);
        let near = near[..near.len().min(DIGITS_MAX)].to_owned();
        for other in [other, near] {
            let (a, b) = (whole(pack(&one), depth), whole(pack(&other), depth));
            prop_assert_eq!(a.cmp(&b), one.cmp(&other), "{} {}", one, other);
        }
    }

    #[test]
    fn packing_is_undone(text in "[0-9]{0,18}", prefix in "[0-9]{0,3}") {
        let string = pack(&text);
        prop_assert_eq!(packed(aligned(string, len(string)), len(string)), string);
        prop_assert_eq!(begins(string, pack(&prefix)), text.starts_with(&prefix));
    }
}
