use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn equals_a_map(
        entries in proptest::collection::vec(("[09]{1,18}|1234567890[0-9]{0,8}", 0u32..99), 0..60),
        others in proptest::collection::vec("[09]{1,18}|1234567890[0-9]{0,8}", 0..40),
    ) {
        let table = NumberTable::build(entries.iter().map(|(text, value)| (number(text), *value)));
        let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&table).unwrap();
        let table = rkyv::access::<ArchivedNumberTable, rkyv::rancor::Error>(&octets).unwrap();
        prop_assert!(table.is_sound(100));
        let map: BTreeMap<&str, u32> =
            entries.iter().map(|(text, value)| (text.as_str(), *value)).collect();
        prop_assert_eq!(table.len(), map.len());
        let asked = entries.iter().map(|(text, _)| text).chain(&others);
        for text in asked {
            prop_assert_eq!(table.exact(number(text)), map.get(text.as_str()).copied(), "{}", text);
        }
    }
}

#[test]
fn slots_never_mislead_however_uneven_the_digits_are() {
    // Numbers handed out one after another, at both ends of their range and in its middle.
    let blocks = [("4479001", 30_000), ("4400000", 20_000), ("4499999", 20_000), ("44", 9_000)];
    let digits = |(block, count): (&'static str, u64)| {
        (0..count).map(move |nth| {
            (format!("{block}{:06}", 2 * nth), format!("{block}{:06}", 2 * nth + 1))
        })
    };
    let pairs: Vec<(String, String)> = blocks.into_iter().flat_map(digits).collect();
    let entries = (0u32..).zip(&pairs).map(|(value, (there, _))| (number(there), value));
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&NumberTable::build(entries)).unwrap();
    let table = rkyv::access::<ArchivedNumberTable, rkyv::rancor::Error>(&octets).unwrap();
    assert_eq!(table.len(), pairs.len());
    for (value, (there, not_there)) in (0u32..).zip(&pairs) {
        assert_eq!(table.exact(number(there)), Some(value), "{there}");
        assert_eq!(table.exact(number(not_there)), None, "{not_there}");
    }
}
