use proptest::prelude::*;

use super::*;

fn frozen(entries: &[(String, u32)]) -> rkyv::util::AlignedVec {
    let entries = entries.iter().map(|(prefix, value)| (prefix.parse().ok(), *value));
    rkyv::to_bytes::<rkyv::rancor::Error>(&PrefixTable::build(entries)).unwrap()
}

fn access(octets: &[u8]) -> &ArchivedPrefixTable {
    rkyv::access::<ArchivedPrefixTable, rkyv::rancor::Error>(octets).unwrap()
}

#[test]
fn the_longest_prefix_wins() {
    let octets = frozen(&[("2".into(), 1), ("222".into(), 2), (String::new(), 9)]);
    let table = access(&octets);
    let longest = |number: &str| table.longest(number.parse().unwrap());
    assert_eq!(longest("2"), Some(1));
    assert_eq!(longest("2221234"), Some(2));
    assert_eq!(longest("2212"), Some(1));
    assert_eq!(longest("02"), Some(9));
    assert_eq!((table.len(), table.is_empty()), (2, false));
}

proptest! {
    #[test]
    fn equals_a_naive_scan(
        entries in proptest::collection::vec(("[012]{0,5}", any::<u32>()), 0..40),
        number in "[012]{1,8}",
    ) {
        let octets = frozen(&entries);
        let naive = entries
            .iter()
            .filter(|(prefix, _)| number.starts_with(prefix))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, value)| *value);
        prop_assert_eq!(access(&octets).longest(number.parse().unwrap()), naive);
    }
}
