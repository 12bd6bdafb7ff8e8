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
