//! How long something took, over many times.

use hdrhistogram::Histogram;
use serde_json::{Value, json};

/// A histogram of microseconds, three digits exact.
#[derive(Clone, Debug)]
pub(crate) struct Latency {
    micros: Histogram<u64>,
}

impl Latency {
    /// Nothing measured.
    pub(crate) fn new() -> Self {
        let micros = Histogram::new_with_bounds(1, LONGEST_US, 3);
        Self { micros: micros.expect("the bounds are legal: 1 <= longest / 2, digits <= 5") }
    }

    /// One more.
    pub(crate) fn record(&mut self, micros: u32) {
        self.micros.saturating_record(micros.max(1).into());
    }

    /// Forgets everything.
    pub(crate) fn reset(&mut self) {
        self.micros.reset();
    }

    /// How often something was measured.
    pub(crate) fn len(&self) -> u64 {
        self.micros.len()
    }

    /// The latency that `percent` of all did not exceed.
    pub(crate) fn at(&self, percent: f64) -> u64 {
        self.micros.value_at_percentile(percent)
    }

    /// Percentiles for a human: `p50 210  p90 340 ...`.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "count": self.len(),
            "min_us": self.micros.min(),
            "mean_us": (self.micros.mean() * 10.0).round() / 10.0,
            "p50_us": self.at(50.0),
            "p90_us": self.at(90.0),
            "p99_us": self.at(99.0),
            "p999_us": self.at(99.9),
            "max_us": self.micros.max(),
        })
    }
}

/// An hour, as long as a run can be.
const LONGEST_US: u64 = 3_600_000_000;
