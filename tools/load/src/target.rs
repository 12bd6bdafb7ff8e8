//! Where SMS arrive: phones, or a message centre.

use mio::Poll;
use serde_json::Value;

use crate::clock::Clock;
use crate::failure::Failure;
use crate::ledger::Ledger;
use crate::mark::Marks;
use crate::phones::Phones;
use crate::sink::Sink;

/// The far end of a run.
#[derive(Debug)]
pub(crate) enum Target {
    /// Registered apps.
    Phones(Phones),
    /// A message centre the dataplane connects to.
    Sink(Sink),
}

impl Target {
    /// Gets ready in `poll` with tokens from `first` on; phones register here.
    pub(crate) fn prepare(
        &mut self,
        poll: &mut Poll,
        first: usize,
        clock: &Clock,
    ) -> Result<(), Failure> {
        match self {
            Self::Phones(phones) => phones.prepare(poll, first, clock),
            Self::Sink(sink) => sink.prepare(poll, first),
        }
    }

    /// Leaves the place as it was found.
    pub(crate) fn leave(&mut self, poll: &mut Poll, clock: &Clock) {
        match self {
            Self::Phones(phones) => phones.leave(poll, clock),
            Self::Sink(_) => {}
        }
    }

    /// Whether SMS can arrive.
    pub(crate) fn is_ready(&self) -> bool {
        match self {
            Self::Phones(_) => true,
            Self::Sink(sink) => sink.is_ready(),
        }
    }

    /// The socket with that token has news.
    pub(crate) fn handle_ready(
        &mut self,
        poll: &Poll,
        token: usize,
        closing: bool,
        clock: &Clock,
        marks: &Marks,
        ledger: &mut Ledger,
    ) {
        match self {
            Self::Phones(phones) => phones.handle_ready(token),
            Self::Sink(sink) => sink.handle_ready(poll, token, closing, clock, marks, ledger),
        }
    }

    /// Does a bounded amount of what is to be done; whether something is left.
    pub(crate) fn work(&mut self, clock: &Clock, marks: &Marks, ledger: &mut Ledger) -> bool {
        match self {
            Self::Phones(phones) => phones.work(clock, marks, ledger),
            Self::Sink(sink) => sink.work(clock, marks),
        }
    }

    /// What this end has to say about itself.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Phones(phones) => phones.to_json(),
            Self::Sink(sink) => sink.to_json(),
        }
    }
}
