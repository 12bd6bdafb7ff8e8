//! From the journal back to what is still open.
//!
//! A fold over records in any order of shards: an Sms is open until its OUTCOME, and its
//! receipt is open until its ACK. Reading the records of several directories one after the
//! other gives the same result, so a node may start with another number of shards than it
//! stopped with.
//!
//! There may be millions of open Sms, most of which only wait. So each is kept as its octets
//! until somebody takes it over ([`Open::thaw`]), and what is known beside it apart.

use std::collections::BTreeMap;

use super::contacts::Contacts;
use super::doubts::{DOUBTED_NS, Doubt, Doubts};
use super::finals::{Final, Finals};
use super::orphans::{ORPHANED_NS, Orphan, Orphans};
use super::record::{Attempt, Outcome, Record, Records};
use super::spent::Spent;
use crate::octets::Short;
use crate::{MessageId, Sms};

use self::open::Opens;
use self::pieces::{Kept, Pieces};

pub use self::carry::Carried;
pub use self::open::Open;

/// An Sms that is not closed: not final, or final with a receipt its sender has not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flight {
    /// The Sms.
    pub sms: Box<Sms>,
    /// Its sender may send it again, as it stands here.
    pub doubted: bool,
    /// The latest try, if it was tried.
    pub attempt: Option<Attempt>,
    /// The name the next hop gave it.
    pub peer_id: Option<Vec<u8>>,
    /// How it ended, if it did.
    pub outcome: Option<Outcome>,
}

/// What a node must know again before it serves.
#[derive(Debug, Default)]
pub struct Recovery {
    open: BTreeMap<MessageId, Pieces>,
    finals: Finals,
    doubts: Doubts,
    orphans: Orphans,
    contacts: BTreeMap<(u32, u32), Contacts>,
    /// By environment and carrier: what Sms took of its credit that are not in `open` any more.
    spent: BTreeMap<(u32, u32), i64>,
    last_ns: u64,
    /// A moment at which the node was alive; 0 if only its records say when it was.
    alive_ns: u64,
    /// When a life ended of which not all doubts are told.
    ended_ns: Option<u64>,
    /// Records since the last look at what may be forgotten.
    handled: u64,
}

/// What was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Restored {
    /// Everything that is open, oldest first, unless it was given away as it is kept.
    pub flights: Vec<Flight>,
    /// What else its sender may send again and no doubt names: what is closed, or stands otherwise
    /// in its flight.
    pub doubtful: Vec<Box<Sms>>,
    /// What was in doubt already, oldest first.
    pub doubts: Vec<Doubt>,
    /// The receipts of the last twenty minutes whose Sms nobody knew, oldest first.
    pub orphans: Vec<Orphan>,
    /// The contacts of the accounts.
    pub contacts: Vec<Contacts>,
    /// How what was closed in the last day ended, oldest first.
    pub finals: Vec<Final>,
    /// What each carrier has spent of its credit, and holds.
    pub spent: Vec<Spent>,
}

impl Recovery {
    /// One that goes on where a base ended: at that time, Unix nanoseconds.
    pub(super) fn since(last_ns: u64) -> Self {
        Self { last_ns, ..Self::default() }
    }

    /// The node was alive then, Unix nanoseconds: what was closed long before is let go of.
    pub fn alive_at(&mut self, alive_ns: u64) {
        self.alive_ns = alive_ns;
    }

    /// A life ended then, Unix nanoseconds, and a start that died may not have told all that it
    /// left in doubt: what is doubted is counted from there, and not from what that start wrote.
    pub fn ended_at(&mut self, ended_ns: u64) {
        self.ended_ns = Some(ended_ns);
    }

    /// When the life ended whose doubts are to be told, Unix nanoseconds.
    pub fn ended_ns(&self) -> u64 {
        self.doubted_until(self.last_ns)
    }

    /// That, or the end of an earlier life. No doubt lasts longer than ten minutes.
    fn doubted_until(&self, at_ns: u64) -> u64 {
        let earliest = at_ns.saturating_sub(DOUBTED_NS);
        self.ended_ns.map_or(at_ns, |ended_ns| ended_ns.clamp(earliest, at_ns))
    }

    /// Takes the records of the next block of any shard; after one that cannot be read, no more.
    pub fn handle_block(&mut self, mut records: Records<'_>) -> Result<(), Short> {
        while let Some(octets) = records.next_octets() {
            let octets = octets?;
            match Record::accepted(octets) {
                Some(sms) => {
                    let (id, kept) = Kept::read(sms)?;
                    let at_ns = kept.accepted_ns();
                    self.open.entry(id).or_default().had(kept);
                    self.passed(at_ns);
                }
                None => self.handle(Record::decode(octets)?),
            }
        }
        Ok(())
    }

    /// Takes the next record of any shard.
    pub fn handle(&mut self, record: Record) {
        // A start writes doubts of the life before, from whose end the next one counts as well if
        // it dies over that: the time of these is nothing that happened.
        if let Record::Doubt(doubt) = record {
            self.handled += 1;
            return self.doubts.keep(doubt);
        }
        let at_ns = record.at_ns();
        self.take(record);
        self.passed(at_ns);
    }

    /// One more record, of that time.
    fn passed(&mut self, at_ns: u64) {
        self.last_ns = self.last_ns.max(at_ns);
        self.handled += 1;
        // Not more often than so much may have been closed as there is to look at.
        if self.handled >= SWEEP_EVERY.max(self.open.len() as u64) {
            self.handled = 0;
            self.sweep(self.doubted_until(at_ns.max(self.alive_ns)));
        }
    }

