//! How long to wait before trying again: doubled with every failure, up to a limit.

use std::time::Duration;

/// The wait before the next try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    next: Duration,
    first: Duration,
    last: Duration,
}

impl Backoff {
    /// Waits of `first`, twice that, and so on, never more than `last`.
    pub(crate) const fn new(first: Duration, last: Duration) -> Self {
        Self { next: first, first, last }
    }

    /// The wait after one more failure.
    pub(crate) fn after_failure(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.last);
        wait
    }

    /// It worked: the next failure is the first again.
    pub(crate) const fn reset(&mut self) {
        self.next = self.first;
    }
}
