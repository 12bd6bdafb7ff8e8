//! Sms per second, as agreed.

use std::time::Instant;

/// A token bucket that holds one second of its rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    /// Tokens, in billionths: what one of them per second earns in a nanosecond, so that no
    /// fraction is lost however often it is asked.
    tokens: u64,
    at: Instant,
}

impl Throttle {
    pub(crate) fn new(now: Instant, per_second: u32) -> Self {
        Self { tokens: u64::from(per_second) * TOKEN, at: now }
    }

    /// Takes one token; `false` if there is none. A rate of 0 is no limit.
    pub(crate) fn admit(&mut self, now: Instant, per_second: u32) -> bool {
        if per_second == 0 {
            return true;
        }
        let rate = u64::from(per_second);
        let elapsed_ns = now.saturating_duration_since(self.at).as_nanos() as u64;
        let earned = elapsed_ns.saturating_mul(rate);
        self.tokens = self.tokens.saturating_add(earned).min(rate * TOKEN);
        self.at = now;
        let admitted = self.tokens >= TOKEN;
        self.tokens -= if admitted { TOKEN } else { 0 };
        admitted
    }
}

const TOKEN: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
