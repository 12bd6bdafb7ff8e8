//! The timers of transactions (RFC 3261 §17.1.2.2, §17.2.2, table 4).

use std::time::Duration;

/// The three values all timers are made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timers {
    /// An estimate of the round trip.
    pub t1: Duration,
    /// The longest pause between retransmissions.
    pub t2: Duration,
    /// How long a message may stay in the network.
    pub t4: Duration,
}

impl Timers {
    /// Timer F, and J on unreliable transports: how long anyone waits for a transaction.
    pub fn patience(&self) -> Duration {
        self.t1 * 64
    }

    /// When Timer E reaches T2: before that a 100 would only add to the load (RFC 4320 §4.1).
    pub fn silence(&self) -> Duration {
        let (mut pause, mut total) = (self.t1, Duration::ZERO);
        while pause < self.t2 && !pause.is_zero() {
            total += pause;
            pause *= 2;
        }
        total
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
        }
    }
}
