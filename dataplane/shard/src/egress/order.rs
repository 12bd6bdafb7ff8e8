//! What one sender sends to one number leaves in order, also when one of them must be sent
//! again (promises.md O9): those behind it wait until it is taken or final, and no others do.
//!
//! Only what failed is remembered here; while nothing fails, nothing is asked.

use std::collections::BTreeSet;

use routing::{MessageId, Sms};

use crate::fair::Lane;
use crate::tables::{Table, digest_of};

/// The lines of one connection. Bounded by the flights of the shard.
#[derive(Debug, Default)]
pub(crate) struct Order {
    lines: Table<u64, Line>,
}

/// Sms of one sender to one number.
#[derive(Debug, Default)]
struct Line {
    /// Those that must be sent again, or are sent one by one.
    ahead: BTreeSet<MessageId>,
    /// Those that wait for them.
    behind: BTreeSet<MessageId>,
}

impl Order {
    /// Equal for Sms of one sender and priority to one number.
    pub(crate) fn line_of(sms: &Sms) -> u64 {
        digest_of((Lane::of(sms), sms.number))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Those that are younger wait for this one from now on.
    pub(crate) fn hold(&mut self, line: u64, id: MessageId) {
        self.lines.entry(line).or_default().ahead.insert(id);
    }

    /// May it leave? If not, it is kept here until it may.
    pub(crate) fn may_leave(&mut self, line: u64, id: MessageId) -> bool {
        let Some(line) = self.lines.get_mut(&line) else { return true };
        if line.ahead.first().is_none_or(|first| id <= *first) {
            return true;
        }
        line.ahead.remove(&id);
        line.behind.insert(id);
        false
    }

    /// One is taken or final, or goes another way: those that may leave now, oldest first.
    pub(crate) fn release(&mut self, line: u64, id: MessageId) -> BTreeSet<MessageId> {
        let Some(known) = self.lines.get_mut(&line) else { return BTreeSet::new() };
        known.ahead.remove(&id);
        known.behind.remove(&id);
        let Some(first) = known.ahead.first() else {
            return self.lines.remove(&line).map_or_else(BTreeSet::new, |line| line.behind);
        };
        let still = known.behind.split_off(first);
        std::mem::replace(&mut known.behind, still)
    }
}

#[cfg(test)]
mod tests;
