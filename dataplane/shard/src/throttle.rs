//! Sms per second, as agreed.

use std::time::Instant;

/// A token bucket that holds one second of its rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    /// Tokens, in thousandths.
    tokens: u64,
    at: Instant,
}

impl Throttle {
    pub(crate) fn new(now: Instant, per_second: u32) -> Self {
        Self { tokens: u64::from(per_second) * 1000, at: now }
    }

    /// Takes one token; `false` if there is none. A rate of 0 is no limit.
    pub(crate) fn admit(&mut self, now: Instant, per_second: u32) -> bool {
        if per_second == 0 {
            return true;
        }
        let rate = u64::from(per_second);
        let elapsed_micros = now.saturating_duration_since(self.at).as_micros() as u64;
        let earned = elapsed_micros.saturating_mul(rate) / 1000;
        if earned > 0 {
            self.tokens = self.tokens.saturating_add(earned).min(rate * 1000);
            self.at = now;
        }
        let admitted = self.tokens >= 1000;
        self.tokens -= if admitted { 1000 } else { 0 };
        admitted
    }
}

#[cfg(test)]
mod tests;
