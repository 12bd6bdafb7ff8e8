use proptest::prelude::*;

use super::*;

fn policy(id: u32, pattern: &str, priority: u32) -> Policy {
    Policy::new(id, pattern, priority, &[id])
}

fn chosen(policies: Vec<Policy>, number: &str) -> Option<u32> {
    let table = PolicyTable::build(policies);
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&table).unwrap();
    let table = rkyv::access::<ArchivedPolicyTable, rkyv::rancor::Error>(&octets).unwrap();
    table.first_from(&[], number.parse().unwrap(), 0).map(|(_, policy)| policy.id.to_native())
}

#[test]
fn scenario_3_1g() {
    let overlap = vec![policy(1, "22%", 20), policy(2, "222%", 10)];
    assert_eq!(chosen(overlap.clone(), "2222"), Some(2));
    assert_eq!(chosen(overlap, "2212"), Some(1));
    let equal = vec![policy(1, "22%", 10), policy(2, "222%", 10)];
    assert_eq!(chosen(equal, "2222"), Some(2), "equal priority: the longer literal");
    let shorter_first = vec![policy(1, "2%", 5), policy(2, "222%", 10), policy(3, "%", 90)];
    assert_eq!(chosen(shorter_first.clone(), "2222"), Some(1), "priority beats length");
    assert_eq!(chosen(shorter_first, "9"), Some(3));
    assert_eq!(chosen(vec![policy(1, "222_", 10)], "22"), None);
    assert_eq!(chosen(vec![policy(1, "%222", 10), policy(2, "22%99", 9)], "2299222"), Some(1));
}

proptest! {
    #[test]
    fn equals_a_naive_scan(
        patterns in proptest::collection::vec(("[01_%]{1,4}|[01]{0,4}%", 0u32..4), 0..24),
        number in "[01]{1,6}",
    ) {
        let policies: Vec<Policy> =
            (0..).zip(&patterns).map(|(id, (pattern, rank))| policy(id, pattern, *rank)).collect();
        let naive = policies
            .iter()
            .filter(|p| Pattern::parse(&p.pattern).unwrap().matches(number.as_bytes()))
            .min_by_key(|p| {
                let literal = Pattern::parse(&p.pattern).unwrap().literal_len();
                (p.priority, std::cmp::Reverse(literal), p.id)
            })
            .map(|p| p.id);
        prop_assert_eq!(chosen(policies, &number), naive);
    }
}
