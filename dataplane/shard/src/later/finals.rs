//! How Sms ended, for as long as anybody may ask.

use std::collections::{BTreeMap, VecDeque};

use routing::MessageId;
use routing::journal::{FINALS_KEPT_NS, Final};

use crate::limits::FINALS_MAX;
use crate::spelling::Meant;

/// The newest finals of a shard, each found by the name its sender knows and its own.
#[derive(Debug, Default)]
pub(crate) struct Finals {
    by_name: BTreeMap<(MessageId, MessageId), Final>,
    /// In the order in which they became final.
    order: VecDeque<(MessageId, MessageId)>,
}

impl Finals {
    /// Remembers one; what is the oldest, or older than a day, makes room.
    pub(crate) fn keep(&mut self, ended: Final) {
        let key = (ended.told, ended.id);
        if self.by_name.insert(key, ended).is_none() {
            self.order.push_back(key);
        }
        let from_ns = ended.at_ns.saturating_sub(FINALS_KEPT_NS);
        while let Some(oldest) = self.order.front() {
            let stale = self.by_name.get(oldest).is_none_or(|ended| ended.at_ns < from_ns);
            if !stale && self.order.len() <= FINALS_MAX {
                return;
            }
            self.by_name.remove(oldest);
            self.order.pop_front();
        }
    }

    /// All that a carrier may mean by a name.
    pub(crate) fn meant(&self, meant: Meant) -> impl Iterator<Item = &Final> {
        let (first, last) = (MessageId::from_bits(0), MessageId::from_bits(u128::MAX));
        let near = self.by_name.range((meant.first, first)..=(meant.last, last));
        near.filter(move |((told, _), _)| meant.is(*told)).map(|(_, ended)| ended)
    }
}

#[cfg(test)]
mod tests;
