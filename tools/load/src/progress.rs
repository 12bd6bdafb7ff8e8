//! One live line about a run.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::SECOND;
use crate::ledger::Ledger;

/// The live line; draws on stderr if that is a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    last_ns: u64,
    last_accepted: u64,
    last_delivered: u64,
}

impl Progress {
    /// A line about a run of at most so many seconds.
    pub(crate) fn new(hidden: bool, seconds: u64) -> Self {
        let bar = ProgressBar::new(seconds * 10);
        if hidden {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        let template = "{bar:24} {elapsed_precise} {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_secs(3600));
        Self { bar, last_ns: 0, last_accepted: 0, last_delivered: 0 }
    }

    /// Says what is being waited for.
    pub(crate) fn say(&self, what: &str) {
        self.bar.set_message(what.to_owned());
    }

    /// Shows how it goes.
    pub(crate) fn show(&mut self, now_ns: u64, run_ns: u64, ledger: &Ledger) {
        let totals = &ledger.totals;
        let secs = (now_ns - self.last_ns).max(1) as f64 / SECOND as f64;
        let per_second = |now: u64, last: u64| (now - last) as f64 / secs;
        let accepted = per_second(totals.accepted, self.last_accepted);
        let delivered = per_second(totals.delivered, self.last_delivered);
        let under_way = totals.accepted.saturating_sub(totals.delivered);
        self.bar.set_position(run_ns / (SECOND / 10));
        self.bar.set_message(format!(
            "{accepted:.0}/s accepted  {delivered:.0}/s delivered  {under_way} under way  \
             p99 {} us to the response, {} us to arrival",
            ledger.response.at(99.0),
            ledger.delivery.at(99.0),
        ));
        self.last_ns = now_ns;
        self.last_accepted = totals.accepted;
        self.last_delivered = totals.delivered;
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
