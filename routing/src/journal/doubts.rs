//! Which Sms their senders may send again, because they may not have heard that we have them.

use std::collections::BTreeMap;

use crate::MessageId;
use crate::octets::{Field, Reader, Short, Write};

/// The answer that named an Sms was lost, or may have been, with the link it went by. It says all
/// that is needed to know the same again, so that the Sms itself may be forgotten.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Doubt {
    /// What its sender was told, or will be.
    pub id: MessageId,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
    /// A digest, equal for what the sender would call the same.
    pub likeness: u64,
    /// The shard that wrote it, which will be asked for the same again.
    pub shard: u8,
    /// Of so many: with another number another shard may be asked.
    pub shards: u8,
}

impl Doubt {
    /// Must this shard of so many know of it?
    pub fn concerns(&self, shard: u8, shards: u8) -> bool {
        self.shards != shards || self.shard == shard
    }
}

impl Field for Doubt {
    fn put(&self, out: &mut Vec<u8>) {
        self.id.put(out);
        out.put_u64(self.at_ns);
        out.put_u64(self.likeness);
        out.put_raw(&[self.shard, self.shards]);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        Ok(Self {
            id: MessageId::take(reader)?,
            at_ns: reader.u64()?,
            likeness: reader.u64()?,
            shard: reader.u8()?,
            shards: reader.u8()?,
        })
    }
}

/// The doubts of a journal that is being read.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// The latest of each.
    known: BTreeMap<(MessageId, u64), Doubt>,
}

impl Doubts {
    pub(super) fn keep(&mut self, doubt: Doubt) {
        let known = self.known.entry((doubt.id, doubt.likeness)).or_insert(doubt);
        if known.at_ns <= doubt.at_ns {
            *known = doubt;
        }
    }

    /// Lets go of the oldest of too many.
    pub(super) fn sweep(&mut self) {
        let beyond = self.known.len().saturating_sub(DOUBTS_READ_MAX);
        if beyond > 0 {
            let mut times: Vec<u64> = self.known.values().map(|doubt| doubt.at_ns).collect();
            let (_, first, _) = times.select_nth_unstable(beyond);
            let first = *first;
            self.known.retain(|_, doubt| doubt.at_ns >= first);
        }
    }

    /// Is an Sms of this name in doubt since then or later?
    pub(super) fn has(&self, id: MessageId, from_ns: u64) -> bool {
        let mut alike = self.known.range((id, 0)..=(id, u64::MAX));
        alike.any(|(_, doubt)| doubt.at_ns >= from_ns)
    }

    /// Those of that time or later, oldest first.
    pub(super) fn finish(mut self, from_ns: u64) -> Vec<Doubt> {
        self.sweep();
        let young = self.known.into_values().filter(|doubt| doubt.at_ns >= from_ns);
        let mut doubts: Vec<Doubt> = young.collect();
        doubts.sort_by_key(|doubt| doubt.at_ns);
        doubts
    }
}

/// How long a sender whose link died may send the same again: ten minutes, in nanoseconds.
pub(super) const DOUBTED_NS: u64 = 600_000_000_000;

/// Doubts of all shards that a restart brings back, four times as many as a shard keeps: some 100
/// octets each, 50 MiB while it or a fold reads.
const DOUBTS_READ_MAX: usize = 1 << 19;

#[cfg(test)]
mod tests;
