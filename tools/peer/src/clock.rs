//! The only reader of the clock; everything else is told the time.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now, for intervals.
#[allow(clippy::disallowed_methods, reason = "a tool owns its clock, and this is where")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Now, for dates and for texts that must not repeat: since 1970, in nanoseconds.
#[allow(clippy::disallowed_methods, reason = "a tool owns its clock, and this is where")]
pub(crate) fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Now in whole seconds since 1970, as receipts want it.
pub(crate) fn unix_secs() -> i64 {
    i64::try_from(unix_ns() / 1_000_000_000).unwrap_or(i64::MAX)
}
