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
fn strings_that_end_in_zeros_come_one_by_one() {
    let texts = ["", "0", "00", "000", "0000", "00000", "0000000000000", "00000000000000", "00001"];
    let places: Vec<_> = texts.iter().map(|text| whole(pack(text), 3)).collect();
    assert!(places.is_sorted() && places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
    assert_eq!(whole(pack("1230000000100"), 3), (123, 1 << 4 | 11, 2));
}

#[test]
fn parts_are_what_the_first_digits_say() {
    for digits in 0..=PART_DIGITS_MAX as u32 {
        let below = POWERS[BODY_MAX] as u32 / 10u32.pow(digits);
        for first in (0..10u32.pow(digits)).step_by(7) {
            for rest in [0, below / 2, below - 1] {
                let body = (first * below + rest) << BODY_LEN_BITS | 13;
                assert_eq!(part(body, digits), first, "{body}");
            }
        }
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
        depth in DEPTH_MIN as u8..=DEPTH_MAX as u8,
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
