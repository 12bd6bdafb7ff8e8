//! From the journal back to what is still open.
//!
//! A fold over records in any order of shards: an Sms is open until its OUTCOME, and its
//! receipt is open until its ACK. Reading the records of several directories one after the
//! other gives the same result, so a node may start with another number of shards than it
//! stopped with.

use std::collections::BTreeMap;

use super::contacts::Contacts;
use super::finals::{Final, Finals};
use super::record::{Attempt, Outcome, Record, Replaced};
use super::spent::Spent;
use crate::{AckLevel, Ingress, MessageId, Sms};

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
    contacts: BTreeMap<(u32, u32), Contacts>,
    /// By environment and carrier: what Sms took of its credit that are not in `open` any more.
    spent: BTreeMap<(u32, u32), i64>,
    last_ns: u64,
    /// A moment at which the node was alive; 0 if only its records say when it was.
    alive_ns: u64,
    /// Records since the last look at what may be forgotten.
    handled: u64,
}

/// What was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Restored {
    /// Everything that is open, oldest first.
    pub flights: Vec<Flight>,
    /// What else its sender may send again: what is closed, or stands otherwise in its flight.
    pub doubtful: Vec<Box<Sms>>,
    /// The contacts of the accounts.
    pub contacts: Vec<Contacts>,
    /// How what was closed in the last day ended, oldest first.
    pub finals: Vec<Final>,
    /// What each carrier has spent of its credit, and holds.
    pub spent: Vec<Spent>,
}

#[derive(Debug, Default)]
struct Pieces {
    sms: Option<Box<Sms>>,
    replaced: Option<Box<Replaced>>,
    attempt: Option<Attempt>,
    peer_id: Option<Vec<u8>>,
    outcome: Option<Outcome>,
    acked: bool,
    doubted_ns: Option<u64>,
    /// Bit n: the owner before move n knows that it is no longer the owner.
    left: u32,
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

    /// Takes the next record of any shard.
    pub fn handle(&mut self, record: Record) {
        let at_ns = record.at_ns();
        self.last_ns = self.last_ns.max(at_ns);
        self.take(record);
        self.handled += 1;
        // Not more often than so much may have been closed as there is to look at.
        if self.handled >= SWEEP_EVERY.max(self.open.len() as u64) {
            self.handled = 0;
            self.sweep(at_ns.max(self.alive_ns));
        }
    }

