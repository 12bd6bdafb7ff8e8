//! Receipts of next hops that were answered before anybody knew which Sms they are about.

use std::collections::BTreeMap;

use crate::octets::{Field, Reader, Short, Write};
use crate::{Address, State};

/// A receipt that came before the name of its Sms. Its peer has our answer and will not say it
/// again; so it says all that is needed to find the Sms, also after a restart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Orphan {
    /// When it was answered, Unix nanoseconds.
    pub at_ns: u64,
    /// In which environment.
    pub environment: u32,
    /// The connection it came by.
    pub connection: u32,
    /// A digest of the name that its peer has for the Sms.
    pub name: u64,
    /// The number the Sms was for.
    pub source: Address,
    /// The user_message_reference of the Sms.
    pub reference: Option<u16>,
    /// How the Sms ended.
    pub state: State,
    /// The error of the receipt; 0 for success.
    pub code: u32,
    /// When its Sms was found, Unix nanoseconds: it is about no other one.
    pub claimed_ns: Option<u64>,
}

impl Orphan {
    /// When the latest of it happened, Unix nanoseconds.
    pub(super) fn latest_ns(&self) -> u64 {
        self.claimed_ns.unwrap_or(self.at_ns)
    }
}

impl Field for Orphan {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_u64(self.at_ns);
        out.put_u32(self.environment);
        out.put_u32(self.connection);
        out.put_u64(self.name);
        self.source.put(out);
        out.put_raw(&[self.reference.is_some().into(), self.claimed_ns.is_some().into()]);
        out.put_u16(self.reference.unwrap_or(0));
        out.put_u64(self.claimed_ns.unwrap_or(0));
        out.put_u8(self.state as u8);
        out.put_u32(self.code);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let at_ns = reader.u64()?;
        let (environment, connection) = (reader.u32()?, reader.u32()?);
        let (name, source) = (reader.u64()?, Address::take(reader)?);
        let (has_reference, is_claimed) = (reader.u8()? != 0, reader.u8()? != 0);
        let (reference, claimed_ns) = (reader.u16()?, reader.u64()?);
        Ok(Self {
            at_ns,
            environment,
            connection,
            name,
            source,
            reference: has_reference.then_some(reference),
            state: State::from_number(reader.u8()?).ok_or(Short)?,
            code: reader.u32()?,
            claimed_ns: is_claimed.then_some(claimed_ns),
        })
    }
}

/// The orphans of a journal that is being read. What is said of one may stand in the journals of
/// two shards and be read in any order, if there was another number of them between.
#[derive(Debug, Default)]
pub(super) struct Orphans {
    /// By when it was answered, environment, connection and name.
    known: BTreeMap<(u64, u32, u32, u64), Orphan>,
}

impl Orphans {
    pub(super) fn keep(&mut self, orphan: Orphan) {
        let Orphan { at_ns, environment, connection, name, .. } = orphan;
        let known = self.known.entry((at_ns, environment, connection, name)).or_insert(orphan);
        known.claimed_ns = known.claimed_ns.max(orphan.claimed_ns);
    }

    /// Lets go of the oldest of too many.
    pub(super) fn sweep(&mut self) {
        while self.known.len() > ORPHANS_READ_MAX {
            self.known.pop_first();
        }
    }

    /// Those of that time or later, oldest first, claimed or not.
    pub(super) fn since(mut self, from_ns: u64) -> impl Iterator<Item = Orphan> {
        self.sweep();
        self.known.into_values().filter(move |orphan| orphan.at_ns >= from_ns)
    }

    /// Those of that time or later whose Sms was not found, oldest first.
    pub(super) fn finish(self, from_ns: u64) -> Vec<Orphan> {
        self.since(from_ns).filter(|orphan| orphan.claimed_ns.is_none()).collect()
    }
}

/// How long before its end a life may have answered a receipt whose Sms the next one still looks
/// for: twenty minutes, as a shard does, in nanoseconds.
pub(super) const ORPHANED_NS: u64 = 1_200_000_000_000;

/// Orphans of all shards that a restart brings back, four times as many as a shard keeps: some
/// 150 octets each, 40 MiB while it or a fold reads.
const ORPHANS_READ_MAX: usize = 1 << 18;

#[cfg(test)]
mod tests;
