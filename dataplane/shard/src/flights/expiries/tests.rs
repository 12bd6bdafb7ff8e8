#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

#[test]
fn what_was_due_before_the_beginning_is_due_at_once() {
    let since = Instant::now() + Duration::from_secs(60);
    let mut expiries = Expiries::new(since);
    expiries.set(0, since - Duration::from_secs(9));
    expiries.set(1, since + Duration::from_secs(9));
    assert_eq!(expiries.due(since + Duration::from_millis(16)), Some(0));
    assert_eq!(expiries.due(since + Duration::from_secs(9)), None, "never early");
    assert_eq!(expiries.due(expiries.next().unwrap()), Some(1));
    assert_eq!(expiries.next(), None);
}

proptest! {
    /// As a sorted list does, but for the tick that it may be late.
    #[test]
    fn each_is_due_once_in_its_time(
        steps in vec((0_u32..40, 0_u64..400, any::<bool>()), 1..300),
    ) {
        let since = Instant::now();
        let (mut expiries, mut model) = (Expiries::new(since), BTreeMap::new());
        for (slot, at_ms, is_set) in steps {
            if is_set {
                expiries.set(slot, since + Duration::from_millis(at_ms));
                model.insert(slot, at_ms);
            } else {
                expiries.remove(slot);
                model.remove(&slot);
            }
        }
        let mut at_ms = 0;
        while let Some(next) = expiries.next() {
            let now_ms = next.saturating_duration_since(since).as_millis() as u64;
            prop_assert!(now_ms >= at_ms);
            at_ms = now_ms;
            while let Some(slot) = expiries.due(next) {
                let meant_ms = model.remove(&slot).unwrap();
                prop_assert!(meant_ms < at_ms && at_ms <= meant_ms + TICK_MS as u64);
            }
        }
        prop_assert!(model.is_empty(), "{model:?}");
    }
}
