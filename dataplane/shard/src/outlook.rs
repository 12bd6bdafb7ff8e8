//! How the connections stand and how well they deliver, as those see it who choose.
//!
//! The shard that keeps a connection knows; when that changes it tells the others, at most once
//! a second. What they hear late costs a detour and nothing else: the owner has the last word.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use routing::board::OutlookRow;
use routing::{Outlook, Standing, home};

use crate::choose::Way;
use crate::deadlines::Timer;
use crate::egress::ConnectionKey;
use crate::input::ShardId;
use crate::mail::Mail;
use crate::shard::Shard;
use crate::throttle::Throttle;

/// What a shard knows of connections beyond whether they are bound, and of policies.
#[derive(Debug, Default)]
pub(crate) struct Outlooks {
    /// What the other shards said of theirs.
    there: BTreeMap<ConnectionKey, (Standing, u32)>,
    /// What was told to them.
    told: BTreeMap<ConnectionKey, (Standing, u32)>,
    qualities: BTreeMap<ConnectionKey, Quality>,
    /// Will the others be told soon?
    armed: bool,
    /// The limits of ways: policy and way.
    limits: BTreeMap<(u32, u8), Throttle>,
    /// What shadow policies would have taken.
    shadows: BTreeMap<u32, u64>,
}

/// How well a connection delivers: averages over about its last thirty-two Sms. What is not
/// asked is thought better of in time, so that it is tried again: half as bad every ten minutes.
#[derive(Clone, Copy, Debug)]
struct Quality {
    /// Sms of a million that are delivered.
    delivered: u64,
    /// How long that takes, in milliseconds.
    latency: u64,
    at: Instant,
}

impl Quality {
    fn count(self, now: Instant, delivered: bool, latency: Duration) -> Self {
        let mean = |old: u64, new: u64| (old * 31 + new) / 32;
        let latency = latency.as_millis().min(LATENCY_MAX) as u64;
        Self {
            delivered: mean(self.forgiven(now), if delivered { PERFECT } else { 0 }),
            latency: if delivered { mean(self.latency, latency) } else { self.latency },
            at: now,
        }
    }

    fn forgiven(self, now: Instant) -> u64 {
        let halvings = now.saturating_duration_since(self.at).as_secs() / FORGIVEN_SECS;
        PERFECT - (PERFECT - self.delivered).checked_shr(halvings as u32).unwrap_or(0)
    }

    /// Deliveries count in steps of two in a hundred, and seconds decide among equals: small
    /// differences are chance.
    fn score(self, now: Instant) -> u32 {
        let steps = self.forgiven(now) * 50 / PERFECT;
        let slowness = (self.latency / 1000).min(99);
        (steps * 100 + 99 - slowness) as u32
    }
}

/// The connections of an environment as a shard sees them.
pub(crate) struct View<'a> {
    pub(crate) shard: &'a Shard,
    pub(crate) environment: u32,
}

impl View<'_> {
    pub(crate) fn is_ready(&self, connection: u32) -> bool {
        self.standing(connection) == Standing::Ready
    }
}

impl Outlook for View<'_> {
    fn standing(&self, connection: u32) -> Standing {
        let key = (self.environment, connection);
        if !self.shard.connections.is_up(key.0, key.1) {
            return Standing::Down;
        }
        if self.shard.keeps(connection) {
            return self.shard.standing_here(key);
        }
        self.shard.outlooks.there.get(&key).map_or(Standing::Ready, |(standing, _)| *standing)
    }

    fn quality(&self, connection: u32) -> u32 {
        let key = (self.environment, connection);
        if self.shard.keeps(connection) {
            return self.shard.quality_here(key);
        }
        self.shard.outlooks.there.get(&key).map_or(SCORE_MAX, |(_, quality)| *quality)
    }

    fn has_room(&self, policy: u32, way: usize, tps: u32) -> bool {
        let limit = self.shard.outlooks.limits.get(&(policy, way as u8));
        limit.is_none_or(|limit| { *limit }.admit(self.shard.at.now, tps, 0))
    }
}

impl Shard {
    fn keeps(&self, connection: u32) -> bool {
        home(connection, self.config.shards) == self.config.shard.0
    }

    /// How a connection of ours stands.
    fn standing_here(&self, key: ConnectionKey) -> Standing {
        let now = self.at.now;
        if !self.connections.is_up(key.0, key.1) {
            Standing::Down
        } else if self.queues.is_full(key) {
            Standing::Full
        } else if self.queues.is_throttled(key, now) {
            Standing::Throttled
        } else {
            Standing::Ready
        }
    }

