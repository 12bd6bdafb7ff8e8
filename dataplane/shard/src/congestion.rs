//! How near we are to saying no, as SMPP 5.0 lets a peer hear it (§4.8.4.18).
//!
//! | state | means |
//! |---|---|
//! | 0 to 79 | send more |
//! | 80 to 90 | as it should be |
//! | 91 to 100 | send less, or be throttled |
//!
//! A peer that fills its window is where it should be; what the journal and the queues cannot
//! take as fast as it comes brings it above.

use std::time::Duration;

use smpp::tlv::tag;

use crate::limits::FLIGHTS_MAX;
use crate::peers::links::Link;
use crate::shard::Shard;

impl Shard {
    /// 0 idle to 100 congested, for one link.
    pub(crate) fn congestion(&self, link: &Link) -> u8 {
        let filled = link.session.inbound_fill(OPTIMUM);
        let queued = self.flights.pending() * usize::from(CONGESTED) / FLIGHTS_MAX;
        let queued = u8::try_from(queued).unwrap_or(CONGESTED);
        filled.max(queued).max(of_delay(self.promises.delay(self.at.now))).min(CONGESTED)
    }
}

/// What takes the journal a tenth of a second is too much; half of it is as it should be.
fn of_delay(delay: Duration) -> u8 {
    let share = delay.as_micros() * u128::from(CONGESTED) / DELAY_CONGESTED.as_micros();
    u8::try_from(share).unwrap_or(CONGESTED).min(CONGESTED)
}

/// The TLV.
pub(crate) fn congestion_tlv(state: u8) -> [u8; CONGESTION_LEN] {
    let [high, low] = tag::CONGESTION_STATE.to_be_bytes();
    [high, low, 0, 1, state]
}

/// Octets of the TLV.
const CONGESTION_LEN: usize = 5;

/// What a peer hears whose window is full.
const OPTIMUM: u8 = 90;
/// What a peer hears that is throttled.
pub(crate) const CONGESTED: u8 = 100;
/// Head-of-line age at which load is shed (promises.md 1.4).
const DELAY_CONGESTED: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests;
