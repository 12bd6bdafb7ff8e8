//! What a core runs: in production a shard, in tests of the body something simpler.

use routing::board::Page;
use shard::{Calm, Estate, Input, Moment, Output, Shard};

/// Two doors and a page; see [`shard::Shard`], whose law of use holds.
pub trait Mind {
    /// It happened.
    fn handle(&mut self, at: Moment, input: Input<'_>);

    /// What now? Call until `None` after every batch of inputs.
    fn poll_output(&mut self) -> Option<Output<'_>>;

    /// Fills in what it counts.
    fn page(&mut self, page: &mut Page);

    /// How little is left to wait for before it is handed over.
    fn calm(&self) -> Calm;

    /// What it hands to the next process.
    fn estate(&mut self) -> Estate;
}

impl Mind for Shard {
    fn handle(&mut self, at: Moment, input: Input<'_>) {
        Self::handle(self, at, input);
    }

    fn poll_output(&mut self) -> Option<Output<'_>> {
        Self::poll_output(self)
    }

    fn page(&mut self, page: &mut Page) {
        self.gather();
        Self::page(self, page);
    }

    fn calm(&self) -> Calm {
        Self::calm(self)
    }

    fn estate(&mut self) -> Estate {
        Self::estate(self)
    }
}