    fn quality_here(&self, key: ConnectionKey) -> u32 {
        let quality = self.outlooks.qualities.get(&key);
        quality.map_or(SCORE_MAX, |quality| quality.score(self.at.now))
    }

    /// An Sms takes a way that has a limit.
    pub(crate) fn takes_way(&mut self, way: Way) {
        let now = self.at.now;
        let new = || Throttle::new(now, way.tps, 0);
        let limit = self.outlooks.limits.entry((way.policy, way.way)).or_insert_with(new);
        limit.admit(now, way.tps, 0);
    }

    /// A shadow policy would have taken an Sms.
    pub(crate) fn shadowed(&mut self, policy: u32) {
        *self.outlooks.shadows.entry(policy).or_default() += 1;
    }

    /// What shadow policies would have taken.
    pub(crate) fn shadows(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.outlooks.shadows.iter().map(|(policy, taken)| (*policy, *taken))
    }

    /// Forgets ways and shadows of policies that are no more.
    pub(crate) fn adopt_outlooks(&mut self) {
        let Some(plan) = &self.plan else { return };
        let ids = plan.plan().environments.iter().flat_map(|environment| {
            environment
                .policies
                .ranked
                .iter()
                .filter(|p| p.shadow || p.ways.iter().any(|w| w.tps > 0))
        });
        let known: std::collections::BTreeSet<u32> = ids.map(|p| p.id.to_native()).collect();
        self.outlooks.limits.retain(|(policy, _), _| known.contains(policy));
        self.outlooks.shadows.retain(|policy, _| known.contains(policy));
        let ours = &self.connections;
        self.outlooks.qualities.retain(|key, _| ours.terms(*key).is_some());
        self.outlooks.told.retain(|key, _| ours.terms(*key).is_some());
    }

    /// An Sms ended at a connection of ours, or was not taken there.
    pub(crate) fn weigh(&mut self, key: ConnectionKey, delivered: bool, latency: Duration) {
        let now = self.at.now;
        let fresh = Quality { delivered: PERFECT, latency: 0, at: now };
        let known = self.outlooks.qualities.entry(key).or_insert(fresh);
        *known = known.count(now, delivered, latency);
        self.outlook_changed();
    }

    /// The others shall hear, soon.
    pub(crate) fn outlook_changed(&mut self) {
        if self.config.shards > 1 && !self.outlooks.armed {
            self.outlooks.armed = true;
            self.deadlines.arm(self.at.now + TELL_EVERY, Timer::Outlook);
        }
    }

    /// Tells the others what has changed; looks again as long as somebody is not ready.
    pub(crate) fn tell_outlook(&mut self) {
        self.outlooks.armed = false;
        let mut again = false;
        for key in self.connections.keys() {
            let now = (self.standing_here(key), self.quality_here(key));
            again |= matches!(now.0, Standing::Full | Standing::Throttled);
            if self.outlooks.told.insert(key, now) != Some(now) {
                let (environment, connection) = key;
                let (standing, quality) = now;
                for shard in (0..self.config.shards).map(ShardId) {
                    if shard != self.config.shard {
                        let told = Mail::Outlook { environment, connection, standing, quality };
                        self.out.post(shard, told);
                    }
                }
            }
        }
        if again {
            self.outlook_changed();
        }
    }

    pub(crate) fn heard_outlook(&mut self, key: ConnectionKey, standing: Standing, quality: u32) {
        self.outlooks.there.insert(key, (standing, quality));
    }

    /// The connections of ours as rows of the board.
    pub(crate) fn outlook_rows(&self) -> impl Iterator<Item = OutlookRow> + '_ {
        self.connections.keys().into_iter().map(|key| OutlookRow {
            connection: key.1,
            standing: self.standing_here(key),
            quality: self.quality_here(key),
            waiting: u32::try_from(self.queues.len(key)).unwrap_or(u32::MAX),
        })
    }
}

/// Every Sms is delivered.
const PERFECT: u64 = 1_000_000;

/// The score of a connection of which nothing bad is known.
const SCORE_MAX: u32 = 50 * 100 + 99;

/// What takes longer says no more about the connection: an app may be switched off.
const LATENCY_MAX: u128 = 100_000;

/// After so many seconds without news a connection is half as bad.
const FORGIVEN_SECS: u64 = 600;

/// How often other shards are told.
const TELL_EVERY: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
