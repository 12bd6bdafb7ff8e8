//! The only reader of clocks: one look per turn, not per message.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use shard::Moment;

/// Both clocks, now.
#[allow(clippy::disallowed_methods)]
pub fn read() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment { now: Instant::now(), unix_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX) }
}

/// The monotonic clock, now.
#[allow(clippy::disallowed_methods)]
pub fn now() -> Instant {
    Instant::now()
}