    /// Lets go of what is closed and too old to be doubted, so that memory is bounded by what
    /// is open and not by what ever happened. The clock is that of the shard being read: the
    /// others may be years ahead of it.
    fn sweep(&mut self, now_ns: u64) {
        let (finals, spent) = (&mut self.finals, &mut self.spent);
        self.open.retain(|_, pieces| {
            let is_old = pieces.is_old(now_ns);
            if is_old {
                pieces.ended().into_iter().for_each(|ended| finals.keep(ended));
                pieces.spend(spent);
            }
            !is_old
        });
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Accept(sms) => self.open.entry(sms.id).or_default().had(sms),
            Record::Attempt(attempt) => {
                let pieces = self.open.entry(attempt.id).or_default();
                // Of one attempt the first time counts: since then its receiver remembers it.
                if pieces.attempt.is_none_or(|known| known.attempt < attempt.attempt) {
                    pieces.attempt = Some(attempt);
                }
            }
            Record::Taken(taken) => {
                self.open.entry(taken.id).or_default().peer_id = Some(taken.peer_id);
            }
            Record::Replaced(replaced) => {
                let known = &mut self.open.entry(replaced.id).or_default().replaced;
                if known.as_ref().is_none_or(|known| known.at_ns <= replaced.at_ns) {
                    *known = Some(replaced);
                }
            }
            Record::Outcome(outcome) => {
                self.open.entry(outcome.id).or_default().outcome = Some(outcome);
            }
            Record::Moved(moved) => {
                self.open.entry(moved.sms.id).or_default().had(Box::new(moved.sms));
            }
            Record::Left(left) => {
                let bit = 1u32.checked_shl(u32::from(left.moves)).unwrap_or(0);
                self.open.entry(left.id).or_default().left |= bit;
            }
            Record::Ack(ack) => {
                self.open.entry(ack.id).or_default().acked = true;
            }
            Record::Doubt(doubt) => {
                let known = &mut self.open.entry(doubt.id).or_default().doubted_ns;
                *known = (*known).max(Some(doubt.at_ns));
            }
            Record::Refused(_) | Record::Wake(_) => {}
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

    /// When the names of several were doubted: each of them is.
    fn doubted_groups(&self) -> BTreeMap<MessageId, u64> {
        let nameless = self.open.iter().filter(|(_, pieces)| pieces.sms.is_none());
        nameless.filter_map(|(id, pieces)| Some((*id, pieces.doubted_ns?))).collect()
    }

    /// The time of the latest record, Unix nanoseconds: about when the node stopped.
    pub fn last_ns(&self) -> u64 {
        self.last_ns
    }

    /// What is open, in doubt, registered and final. Doubtful is what was accepted within
    /// `doubt_ns` before the node stopped, because its sender may not have heard the answer, or
    /// was in doubt already. An app sends a MESSAGE again for as long as its Timer F runs, so
    /// what it sent is doubted that long.
    pub fn finish(mut self, doubt_ns: u64) -> Restored {
        let from = |doubt_ns| self.last_ns.saturating_sub(doubt_ns);
        let (carriers_from, apps_from) = (from(doubt_ns), from(doubt_ns.max(TIMER_F_NS)));
        let doubted_from = from(DOUBTED_NS);
        let groups = self.doubted_groups();
        let (mut flights, mut doubtful) = (Vec::with_capacity(self.open.len()), Vec::new());
        for mut pieces in self.open.into_values() {
            pieces.spend(&mut self.spent);
            let (closed, ended) = (pieces.closed(), pieces.ended());
            let Some(mut sms) = pieces.sms.take() else { continue };
            let by_sip = matches!(sms.ingress, Ingress::Sip { .. } | Ingress::Trunk { .. });
            let doubtful_from = if by_sip { apps_from } else { carriers_from };
            let doubted_ns = pieces.doubted_ns.max(groups.get(&sms.told()).copied());
            let doubted = doubted_ns.is_some_and(|at_ns| at_ns >= doubted_from);
            let answered_ns = answered_ns(&sms, pieces.outcome);
            let mut doubted =
                answered_ns.is_some_and(|answered_ns| doubted || answered_ns >= doubtful_from);
            if closed {
                ended.into_iter().for_each(|ended| self.finals.keep(ended));
                doubtful.extend(doubted.then_some(sms));
                continue;
            }
            if let Some(replaced) = pieces.replaced {
                doubtful.extend(std::mem::take(&mut doubted).then(|| sms.clone()));
                sms.replace(*replaced);
            }
            flights.push(Flight {
                sms,
                doubted,
                attempt: pieces.attempt,
                peer_id: pieces.peer_id,
                outcome: pieces.outcome,
            });
        }
        let contacts = self.contacts.into_values().filter(|one| !one.is_empty()).collect();
        let finals = self.finals.finish(self.last_ns).collect();
        Restored { flights, doubtful, contacts, finals, spent: sums(self.spent).collect() }
    }
}

impl Pieces {
    /// A shard had it. Of the shards that had it, the one of the latest move has it still.
    fn had(&mut self, sms: Box<Sms>) {
        let later = |known: &Sms| known.journey.moves < sms.journey.moves;
        if self.sms.as_deref().is_none_or(later) {
            self.sms = Some(sms);
        }
    }

    /// The moves that earlier owners have not written down: reading their records later must
    /// not make it open again.
    fn unheard(&self) -> u32 {
        let moves = self.sms.as_ref().map_or(0, |sms| u32::from(sms.journey.moves));
        let all = 1u32.checked_shl(moves + 1).map_or(u32::MAX, |above| above - 2);
        all & !self.left | u32::from(moves > 31)
    }

