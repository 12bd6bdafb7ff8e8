//! The ids of flights in their order, for the few who look for several.
//!
//! Ids rise, and nearly all flights are gone soon. So an id is appended where it is found by its
//! order, and is not searched for when its flight is gone: it is dropped when it comes to the
//! front. What stays for long moves into a tree, where it is taken out as soon as it is gone.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Bound;

use routing::MessageId;

/// Some ids may be gone: whoever asks says which are here.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// In rising order; the first one is here.
    young: VecDeque<MessageId>,
    old: BTreeSet<MessageId>,
    /// None of the old ones is above it.
    old_upto: Option<MessageId>,
}

impl Order {
    /// Adds one.
    pub(super) fn insert(&mut self, id: MessageId, is_here: impl Fn(MessageId) -> bool) {
        if self.young.back().is_none_or(|last| *last < id) {
            self.young.push_back(id);
        } else {
            self.grow_old(id);
        }
        if self.young.len() > YOUNG_MAX
            && let Some(first) = self.young.pop_front()
        {
            self.grow_old(first);
            self.drop_gone(is_here);
        }
    }

    /// One is gone.
    pub(super) fn remove(&mut self, id: MessageId, is_here: impl Fn(MessageId) -> bool) {
        if self.old_upto.is_some_and(|last| id <= last) {
            self.old.remove(&id);
            self.old_upto = self.old_upto.filter(|_| !self.old.is_empty());
        }
        if self.young.front() == Some(&id) {
            self.young.pop_front();
            self.drop_gone(is_here);
        }
    }

    /// Those between two ids, in their order; some may be gone.
    pub(super) fn range(
        &self,
        first: MessageId,
        last: MessageId,
    ) -> impl Iterator<Item = MessageId> + '_ {
        let begins = self.young.partition_point(|id| *id < first);
        let young = self.young.range(begins..).take_while(move |id| **id <= last);
        // A range may end before it begins.
        let end = if last < first { Bound::Excluded(first) } else { Bound::Included(last) };
        let old = self.old.range((Bound::Included(first), end));
        let (mut young, mut old) = (young.peekable(), old.peekable());
        std::iter::from_fn(move || {
            let next = match (young.peek(), old.peek()) {
                (Some(young), Some(old)) => **young.min(old),
                (one, other) => **one.or(other)?,
            };
            young.next_if(|id| **id == next);
            old.next_if(|id| **id == next);
            Some(next)
        })
    }

    fn drop_gone(&mut self, is_here: impl Fn(MessageId) -> bool) {
        while self.young.pop_front_if(|first| !is_here(*first)).is_some() {}
    }

    fn grow_old(&mut self, id: MessageId) {
        self.old.insert(id);
        self.old_upto = self.old_upto.max(Some(id));
    }
}

/// More than are on their way at once where nobody is late.
const YOUNG_MAX: usize = 1 << 14;

#[cfg(test)]
mod tests;
