//! When to submit.
//!
//! Closed loop: whenever a window has room, so the dataplane sets the pace. Open loop: by the
//! clock, so the world sets the pace; an SMS that could not leave in time still counts from when
//! it was due (no coordinated omission).

use crate::clock::SECOND;

/// The pace of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As answers come.
    Closed,
    /// So many SMS a second, the first one at `start_ns`.
    Open {
        /// SMS a second.
        rate: f64,
        /// When the clock began to count.
        start_ns: u64,
    },
}

impl Pace {
    /// The pace the options ask for, beginning now.
    pub(crate) fn new(rate: Option<f64>, now_ns: u64) -> Self {
        match rate.filter(|rate| *rate > 0.0) {
            Some(rate) => Self::Open { rate, start_ns: now_ns },
            None => Self::Closed,
        }
    }

    /// When SMS `id` is due: now, or by the clock.
    pub(crate) fn due_ns(&self, id: u32, now_ns: u64) -> u64 {
        match *self {
            Self::Closed => now_ns,
            Self::Open { rate, start_ns } => {
                start_ns + (f64::from(id) / rate * SECOND as f64) as u64
            }
        }
    }

    /// Whether SMS `id` still belongs to a run that ends at `stop_ns`: by the clock it does if it
    /// was due before, however late it is.
    pub(crate) fn is_within(&self, id: u32, stop_ns: u64, now_ns: u64) -> bool {
        match self {
            Self::Closed => now_ns < stop_ns,
            Self::Open { .. } => self.due_ns(id, now_ns) < stop_ns,
        }
    }

    /// How many SMS were due before `stop_ns`; as answers come, that is as many as left.
    pub(crate) fn due_before(&self, stop_ns: u64, submitted: u64) -> u64 {
        match *self {
            Self::Closed => submitted,
            Self::Open { rate, start_ns } => {
                let secs = stop_ns.saturating_sub(start_ns) as f64 / SECOND as f64;
                (secs * rate).ceil() as u64
            }
        }
    }
}

#[cfg(test)]
mod tests;