    /// The owner after the last move that is known of here wrote more than was read: it has
    /// closed it, and that is forgotten already.
    fn is_elsewhere(&self) -> bool {
        let moves = self.sms.as_ref().map_or(0, |sms| u32::from(sms.journey.moves));
        self.left.checked_shr(moves + 1).unwrap_or(0) != 0
    }

    /// Closed, and nobody will ask for it any more.
    fn is_old(&self, now_ns: u64) -> bool {
        let past = |since_ns: Option<u64>, patience_ns: u64| {
            since_ns.is_none_or(|since_ns| since_ns.saturating_add(patience_ns) < now_ns)
        };
        let accepted_ns = self.sms.as_ref().map(|sms| sms.accepted_ns);
        // Who waits for the outcome hears of it then, and may ask again from then on.
        let heard_ns = accepted_ns.max(self.outcome.map(|outcome| outcome.at_ns));
        let is_group = self.sms.is_none() && self.doubted_ns.is_some();
        (self.closed() || is_group)
            && self.unheard() == 0
            && past(heard_ns, REMEMBERED_NS)
            && past(self.doubted_ns, DOUBTED_NS)
    }

    fn closed(&self) -> bool {
        if self.is_elsewhere() {
            return true;
        }
        let Some(sms) = &self.sms else { return false };
        let registered_delivery = match &self.replaced {
            Some(replaced) => replaced.registered_delivery,
            None => sms.registered_delivery,
        };
        self.outcome.is_some_and(|outcome| {
            let wanted = outcome.state.is_reported(registered_delivery);
            let by_receipt = sms.carrier().is_some() && wanted;
            self.acked || !by_receipt && !sms.wants_report(outcome.state)
        })
    }

    /// Adds what it takes of its payer's credit, once: what another owner has closed was counted
    /// there.
    fn spend(&self, spent: &mut BTreeMap<(u32, u32), i64>) {
        let Some(sms) = self.sms.as_ref().filter(|_| !self.is_elsewhere()) else { return };
        let micros = sms.credit_spent(self.outcome.map(|outcome| outcome.state));
        if let Some(carrier) = sms.payer()
            && micros != 0
        {
            let sum = spent.entry((sms.environment, carrier)).or_default();
            *sum = sum.saturating_add(micros);
        }
    }

    fn ended(&self) -> Option<Final> {
        Final::of(self.sms.as_ref()?, self.outcome.as_ref()?)
    }
}

/// One record for each carrier.
fn sums(spent: BTreeMap<(u32, u32), i64>) -> impl Iterator<Item = Spent> {
    let spent = spent.into_iter().filter(|(_, micros)| *micros != 0);
    spent.map(|((environment, carrier), micros)| Spent { environment, carrier, micros })
}

/// When its sender may have been told that it is ours, at the earliest. Who waits for the
/// outcome is told of a success alone: until then the same once more is another Sms.
fn answered_ns(sms: &Sms, outcome: Option<Outcome>) -> Option<u64> {
    match sms.ack {
        AckLevel::Durable | AckLevel::Memory => Some(sms.accepted_ns),
        AckLevel::Delivered => {
            outcome.filter(|outcome| outcome.state.is_success()).map(|outcome| outcome.at_ns)
        }
    }
}

/// How long an app sends a request again (RFC 3261 §17.1.2.2).
const TIMER_F_NS: u64 = 32_000_000_000;

/// How long a sender whose link died may send the same again.
const DOUBTED_NS: u64 = 600_000_000_000;

/// How long closed flights are remembered while reading: more than any first doubt asks for.
const REMEMBERED_NS: u64 = 60_000_000_000;

/// How many records are read between two looks at what may be forgotten, at least.
const SWEEP_EVERY: u64 = 1 << 16;

mod carry;

#[cfg(test)]
mod tests;
