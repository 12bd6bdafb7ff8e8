use proptest::prelude::*;

use super::*;

#[test]
fn parts_come_back() {
    let id = MessageId::new(1_800_000_000_123, 7, 3, 42);
    assert_eq!((id.unix_ms(), id.node(), id.shard()), (1_800_000_000_123, 7, 3));
}

#[test]
fn ids_sort_by_time_then_counter() {
    let first = MessageId::new(1_800_000_000_000, 255, 255, MessageId::COUNTER_MAX);
    let later = MessageId::new(1_800_000_000_001, 0, 0, 0);
    assert!(first < later && first.text() < later.text());
}

proptest! {
    #[test]
    fn text_is_the_id(bits in 0u128..1 << 80) {
        let id = MessageId::from_bits(bits);
        prop_assert_eq!(MessageId::parse(&id.text()), Ok(id));
        prop_assert_eq!(MessageId::parse(id.to_string().to_lowercase().as_bytes()), Ok(id));
    }

    #[test]
    fn no_text_panics(text in proptest::collection::vec(any::<u8>(), 0..40)) {
        let _ = MessageId::parse(&text);
    }
}
