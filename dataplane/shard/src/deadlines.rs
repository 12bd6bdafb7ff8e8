//! What must be looked at when.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use routing::MessageId;

use crate::input::LinkId;

/// Something to look at. A stale entry finds nothing to do, so nothing is ever taken out early.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Timer {
    /// An SMPP session's impatience.
    Link(LinkId),
    /// A SIP connection's bounds.
    Flow(LinkId),
    /// A SIP client transaction.
    Client(u128),
    /// A SIP server transaction.
    Server(u128),
    /// The pause of an account's inbox: environment and account.
    Inbox(u32, u32),
    /// The contacts of an account.
    Contacts(u32, u32),
    /// An Sms that a next hop could not take: environment, connection and the Sms.
    Rested(u32, u32, MessageId),
    /// A connection: dial, or go on sending. Environment and connection.
    Connection(u32, u32),
    /// A carrier that is to be dialled and asked to bind: environment and carrier.
    Outbind(u32, u32),
    /// The receipts of a carrier that were not taken: environment and carrier.
    Receipts(u32, u32),
    /// Receipts whose carrier stays away.
    StaleReceipts,
    /// The next piece of a search for all Sms to an address.
    Sweep(u64),
    /// Other shards are to hear how connections stand.
    Outlook,
    /// What waits is looked through for another way.
    Reroute,
    /// Segments that waited long enough for the others.
    Segments,
    /// What is remembered only for a while.
    Forget,
}

/// A heap of moments.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    heap: BinaryHeap<Reverse<(Instant, Timer)>>,
}

impl Deadlines {
    pub(crate) fn arm(&mut self, at: Instant, timer: Timer) {
        self.heap.push(Reverse((at, timer)));
    }

    /// The next timer whose moment has come.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Timer> {
        let Reverse((at, _)) = self.heap.peek()?;
        if *at > now {
            return None;
        }
        self.heap.pop().map(|Reverse((_, timer))| timer)
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }
}

#[cfg(test)]
mod tests;
