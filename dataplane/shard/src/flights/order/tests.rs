//! The order says what a set of all would say.

use std::collections::BTreeSet;

use routing::MessageId;

use super::{Order, YOUNG_MAX};

/// An order, and what a set of all would hold.
#[derive(Default)]
struct Both {
    order: Order,
    set: BTreeSet<MessageId>,
}

impl Both {
    fn insert(&mut self, id: MessageId) {
        if self.set.insert(id) {
            self.order.insert(id, |id| self.set.contains(&id));
        }
    }

    fn remove(&mut self, id: MessageId) {
        if self.set.remove(&id) {
            self.order.remove(id, |id| self.set.contains(&id));
        }
    }

    fn check(&self, first: MessageId, last: MessageId) {
        let said = self.order.range(first, last).filter(|id| self.set.contains(id));
        let known = self.set.iter().copied().filter(|id| (first..=last).contains(id));
        assert_eq!(said.collect::<Vec<_>>(), known.collect::<Vec<_>>(), "{first:?} {last:?}");
    }
}

fn id(number: u64) -> MessageId {
    MessageId::from_bits(number.into())
}

#[test]
fn it_says_what_a_set_would_say() {
    let (mut both, mut at) = (Both::default(), 1_u64);
    let mut random = |below: u64| {
        at = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (at >> 33) % below
    };
    for step in 0..20_000_u64 {
        // Mostly the next one, sometimes one that was there before or comes late.
        both.insert(id(if random(8) > 0 { 1_000 + step } else { random(1_000 + step) }));
        for _ in 0..random(3) {
            let from = id(random(1_000 + step));
            let near = both.set.range(from..).next().copied();
            near.into_iter().for_each(|id| both.remove(id));
        }
        if step % 100 == 0 {
            let first = random(1_000 + step);
            both.check(id(first), id(first + random(2_000)));
        }
    }
    both.check(id(0), id(u64::MAX));
}

#[test]
fn what_stays_for_long_holds_up_nothing() {
    let mut both = Both::default();
    both.insert(id(0));
    for number in 1..4 * YOUNG_MAX as u64 {
        both.insert(id(number));
        both.remove(id(number - u64::from(number > 1)));
    }
    assert!(both.order.young.len() <= YOUNG_MAX && both.order.old.contains(&id(0)));
    both.check(id(0), id(u64::MAX));
}

#[test]
fn at_rest_there_is_nothing() {
    let mut both = Both::default();
    let count = 3 * YOUNG_MAX as u64;
    (0..count).for_each(|number| both.insert(id(number)));
    (0..count).rev().for_each(|number| both.remove(id(number)));
    assert!(both.order.young.is_empty() && both.order.old.is_empty());
    assert_eq!(both.order.old_upto, None);
    both.check(id(1), id(0));
}
