//! The only reader of the clock; a run counts from its own start.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time since a run began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
}

impl Clock {
    /// A run begins now.
    #[allow(clippy::disallowed_methods, reason = "a tool owns its clock, and this is where")]
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Nanoseconds since the run began.
    pub(crate) fn ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }
}

/// Nanoseconds since 1970: dates, and names that no other run has.
#[allow(clippy::disallowed_methods, reason = "a tool owns its clock, and this is where")]
pub(crate) fn unix_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_nanos() as u64
}

/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
