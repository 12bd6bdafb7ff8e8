//! From the journal back to what is still open.
//!
//! A fold over records in any order of shards: an Sms is open until its OUTCOME, and its
//! receipt is open until its ACK. Reading the records of several directories one after the
//! other gives the same result, so a node may start with another number of shards than it
//! stopped with.

use std::collections::BTreeMap;

use super::record::{Attempt, Contacts, Outcome, Record};
use crate::{MessageId, Sms};

/// An Sms that is not closed: not final, or final with a receipt its sender has not taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flight {
    /// The Sms.
    pub sms: Sms,
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
    contacts: BTreeMap<(u32, u32), Contacts>,
    last_ns: u64,
}

#[derive(Debug, Default)]
struct Pieces {
    sms: Option<Box<Sms>>,
    attempt: Option<Attempt>,
    peer_id: Option<Vec<u8>>,
    outcome: Option<Outcome>,
    acked: bool,
}

impl Recovery {
    /// Takes the next record of any shard.
    pub fn handle(&mut self, record: Record) {
        self.last_ns = self.last_ns.max(record.at_ns());
        match record {
            Record::Accept(sms) => {
                let id = sms.id;
                self.open.entry(id).or_default().sms = Some(sms);
                self.forget_if_old(id);
            }
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
            Record::Outcome(outcome) => {
                self.open.entry(outcome.id).or_default().outcome = Some(outcome);
                self.forget_if_old(outcome.id);
            }
            Record::Ack(ack) => {
                self.open.entry(ack.id).or_default().acked = true;
                self.forget_if_old(ack.id);
            }
            Record::Refused(_) => {}
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

    /// Everything that is open, oldest first; then what was accepted within `doubt_ns` before
    /// the node stopped, because its sender may not have heard the answer. An app sends a
    /// MESSAGE again for as long as its Timer F runs, so what it sent is doubted that long.
    pub fn finish(self, doubt_ns: u64) -> (Vec<Flight>, Vec<Sms>, Vec<Contacts>) {
        let from = |doubt_ns| self.last_ns.saturating_sub(doubt_ns);
        let (carriers_from, apps_from) = (from(doubt_ns), from(doubt_ns.max(TIMER_F_NS)));
        let (mut flights, mut doubtful) = (Vec::new(), Vec::new());
        for pieces in self.open.into_values() {
            let closed = pieces.closed();
            let Some(sms) = pieces.sms else { continue };
            let doubtful_from = if sms.carrier().is_some() { carriers_from } else { apps_from };
            if sms.accepted_ns >= doubtful_from {
                doubtful.push((*sms).clone());
            }
            if !closed {
                flights.push(Flight {
                    sms: *sms,
                    attempt: pieces.attempt,
                    peer_id: pieces.peer_id,
                    outcome: pieces.outcome,
                });
            }
        }
        (flights, doubtful, self.contacts.into_values().collect())
    }

    /// Lets go of what is closed and too old to be doubted, so that memory is bounded by what
    /// is open and not by what ever happened.
    fn forget_if_old(&mut self, id: MessageId) {
        let old = |pieces: &Pieces| {
            pieces.closed()
                && pieces
                    .sms
                    .as_ref()
                    .is_some_and(|sms| sms.accepted_ns.saturating_add(REMEMBERED_NS) < self.last_ns)
        };
        if self.open.get(&id).is_some_and(old) {
            self.open.remove(&id);
        }
    }
}

impl Pieces {
    fn closed(&self) -> bool {
        let Some(sms) = &self.sms else { return false };
        self.outcome.is_some_and(|outcome| {
            let delivered = outcome.state == crate::State::Delivered;
            self.acked || sms.carrier().is_none() || !sms.wants_receipt(delivered)
        })
    }
}

/// How long an app sends a request again (RFC 3261 §17.1.2.2).
const TIMER_F_NS: u64 = 32_000_000_000;

/// How long closed flights are remembered while reading: more than any doubt asks for.
const REMEMBERED_NS: u64 = 60_000_000_000;

#[cfg(test)]
mod tests;
