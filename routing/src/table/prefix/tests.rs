use proptest::prelude::*;

use super::*;

fn frozen(entries: &[(String, u32)], depth: Option<u8>) -> rkyv::util::AlignedVec {
    let pack = |(prefix, value): &(String, u32)| (format!("1{prefix}").parse().unwrap(), *value);
    let table = PrefixTable::of(&Rows::sorted(entries.iter().map(pack)), depth);
    rkyv::to_bytes::<rkyv::rancor::Error>(&table).unwrap()
}

fn access(octets: &[u8]) -> &ArchivedPrefixTable {
    let table = rkyv::access::<ArchivedPrefixTable, rkyv::rancor::Error>(octets).unwrap();
    assert!(table.is_sound(100));
    table
}

/// The longest prefix, so naive that it is obviously right.
fn naive(entries: &[(String, u32)], number: &str) -> Option<u32> {
    let matching = entries.iter().filter(|(prefix, _)| number.starts_with(prefix));
    matching.max_by_key(|(prefix, _)| prefix.len()).map(|(_, value)| *value)
}

#[test]
fn the_longest_prefix_wins() {
    let octets = frozen(&[("2".into(), 1), ("222".into(), 2), (String::new(), 9)], None);
    let table = access(&octets);
    let longest = |number: &str| table.longest(number.parse().unwrap());
    assert_eq!(longest("2"), Some(1));
    assert_eq!(longest("2221234"), Some(2));
    assert_eq!(longest("2212"), Some(1));
    assert_eq!(longest("02"), Some(9));
    assert!(!table.is_empty());
}

#[test]
fn a_short_number_is_not_taken_for_one_that_ends_in_zeros() {
    for depth in 1..=5 {
        let octets = frozen(&[("2200".into(), 1), ("22000000000000".into(), 2)], Some(depth));
        let longest = |number: &str| access(&octets).longest(number.parse().unwrap());
        assert_eq!(longest("22"), None);
        assert_eq!(longest("220"), None);
        assert_eq!(longest("2200"), Some(1));
        assert_eq!(longest("2200000000000"), Some(1));
        assert_eq!(longest("22000000000000"), Some(2));
        assert_eq!(longest("220000000000001234"), Some(2));
    }
}

#[test]
fn an_empty_table_knows_nothing() {
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&PrefixTable::default()).unwrap();
    assert_eq!(access(&octets).longest("1".parse().unwrap()), None);
    assert!(access(&octets).is_empty());
}

/// Prefixes that touch, nest, end in nines and zeros, and are as long as numbers get.
fn adversarial() -> impl Strategy<Value = String> {
    prop_oneof![
        "[012]{0,5}",
        "[09]{0,18}",
        "29{0,17}",
        "9{0,18}",
        "10{0,17}",
        "1234567890123[09]{0,5}",
        "[0-9]{0,18}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn equals_a_naive_scan(
        entries in proptest::collection::vec((adversarial(), 0u32..9), 0..40),
        numbers in proptest::collection::vec(adversarial(), 1..40),
        depth in proptest::option::of(1u8..=4),
    ) {
        let octets = frozen(&entries, depth);
        let table = access(&octets);
        let beginnings = entries.iter().map(|(prefix, _)| prefix).cloned();
        let numbers: Vec<String> =
            numbers.into_iter().chain(beginnings).filter(|number| !number.is_empty()).collect();
        let parsed: Vec<Number> = numbers.iter().map(|number| number.parse().unwrap()).collect();
        let mut many = vec![None; parsed.len()];
        table.longest_of_many(&parsed, &mut many);
        for (at, number) in numbers.iter().enumerate() {
            let expected = naive(&entries, number);
            prop_assert_eq!(table.longest(parsed[at]), expected, "{}", number);
            prop_assert_eq!(many[at], expected, "{} among many", number);
        }
    }
}
