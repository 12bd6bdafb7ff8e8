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
fn parts_are_equal_and_in_order() {
    for parts in [1, 2, 3, 10, 64, 999, 1 << 16, 1 << 26] {
        let mut latest = (0, 0);
        for digits in (0..POWERS[BODY_MAX]).step_by(9_973).chain([POWERS[BODY_MAX] - 1]) {
            let (at, fraction) = part((digits as u32) << BODY_LEN_BITS | 13, parts);
            let exact = digits as f64 * f64::from(parts) / POWERS[BODY_MAX] as f64;
            let found = f64::from(at) + fraction as f64 / 2f64.powi(64);
            assert!((found - exact).abs() < 1e-3 && found <= exact + 1e-6, "{digits} of {parts}");
            assert!((at, fraction) >= latest && at < parts, "{digits} of {parts}");
            latest = (at, fraction);
        }
    }
}

#[test]
fn strings_are_cut_as_division_cuts_them() {
    for depth in DEPTH_MIN as u8..=DEPTH_MAX as u8 {
        let below = CUTS[usize::from(depth)].below;
        for head in [0, 1, 9, 12_345, POWERS[DIGITS_MAX] / below - 1] {
            for aligned in [head * below, head * below + below - 1, head * below + below / 2] {
                let (place, trunk) = (Place::of(POWERS[DIGITS_MAX] + aligned, depth), head);
                assert_eq!(u64::from(place.head), trunk / BODIES, "{aligned} at {depth}");
                assert_eq!(u64::from(place.body >> BODY_LEN_BITS), trunk % BODIES, "{aligned}");
                assert_eq!(u64::from(place.tail), aligned % below, "{aligned} at {depth}");
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
