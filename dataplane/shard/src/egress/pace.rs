//! How fast a connection sends: what was agreed, and what its peer shows that it can take.
//!
//! Below the agreed rate the peer steers. When it says that it is throttled (0x58) or full
//! (0x14), we fall to nine tenths of the rate at which it took Sms in the second before, stay
//! there for five seconds, double every second after that, and are free again ten seconds after
//! its last complaint. A peer of SMPP 5.0 says how congested it is with every answer
//! (congestion_state, 5.0 §4.8.4.18); its optimum is 80 to 90, and we steer for that.
//!
//! Without a limit nothing is counted but the answers.

use std::time::{Duration, Instant};

/// The pace of one connection.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Billionths of a thousandth of an Sms: what one thousandth per second earns in a
    /// nanosecond, so that no fraction is lost.
    tokens: u64,
    /// When they were counted; `None` while there is no limit.
    at: Option<Instant>,
    taken: Meter,
    limit: Option<Limit>,
}

/// What the peer imposed.
#[derive(Clone, Copy, Debug)]
struct Limit {
    /// Thousandths of an Sms per second.
    rate: u64,
    /// The rate stands until then, and doubles with every second after that.
    until: Instant,
    /// When congestion_state last changed it.
    changed: Instant,
}

/// What was agreed: Sms per second and at once; a rate of 0 is no limit, a burst of 0 is one
/// second of the rate.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Agreed {
    pub(crate) tps: u32,
    pub(crate) burst: u32,
}

impl Pace {
    /// Takes the place of one Sms; an error says when there will be one.
    pub(crate) fn admit(&mut self, now: Instant, agreed: Agreed) -> Result<(), Instant> {
        let limit = self.limit(now);
        let Some(rate) = [agreed.rate(), limit].into_iter().flatten().min() else {
            self.at = None;
            return Ok(());
        };
        // A peer that is throttled gets no bursts: a twentieth of a second's worth at most.
        let most = if limit.is_some() { rate / 20_000 } else { agreed.burst() };
        let most = most.clamp(1, BURST_MAX) * TOKEN;
        let earned = self.at.map_or(most, |at| {
            (now.saturating_duration_since(at).as_nanos() as u64).saturating_mul(rate)
        });
        self.at = Some(now);
        self.tokens = self.tokens.saturating_add(earned).min(most);
        if self.tokens >= TOKEN {
            self.tokens -= TOKEN;
            return Ok(());
        }
        let missing = Duration::from_nanos((TOKEN - self.tokens).div_ceil(rate));
        Err(now + missing.max(REST_LEAST))
    }

    /// An Sms that had its place does not leave.
    pub(crate) fn refund(&mut self) {
        if self.at.is_some() {
            self.tokens += TOKEN;
        }
    }

    /// The peer took one.
    pub(crate) fn taken(&mut self, now: Instant) {
        self.taken.count(now);
    }

    /// The peer said that it is throttled or full.
    pub(crate) fn throttled(&mut self, now: Instant) {
        let rate = (self.taken.rate(now) * 9 / 10).max(RATE_LEAST);
        let rate = self.limit(now).map_or(rate, |limit| limit.min(rate));
        self.limit = Some(Limit { rate, until: now + STAY, changed: now });
    }

    /// What the peer said of itself: congestion_state. What is above 100 says nothing.
    pub(crate) fn congested(&mut self, now: Instant, state: u8) {
        let taken = self.taken.rate(now).max(RATE_LEAST);
        let limit = self.limit(now);
        let is_settling = self.limit.is_some_and(|old| {
            limit.is_some() && now.saturating_duration_since(old.changed) < SETTLING
        });
        let rate = match (state, limit) {
            (0..80, None) | (101.., _) => return,
            (80..90, None) => return,
            (80..90, Some(rate)) => {
                let changed = self.limit.map_or(now, |old| old.changed);
                self.limit = Some(Limit { rate, until: now + STAY, changed });
                return;
            }
            _ if is_settling => return,
            (0..80, Some(rate)) if rate > taken.saturating_mul(2) => {
                // It is not the limit that holds us back.
                self.limit = None;
                return;
            }
            (0..80, Some(rate)) => rate + rate / 10,
            (90..100, rate) => rate.unwrap_or(taken).min(taken) * 9 / 10,
            (100, rate) => rate.unwrap_or(taken).min(taken) / 2,
        };
        let rate = rate.max(RATE_LEAST);
        self.limit = Some(Limit { rate, until: now + STAY, changed: now });
    }

    /// Does the peer hold us back?
    pub(crate) fn is_slowed(&self) -> bool {
        self.limit.is_some()
    }

    /// What the peer imposes now, in thousandths of an Sms per second.
    fn limit(&mut self, now: Instant) -> Option<u64> {
        let limit = self.limit?;
        let over = now.saturating_duration_since(limit.until);
        if over >= STAY {
            self.limit = None;
            return None;
        }
        let doublings = if limit.until > now { 0 } else { over.as_secs() as u32 + 1 };
        Some(limit.rate.saturating_mul(1 << doublings))
    }
}

impl Agreed {
    fn rate(self) -> Option<u64> {
        (self.tps > 0).then(|| u64::from(self.tps) * 1000)
    }

    fn burst(self) -> u64 {
        u64::from(if self.burst == 0 { self.tps } else { self.burst })
    }
}

/// How many Sms a peer took within about the last second.
#[derive(Debug, Default)]
struct Meter {
    since: Option<Instant>,
    now: u64,
    before: u64,
}

impl Meter {
    fn count(&mut self, now: Instant) {
        self.turn(now);
        self.now += 1;
    }

    /// Thousandths of an Sms per second.
    fn rate(&mut self, now: Instant) -> u64 {
        self.turn(now);
        let passed = self.since.map_or(0, |at| now.saturating_duration_since(at).as_millis());
        (self.before * (1000 - passed as u64) + self.now * 1000).max(self.now * 1000)
    }

    /// Begins another second when this one is over.
    fn turn(&mut self, now: Instant) {
        let Some(since) = self.since else {
            self.since = Some(now);
            return;
        };
        let passed = now.saturating_duration_since(since);
        if passed >= Duration::from_secs(1) {
            self.before = if passed < Duration::from_secs(2) { self.now } else { 0 };
            (self.since, self.now) = (Some(now), 0);
        }
    }
}

/// One Sms.
const TOKEN: u64 = 1_000_000_000_000;

/// So many Sms at once, so that the tokens of a burst fit into 64 bits.
const BURST_MAX: u64 = 1_000_000;

/// The slowest we become: one Sms per second.
const RATE_LEAST: u64 = 1_000;

/// How long an imposed rate stands, and how long after that it takes to be free of it.
const STAY: Duration = Duration::from_secs(5);

/// How long a change needs to show in what the peer says.
const SETTLING: Duration = Duration::from_millis(250);

/// Shorter pauses would only cost timers.
const REST_LEAST: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
