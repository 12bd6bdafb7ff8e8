//! Sms per second, as agreed.

use std::time::Instant;

/// A token bucket that holds a burst.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Throttle {
    /// Tokens, in billionths: what one of them per second earns in a nanosecond, so that no
    /// fraction is lost however often it is asked.
    tokens: u64,
    at: Instant,
}

impl Throttle {
    /// A full one.
    pub(crate) fn new(now: Instant, per_second: u32, burst: u32) -> Self {
        Self { tokens: capacity(per_second, burst), at: now }
    }

    /// Takes one token; `false` if there is none. A rate of 0 is no limit, a burst of 0 is one
    /// second of the rate.
    pub(crate) fn admit(&mut self, now: Instant, per_second: u32, burst: u32) -> bool {
        per_second == 0 || self.admit_leaving(now, per_second, burst, 0)
    }

    /// The same for one who may not take the last ones.
    pub(crate) fn admit_leaving(
        &mut self,
        now: Instant,
        per_second: u32,
        burst: u32,
        leaving: u32,
    ) -> bool {
        let rate = u64::from(per_second);
        let elapsed_ns = now.saturating_duration_since(self.at).as_nanos() as u64;
        let earned = elapsed_ns.saturating_mul(rate);
        self.tokens = self.tokens.saturating_add(earned).min(capacity(per_second, burst));
        self.at = now;
        let admitted = self.tokens >= TOKEN * (u64::from(leaving) + 1);
        self.tokens -= if admitted { TOKEN } else { 0 };
        admitted
    }
}

fn capacity(per_second: u32, burst: u32) -> u64 {
    u64::from(if burst == 0 { per_second } else { burst }) * TOKEN
}

const TOKEN: u64 = 1_000_000_000;

#[cfg(test)]
mod tests;
