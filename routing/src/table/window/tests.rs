use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn at_once_is_as_one_by_one(
        bodies in prop::array::uniform16(prop_oneof![0u32..9, 0u32..1 << 31]),
        wanted in prop_oneof![0u32..9, 0u32..1 << 31],
        left in 0usize..=40,
    ) {
        let words = bodies.map(|body| u64_le::from_native(u64::from(body) << 32 | 0xFFFF_FFFF));
        let one_by_one = bodies.iter().take(left).filter(|body| **body <= wanted).count();
        prop_assert_eq!(not_behind(&words, left, wanted), one_by_one);
    }
}
