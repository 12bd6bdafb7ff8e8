//! Requests that were answered, until no copy of them can come.
//!
//! RFC 3261 §17.2.2 keeps an answer for 32 seconds (Timer J). Where the request and a status say
//! all that is in it, or what is registered does, a copy of the request is answered anew, so that
//! a few dozen octets are kept of each; of other answers what was written behind the lines that
//! repeat the request is kept, but of fewer.
//!
//! A request is found by what all its copies have in common, by whatever way they come
//! (§8.2.2.2): so one look tells a copy, a branch of a fork, and what is new.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::limits::{DONE_MAX, WRITTEN_MAX};
use crate::tables::{Queue, Shelf, digest_of};

/// What was answered.
#[derive(Debug)]
pub(crate) struct Done {
    since: Instant,
    known: Shelf<u64, Known>,
    /// Which are forgotten when, in that order: those with a status alone, and the others.
    orders: [Queue<Entry>; 2],
}

/// The keys of a request: of its transaction, and what copies by other ways share with it.
pub(crate) type Keys = (u128, Option<u128>);

/// How a request was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// With this status, and what always goes with it.
    Status(u16),
    /// With 200, and what this account of the environment has registered.
    Contacts(u32),
    /// With octets that are kept.
    Written(Box<Written>),
}

/// An answer that nothing else tells.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Written {
    pub(crate) status: u16,
    /// What stands behind the lines that repeat the request.
    pub(crate) end: Box<[u8]>,
}

#[derive(Debug)]
struct Known {
    answer: Answer,
    /// Half of the key of its transaction.
    transaction: u64,
    /// A digest of who asked: nobody else is told.
    peer: u64,
}

/// When an answer is forgotten, in milliseconds, and its name.
#[derive(Clone, Copy, Debug)]
struct Entry {
    end_ms: u64,
    name: u64,
}

impl Done {
    pub(crate) fn new(since: Instant) -> Self {
        Self { since, known: Shelf::default(), orders: Default::default() }
    }

    /// Remembers an answer until `end`; of too many the first is forgotten.
    pub(crate) fn keep(&mut self, end: Instant, keys: Keys, peer: SocketAddr, answer: Answer) {
        let (place, most) = match answer {
            Answer::Status(_) | Answer::Contacts(_) => (0, DONE_MAX),
            Answer::Written(_) => (1, WRITTEN_MAX),
        };
        if self.orders[place].len() >= most {
            self.forget_first(place);
        }
        let end_ms = u64::try_from((end - self.since).as_millis()).unwrap_or(u64::MAX);
        let (name, transaction) = (name_of(keys), keys.0 as u64);
        let known = Known { answer, transaction, peer: digest_of(peer) };
        self.known.of_mut(name).insert(name, known);
        self.orders[place].push_back(Entry { end_ms, name });
    }

    /// The answer to a request that was answered: `Some(None)` if somebody else asked.
    pub(crate) fn answer(&self, keys: Keys, peer: SocketAddr) -> Option<Option<&Answer>> {
        let name = name_of(keys);
        let known = self.known.of(name).get(&name)?;
        let is_same = known.transaction == keys.0 as u64;
        is_same.then(|| (known.peer == digest_of(peer)).then_some(&known.answer))
    }

    /// Was a request answered that shares this merge key?
    pub(crate) fn is_merged(&self, merge: u128) -> bool {
        let name = merge as u64;
        self.known.of(name).contains_key(&name)
    }

    /// Forgets what has ended, but no more than a turn's worth; says when to come again.
    pub(crate) fn forget(&mut self, now: Instant) -> Option<Instant> {
        for _ in 0..FORGOTTEN_A_TURN {
            let (end, place) = self.next()?;
            if end > now {
                return Some(end);
            }
            self.forget_first(place);
        }
        self.next().map(|(end, _)| end.max(now))
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.orders.iter().all(|order| order.len() == 0)
    }

    /// When the first of all ends, and in which order it stands.
    fn next(&self) -> Option<(Instant, usize)> {
        let firsts = self.orders.iter().enumerate();
        let firsts = firsts.filter_map(|(place, order)| Some((order.front()?.end_ms, place)));
        let (end_ms, place) = firsts.min()?;
        Some((self.since + Duration::from_millis(end_ms), place))
    }

    fn forget_first(&mut self, place: usize) {
        let Some(Entry { name, .. }) = self.orders[place].pop_front() else { return };
        self.known.of_mut(name).remove(&name);
    }
}

/// Half of the key that all copies have: the keys are hashes under a secret, and that two of four
/// million are equal in 64 bits happens once in ten thousand days.
fn name_of((transaction, merge): Keys) -> u64 {
    merge.unwrap_or(transaction) as u64
}

/// Some 100 us.
const FORGOTTEN_A_TURN: usize = 1_024;

#[cfg(test)]
mod tests;