    /// Lets go of what is closed and too old to be doubted, so that memory is bounded by what
    /// is open and not by what ever happened. The clock is that of the shard being read: the
    /// others may be years ahead of it.
    fn sweep(&mut self, now_ns: u64) {
        self.doubts.sweep();
        self.orphans.sweep();
        let (finals, spent) = (&mut self.finals, &mut self.spent);
        self.open.retain(|_, pieces| {
            let is_old = pieces.is_old(now_ns);
            if is_old {
                pieces.close(finals, spent);
            }
            !is_old
        });
    }

    fn take(&mut self, record: Record) {
        let open = &mut self.open;
        match record {
            Record::Accept(sms) => open.entry(sms.id).or_default().had(Kept::of(&sms)),
            Record::Attempt(attempt) => {
                let known = &mut open.entry(attempt.id).or_default().beside().attempt;
                // Of one attempt the first time counts: since then its receiver remembers it.
                if known.is_none_or(|known| known.attempt < attempt.attempt) {
                    *known = Some(attempt);
                }
            }
            Record::Taken(taken) => {
                open.entry(taken.id).or_default().beside().peer_id = Some(taken.peer_id);
            }
            Record::Replaced(replaced) => {
                let known = &mut open.entry(replaced.id).or_default().beside().replaced;
                if known.as_ref().is_none_or(|known| known.at_ns <= replaced.at_ns) {
                    *known = Some(replaced);
                }
            }
            Record::Outcome(outcome) => {
                open.entry(outcome.id).or_default().beside().outcome = Some(outcome);
            }
            Record::Moved(moved) => open.entry(moved.sms.id).or_default().had(Kept::of(&moved.sms)),
            Record::Left(left) => {
                let bit = 1u32.checked_shl(u32::from(left.moves)).unwrap_or(0);
                open.entry(left.id).or_default().beside().left |= bit;
            }
            Record::Ack(ack) => open.entry(ack.id).or_default().beside().acked = true,
            Record::Orphan(orphan) => self.orphans.keep(orphan),
            Record::Doubt(_) | Record::Refused(_) | Record::Wake(_) => {}
            Record::Ended(ended) => self.finals.keep(*ended),
            Record::Spent(spent) => {
                let sum = self.spent.entry((spent.environment, spent.carrier)).or_default();
                *sum = sum.saturating_add(spent.micros);
            }
            Record::Contacts(contacts) => {
                let key = (contacts.environment, contacts.account);
                let newer = self.contacts.get(&key).is_none_or(|old| old.at_ns <= contacts.at_ns);
                if newer {
                    self.contacts.insert(key, contacts);
                }
            }
        }
    }

    /// The time of the latest record, Unix nanoseconds: about when the node stopped.
    pub fn last_ns(&self) -> u64 {
        self.last_ns
    }

    /// What is open, in doubt, registered and final. Doubtful is what was accepted within
    /// `doubt_ns` before the node stopped, because its sender may not have heard the answer. An
    /// app sends a MESSAGE again for as long as its Timer F runs, so
    /// what it sent is doubted that long.
    pub fn finish(self, doubt_ns: u64) -> Restored {
        let (mut flights, mut changed) = (Vec::new(), Vec::new());
        let mut restored = self.give_away(doubt_ns, |open| {
            let (flight, before) = open.thaw();
            flights.push(flight);
            changed.extend(before);
        });
        restored.doubtful.extend(changed);
        Restored { flights, ..restored }
    }

    /// The same, but what is open is given to whoever takes it, as it is kept, oldest first.
    pub fn give_away(mut self, doubt_ns: u64, mut take: impl FnMut(Open)) -> Restored {
        let ended_ns = self.ended_ns();
        let from = |doubt_ns| ended_ns.saturating_sub(doubt_ns);
        let opens = Opens {
            carriers_from: from(doubt_ns),
            apps_from: from(doubt_ns.max(TIMER_F_NS)),
            doubted_from: self.last_ns.saturating_sub(DOUBTED_NS),
            doubts: std::mem::take(&mut self.doubts),
        };
        let orphans = std::mem::take(&mut self.orphans).finish(from(ORPHANED_NS));
        let mut doubtful = Vec::new();
        for pieces in self.open.into_values() {
            if !pieces.closed() {
                pieces.spend(&mut self.spent);
                opens.open(pieces).into_iter().for_each(&mut take);
                continue;
            }
            pieces.close(&mut self.finals, &mut self.spent);
            doubtful.extend(opens.doubted(&pieces));
        }
        let contacts = self.contacts.into_values().filter(|one| !one.is_empty()).collect();
        let doubts = opens.doubts.finish(opens.doubted_from);
        let finals = self.finals.finish(self.last_ns).collect();
        let (flights, spent) = (Vec::new(), sums(self.spent).collect());
        Restored { flights, doubtful, doubts, orphans, contacts, finals, spent }
    }
}

/// One record for each carrier.
fn sums(spent: BTreeMap<(u32, u32), i64>) -> impl Iterator<Item = Spent> {
    let spent = spent.into_iter().filter(|(_, micros)| *micros != 0);
    spent.map(|((environment, carrier), micros)| Spent { environment, carrier, micros })
}

/// How long an app sends a request again (RFC 3261 §17.1.2.2).
const TIMER_F_NS: u64 = 32_000_000_000;

/// How long what apps sent is remembered while reading when it is closed, and what carriers sent:
/// more than any first doubt asks for.
const APPS_REMEMBERED_NS: u64 = 60_000_000_000;
const CARRIERS_REMEMBERED_NS: u64 = 15_000_000_000;

/// How many records are read between two looks at what may be forgotten, at least.
const SWEEP_EVERY: u64 = 1 << 16;

mod carry;
mod glance;
mod open;
mod pieces;

#[cfg(test)]
mod tests;
