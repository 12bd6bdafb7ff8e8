//! What strangers may cost (promises.md E12, H9): answers to datagrams that prove nothing.
//!
//! Every such answer takes a drop out of the bucket of the address it goes to; proofs put some
//! back, so that however many phones come at once from behind one NAT, those that know a
//! password never empty it. Where it is empty, datagrams are dropped before anything is read of
//! them, but responses, and credentials of an address that has proved something before: a stranger
//! who forges an address must not lock out who lives there.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::limits::{SOURCES_MAX, STRANGER_ANSWERS, STRANGER_ANSWERS_PER_SEC};
use crate::tables::{Table, digest_of};

/// The addresses that were answered without a proof.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    buckets: Table<u64, Bucket>,
    order: VecDeque<u64>,
    /// No bucket was empty after this.
    dry_until: Option<Instant>,
}

#[derive(Debug)]
struct Bucket {
    /// Drops that are missing, at the instant.
    missing: u32,
    at: Instant,
    proved: bool,
}

impl Sources {
    /// Is a datagram of this address read? `says_who` tells whether it carries credentials.
    pub(crate) fn may_speak(
        &mut self,
        now: Instant,
        peer: IpAddr,
        says_who: impl FnOnce() -> bool,
    ) -> bool {
        if self.dry_until.is_none_or(|until| until <= now) {
            return true;
        }
        let Some(bucket) = self.buckets.get_mut(&key(peer)) else { return true };
        bucket.fill(now);
        bucket.missing < STRANGER_ANSWERS || (bucket.proved && says_who())
    }

    /// An answer goes to somebody who has proved nothing with what is answered.
    pub(crate) fn answered(&mut self, now: Instant, peer: IpAddr) {
        let bucket = self.bucket(now, peer);
        bucket.fill(now);
        bucket.missing = (bucket.missing + 1).min(STRANGER_ANSWERS);
        if bucket.missing == STRANGER_ANSWERS {
            self.dry_until = Some(now + DRY);
        }
    }

    /// Somebody at this address has proved who they are.
    pub(crate) fn proved(&mut self, now: Instant, peer: IpAddr) {
        if let Some(bucket) = self.buckets.get_mut(&key(peer)) {
            bucket.fill(now);
            bucket.missing = bucket.missing.saturating_sub(PROOF_IS_WORTH);
            bucket.proved = true;
        }
    }

    fn bucket(&mut self, now: Instant, peer: IpAddr) -> &mut Bucket {
        let (key, Self { buckets, order, .. }) = (key(peer), self);
        if order.len() >= SOURCES_MAX
            && !buckets.contains_key(&key)
            && let Some(first) = order.pop_front()
        {
            buckets.remove(&first);
        }
        buckets.entry(key).or_insert_with(|| {
            order.push_back(key);
            Bucket { missing: 0, at: now, proved: false }
        })
    }
}

impl Bucket {
    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at);
        let drops = passed.as_millis() * u128::from(STRANGER_ANSWERS_PER_SEC) / 1000;
        if drops > 0 {
            self.missing = self.missing.saturating_sub(u32::try_from(drops).unwrap_or(u32::MAX));
            self.at = now;
        }
    }
}

/// Whoever has an IPv6 address has a /64 of them.
fn key(peer: IpAddr) -> u64 {
    match peer.to_canonical() {
        IpAddr::V4(ip) => digest_of(ip.octets()),
        IpAddr::V6(ip) => digest_of(&ip.octets()[..8]),
    }
}

/// A challenge and the answer to what answered it.
const PROOF_IS_WORTH: u32 = 2;

/// How long after a bucket was empty all are looked at: longer than it takes to fill one.
const DRY: Duration = Duration::from_secs(1 + (STRANGER_ANSWERS / STRANGER_ANSWERS_PER_SEC) as u64);

#[cfg(test)]
mod tests;
