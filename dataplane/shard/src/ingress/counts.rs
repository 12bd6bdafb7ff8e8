//! Credentials are good once (promises.md E11): the nonce counts that were used.
//!
//! A nonce is known from the first time it proved something until it is too old to prove
//! anything. Of more than there is room for the first is forgotten, and with it every nonce that
//! is not younger; a start has forgotten all that were made before it. What is said under a
//! forgotten one may have been said before, since nobody can tell any more.

use std::time::Instant;

use sip::digest::{Counts, made_at};

use crate::input::ShardId;
use crate::limits::{NONCE_LIFETIME, NONCES_MAX, REPEATED_WITHIN};
use crate::tables::{Queue, Shelf, digest_of};

/// The nonces that proved something of late.
#[derive(Debug)]
pub(crate) struct NonceCounts {
    nonces: Shelf<u64, Used>,
    /// By their first use.
    order: Queue<u64>,
    /// A nonce made then or before is known or forgotten.
    forgotten_ns: u64,
    /// When the latest one was made.
    made_ns: u64,
}

#[derive(Debug)]
struct Used {
    counts: Counts,
    made_ns: u64,
    /// The request that used the highest count, and when.
    latest: u64,
    at: Instant,
}

/// What is known of a nonce and a count under it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Use {
    /// No other request has used it.
    First,
    /// Another one has.
    Again,
    /// Nobody can tell.
    Forgotten,
}

impl NonceCounts {
    /// Of a shard that begins now.
    pub(crate) fn since(began_ns: u64) -> Self {
        let (nonces, order) = (Shelf::default(), Queue::default());
        Self { nonces, order, forgotten_ns: began_ns, made_ns: began_ns }
    }

    /// The moment of a new nonce: now, but never the same twice, since two phones may be
    /// challenged in one turn. Its last bits say which shard makes it.
    pub(crate) fn moment(&mut self, unix_ns: u64, maker: ShardId) -> u64 {
        self.made_ns = unix_ns.max(self.made_ns + SHARDS) / SHARDS * SHARDS + u64::from(maker.0);
        self.made_ns
    }

    /// Uses a count for a request. One that is sent again because its answer was lost is the same
    /// one, for as long as it may be sent.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        unix_ns: u64,
        nonce: &str,
        count: u32,
        request: u64,
    ) -> Use {
        let key = digest_of(nonce);
        if let Some(used) = self.nonces.of_mut(key).get_mut(&key) {
            if used.counts.take(count) {
                if used.counts.highest() == count {
                    (used.latest, used.at) = (request, now);
                }
                return Use::First;
            }
            let age = now.saturating_duration_since(used.at);
            let is_latest = used.latest == request && count == used.counts.highest();
            return if is_latest && age < REPEATED_WITHIN { Use::First } else { Use::Again };
        }
        let made_ns = made_at(nonce).unwrap_or(0);
        if made_ns <= self.forgotten_ns {
            return Use::Forgotten;
        }
        self.make_room(unix_ns);
        let mut counts = Counts::default();
        counts.take(count);
        self.order.push_back(key);
        self.nonces.of_mut(key).insert(key, Used { counts, made_ns, latest: request, at: now });
        Use::First
    }

    fn make_room(&mut self, unix_ns: u64) {
        let lifetime_ns = NONCE_LIFETIME.as_nanos() as u64;
        while let Some(first) = self.order.front() {
            let made_ns = self.nonces.of(*first).get(first).map_or(0, |used| used.made_ns);
            let is_over = made_ns.saturating_add(lifetime_ns) < unix_ns;
            if !is_over && self.order.len() < NONCES_MAX {
                return;
            }
            self.forgotten_ns = self.forgotten_ns.max(made_ns);
            self.nonces.of_mut(*first).remove(first);
            self.order.pop_front();
        }
    }
}

/// The shard that made a nonce and knows what was said under it; another one since a restart
/// with fewer shards. A nonce that nobody made is everybody's.
pub(crate) fn maker_of(nonce: &str, shards: u8) -> Option<ShardId> {
    let maker = (made_at(nonce)? % SHARDS) as u8;
    Some(ShardId(if maker < shards { maker } else { maker % shards.max(1) }))
}

/// More than a node has.
const SHARDS: u64 = 64;

#[cfg(test)]
mod tests;
