use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn frozen(patterns: &[String]) -> rkyv::util::AlignedVec {
    let parsed = patterns.iter().map(|text| Pattern::parse(text).unwrap());
    rkyv::to_bytes::<rkyv::rancor::Error>(&PatternMap::build(parsed.zip(0..))).unwrap()
}

fn access(octets: &[u8]) -> &ArchivedPatternMap {
    let map = rkyv::access::<ArchivedPatternMap, rkyv::rancor::Error>(octets).unwrap();
    assert!(map.is_sound());
    map
}

/// All ranks that match, by asking again from behind each.
fn found(map: &ArchivedPatternMap, number: Number) -> Vec<u32> {
    let next = |rank: &u32| map.least(number, rank + 1);
    std::iter::successors(map.least(number, 0), next).collect()
}

fn naive(patterns: &[String], number: Number) -> Vec<u32> {
    let digits = number.digits();
    let matches = |text: &String| Pattern::parse(text).unwrap().matches(&digits);
    (0..).zip(patterns).filter(|(_, text)| matches(text)).map(|(rank, _)| rank).collect()
}

#[test]
fn every_kind_of_pattern_is_found_in_its_order() {
    let patterns = ["%", "222", "2%", "222%", "22_", "%22", "2%2", "%2%", "___", "_%_", "%1_"];
    let patterns = patterns.map(str::to_owned).to_vec();
    let octets = frozen(&patterns);
    let map = access(&octets);
    assert_eq!(found(map, "222".parse().unwrap()), (0..10).collect::<Vec<u32>>());
    assert_eq!(found(map, "919".parse().unwrap()), [0, 8, 9, 10]);
    assert_eq!(found(map, "1".parse().unwrap()), [0]);
}

#[test]
fn what_no_number_can_match_is_left_out() {
    let octets = frozen(&["1234567890123456789%".into(), "1234567890123456789".into()]);
    assert_eq!(access(&octets).least("123456789012345678".parse().unwrap(), 0), None);
}

#[test]
fn patterns_are_listed_under_digits_they_need() {
    let table = [
        ("22%99", ("22", "99", "")),
        ("%99", ("", "99", "")),
        ("9_", ("9", "", "")),
        ("%1_234%", ("", "", "234")),
        ("_%", ("", "", "")),
    ];
    for (text, expected) in table {
        assert_eq!(crate::table::anchors::literals(text), expected, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn equals_a_naive_scan(
        patterns in proptest::collection::vec("[01_%]{1,5}|[01]{1,7}%?|[01]{1,3}%[01]{1,3}", 0..60),
        numbers in proptest::collection::vec("[01]{1,8}", 1..40),
    ) {
        let octets = frozen(&patterns);
        let map = access(&octets);
        for number in numbers.iter().collect::<BTreeSet<_>>() {
            let number = number.parse().unwrap();
            prop_assert_eq!(found(map, number), naive(&patterns, number), "{}", number);
        }
    }
}
