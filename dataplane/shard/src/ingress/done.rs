//! Requests that were answered, until no copy of them can come.
//!
//! RFC 3261 §17.2.2 keeps an answer for 32 seconds (Timer J). Where the request and a status say
//! all that is in it, a copy of the request is answered anew with the same octets, so that a few
//! dozen octets are kept of each; of other answers what was written behind the lines that repeat
//! the request is kept, but of fewer.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::limits::{DONE_MAX, WRITTEN_MAX};
use crate::tables::{Queue, Shelf, digest_of};

/// What was answered, by the key of its transaction.
#[derive(Debug)]
pub(crate) struct Done {
    since: Instant,
    known: Shelf<Words, Known>,
    merges: Shelf<Words, ()>,
    /// Which are forgotten when, in that order: those with a status alone, and the others.
    orders: [Queue<Entry>; 2],
}

/// How a request was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// With this status, and what always goes with it.
    Status(u16),
    /// With this status, and these octets behind the lines that repeat the request.
    Written(u16, Box<[u8]>),
}

#[derive(Debug)]
struct Known {
    answer: Answer,
    /// A digest of who asked: nobody else is told.
    peer: u64,
}

/// When an answer is forgotten, in milliseconds, its key, and what copies by other ways have.
#[derive(Clone, Copy, Debug)]
struct Entry {
    end_ms: u64,
    key: Words,
    merge: Option<Words>,
}

type Words = [u64; 2];

impl Done {
    pub(crate) fn new(since: Instant) -> Self {
        let (known, merges) = (Shelf::default(), Shelf::default());
        Self { since, known, merges, orders: Default::default() }
    }

    /// Remembers an answer until `end`; of too many the first is forgotten.
    pub(crate) fn keep(
        &mut self,
        end: Instant,
        (key, merge): (u128, Option<u128>),
        peer: SocketAddr,
        answer: Answer,
    ) {
        let (key, merge) = (words(key), merge.map(words));
        let (place, most) = match answer {
            Answer::Status(_) => (0, DONE_MAX),
            Answer::Written(..) => (1, WRITTEN_MAX),
        };
        if self.orders[place].len() >= most {
            self.forget_first(place);
        }
        let end_ms = u64::try_from((end - self.since).as_millis()).unwrap_or(u64::MAX);
        self.known.of_mut(key[0]).insert(key, Known { answer, peer: digest_of(peer) });
        if let Some(merge) = merge {
            self.merges.of_mut(merge[0]).insert(merge, ());
        }
        self.orders[place].push_back(Entry { end_ms, key, merge });
    }

    /// The answer to a request that was answered: `Some(None)` if somebody else asked.
    pub(crate) fn answer(&self, key: u128, peer: SocketAddr) -> Option<Option<&Answer>> {
        let key = words(key);
        let known = self.known.of(key[0]).get(&key)?;
        Some((known.peer == digest_of(peer)).then_some(&known.answer))
    }

    /// Was a request answered that shares this merge key?
    pub(crate) fn is_merged(&self, merge: u128) -> bool {
        let merge = words(merge);
        self.merges.of(merge[0]).contains_key(&merge)
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
        let Some(Entry { key, merge, .. }) = self.orders[place].pop_front() else { return };
        self.known.of_mut(key[0]).remove(&key);
        if let Some(merge) = merge {
            self.merges.of_mut(merge[0]).remove(&merge);
        }
    }
}

fn words(key: u128) -> Words {
    [key as u64, (key >> 64) as u64]
}

/// Some 100 us.
const FORGOTTEN_A_TURN: usize = 1_024;

#[cfg(test)]
mod tests;
