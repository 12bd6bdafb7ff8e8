//! When to submit.
//!
//! Closed loop: whenever a window has room, so the dataplane sets the pace. Open loop: by the
//! clock, so the world sets the pace; an SMS that could not leave in time still counts from when
//! it was due (no coordinated omission). A ramp is an open loop whose rate rises in steps.

use crate::args::Load;
use crate::clock::SECOND;

/// The pace of a run.
#[derive(Clone, Debug)]
pub(crate) enum Pace {
    /// As answers come.
    Closed,
    /// By the clock; steps follow each other, and the last one has no end.
    Open(Vec<Step>),
}

/// A time of one rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// SMS a second.
    pub(crate) rate: f64,
    /// When it begins.
    pub(crate) start_ns: u64,
    /// The first SMS of it.
    pub(crate) first: f64,
}

impl Pace {
    /// As answers come, or at one rate, beginning now.
    pub(crate) fn new(rate: Option<f64>, now_ns: u64) -> Self {
        match rate.filter(|rate| *rate > 0.0) {
            Some(rate) => Self::Open(vec![Step { rate, start_ns: now_ns, first: 0.0 }]),
            None => Self::Closed,
        }
    }

    /// The pace the options ask for, beginning now.
    pub(crate) fn of(load: &Load, now_ns: u64) -> Self {
        match (load.rate, load.ramp.to) {
            (Some(rate), Some(to)) if rate > 0.0 => Self::ramp(rate, to.max(rate), load, now_ns),
            (rate, _) => Self::new(rate, now_ns),
        }
    }

    fn ramp(from: f64, to: f64, load: &Load, now_ns: u64) -> Self {
        let steps = load.ramp.steps.max(2);
        let step_ns = load.lifetime * SECOND / u64::from(steps);
        let rise = (to - from) / f64::from(steps - 1);
        let mut first = 0.0;
        let step = |at: u32| {
            let rate = from + rise * f64::from(at);
            let step = Step { rate, start_ns: now_ns + step_ns * u64::from(at), first };
            first += rate * step_ns as f64 / SECOND as f64;
            step
        };
        Self::Open((0..steps).map(step).collect())
    }

    /// The steps; none of a closed loop.
    pub(crate) fn steps(&self) -> &[Step] {
        match self {
            Self::Closed => &[],
            Self::Open(steps) => steps,
        }
    }

    /// When SMS `id` is due: now, or by the clock.
    pub(crate) fn due_ns(&self, id: u32, now_ns: u64) -> u64 {
        let id = f64::from(id);
        let begun = self.steps().partition_point(|step| step.first <= id);
        match begun.checked_sub(1).and_then(|at| self.steps().get(at)) {
            Some(step) => step.start_ns + ((id - step.first) / step.rate * SECOND as f64) as u64,
            None => now_ns,
        }
    }

    /// Whether SMS `id` still belongs to a run that ends at `stop_ns`: by the clock it does if it
    /// was due before, however late it is.
    pub(crate) fn is_within(&self, id: u32, stop_ns: u64, now_ns: u64) -> bool {
        self.due_ns(id, now_ns) < stop_ns
    }

    /// How many SMS were due before `stop_ns`; as answers come, that is as many as left.
    pub(crate) fn due_before(&self, stop_ns: u64, submitted: u64) -> u64 {
        match self.steps().last() {
            None => submitted,
            Some(step) => {
                let secs = stop_ns.saturating_sub(step.start_ns) as f64 / SECOND as f64;
                (step.first + secs * step.rate).ceil() as u64
            }
        }
    }
}

#[cfg(test)]
mod tests;
