//! How we are registered at a trunk that wants its customers to be (RFC 3261 §10.2).
//!
//! ```text
//!                 its time has come          2xx
//!        Out ───────────────────▶ Asking ──────────▶ In ── most of what was granted has passed
//!         ▲                       │    ▲              │
//!         └── a no, or silence ───┘    └──────────────┴── or its hop answers no more
//! ```
//! One REGISTER is on its way at most, and all of them are one dialogue: one Call-ID and a CSeq
//! that grows, so that the registrar knows a later word from an earlier one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use routing::Transport;

use crate::limits::{ENROL_LEAST, ENROL_PAUSE};
use crate::peers::trunks::Challenged;

/// How we are registered at a trunk.
#[derive(Debug, Default)]
pub(crate) struct Enrolment {
    /// When the next REGISTER leaves; `None` where none is wanted or one is on its way.
    due: Option<Instant>,
    /// The registrar said yes, and nothing has spoken against it since.
    is_in: bool,
    /// The hop that said it.
    over: Option<(SocketAddr, Transport)>,
    /// How long we ask for, if the registrar wants longer than we do (RFC 3261 §10.2.8).
    pub(crate) at_least_secs: u32,
    /// How often it was not to be had, in a row.
    failures: u32,
    /// When this dialogue began: no two have the same.
    pub(crate) began_ns: u64,
    /// The number of its last REGISTER.
    pub(crate) cseq: u32,
    /// What it challenged us with last, to answer before we are asked.
    pub(crate) challenge: Option<Challenged>,
}

impl Enrolment {
    /// Everything is to be said anew, because the plan says something else.
    pub(crate) fn begin(&mut self, now: Instant, unix_ns: u64, is_wanted: bool) {
        let due = is_wanted.then_some(now);
        *self = Self { due, began_ns: unix_ns, ..Self::default() };
    }

    /// When to look again.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Is it time for a REGISTER? Then one is on its way.
    pub(crate) fn asks(&mut self, now: Instant) -> bool {
        self.due.take_if(|due| *due <= now).is_some()
    }

    /// The registrar keeps us for so many seconds; says whether that is news.
    pub(crate) fn granted(
        &mut self,
        now: Instant,
        secs: u32,
        over: Option<(SocketAddr, Transport)>,
    ) -> bool {
        let was_in = std::mem::replace(&mut self.is_in, true);
        (self.failures, self.over) = (0, over);
        let most = Duration::from_secs(secs.into()).mul_f64(REFRESHED_AFTER);
        self.due = Some(now + most.max(ENROL_LEAST));
        !was_in
    }

    /// It does not, or is silent: again after a pause that grows, or that it asked for. Says
    /// whether that is news.
    pub(crate) fn failed(&mut self, now: Instant, pause: Option<Duration>) -> bool {
        let (first, longest) = ENROL_PAUSE;
        let grown = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        let was_in = std::mem::replace(&mut self.is_in, false);
        let is_news = was_in || self.failures == 0;
        self.failures = self.failures.saturating_add(1);
        self.over = None;
        self.due = Some(now + pause.map_or(grown, |pause| pause.max(ENROL_LEAST)));
        is_news
    }

    /// Nobody is there to be asked: whoever comes is.
    pub(crate) fn postpone(&mut self, now: Instant) {
        self.due = Some(now + ENROL_PAUSE.0);
    }

    /// A hop answers, or does not any more. Where that makes a difference a REGISTER is due.
    pub(crate) fn hop_changed(&mut self, now: Instant, hop: (SocketAddr, Transport), is_up: bool) {
        let is_lost = !is_up && (self.over == Some(hop) || !self.is_in);
        if is_lost {
            (self.is_in, self.over) = (false, None);
        }
        // Over a stream it reaches us by the connection that is new now.
        let is_new = is_up && (!self.is_in || (hop.1.is_stream() && self.over == Some(hop)));
        if let Some(due) = &mut self.due
            && (is_lost || is_new)
        {
            *due = (*due).min(now);
        }
    }
}

/// The share of what was granted after which it is asked for again.
const REFRESHED_AFTER: f64 = 0.8;

#[cfg(test)]
mod tests;
