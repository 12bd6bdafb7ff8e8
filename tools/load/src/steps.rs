//! What each step of a ramp came to, and where the knee is.

use serde_json::{Value, json};

use crate::latency::Latency;
use crate::pace::Step;

/// The steps of a ramp, first to last.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    rows: Vec<Row>,
}

/// One step. An SMS belongs to the step in which it was due.
#[derive(Debug)]
pub(crate) struct Row {
    /// SMS a second that were due.
    pub(crate) rate: f64,
    start_us: u64,
    /// From due to the response.
    pub(crate) response: Latency,
    /// From due to arrival.
    pub(crate) delivery: Latency,
}

impl Steps {
    /// Nothing measured; of a pace without a ramp nothing ever is.
    pub(crate) fn new(steps: &[Step]) -> Self {
        let row = |step: &Step| Row {
            rate: step.rate,
            start_us: step.start_ns / 1_000,
            response: Latency::new(),
            delivery: Latency::new(),
        };
        let ramp = if steps.len() > 1 { steps } else { &[] };
        Self { rows: ramp.iter().map(row).collect() }
    }

    /// The step of what was due then.
    pub(crate) fn of(&mut self, due_us: u32) -> Option<&mut Row> {
        let begun = self.rows.partition_point(|row| row.start_us <= due_us.into());
        self.rows.get_mut(begun.checked_sub(1)?)
    }

    /// All of them.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The knee: the rate of the last step before the first one whose p99 is over the limit.
    /// `None` if the first one is.
    pub(crate) fn knee(&self, p99_us: u64) -> Option<f64> {
        let within = self.rows.iter().take_while(|row| row.is_within(p99_us));
        within.last().map(|row| row.rate)
    }

    /// The steps as an object each.
    pub(crate) fn to_json(&self) -> Value {
        let row = |row: &Row| {
            json!({"rate": row.rate.round(), "response": row.response.to_json(),
                   "delivery": row.delivery.to_json()})
        };
        self.rows.iter().map(row).collect()
    }
}

impl Row {
    fn is_within(&self, p99_us: u64) -> bool {
        self.response.len() > 0 && self.response.at(99.0) <= p99_us
    }
}

#[cfg(test)]
mod tests;
