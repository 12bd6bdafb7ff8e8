//! What must be looked at when.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;
use std::time::{Duration, Instant};

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
    /// A SIP client transaction towards a trunk.
    Trunk(u128),
    /// A trunk: ask whether it lives. Environment and connection.
    Probe(u32, u32),
    /// A trunk where we are registered: say so again. Environment and connection.
    Enrol(u32, u32),
    /// A carrier that is to be dialled and asked to bind: environment and carrier.
    Outbind(u32, u32),
    /// The receipts of a carrier that were not taken: environment and carrier.
    Receipts(u32, u32),
    /// Receipts whose carrier stays away.
    StaleReceipts,
    /// A handset that has not said what became of a short message.
    Relay(MessageId),
    /// What an app shall hear and does not come for: environment and account.
    Notices(u32, u32),
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
    /// Answers to SIP requests of which no copy can come.
    Done,
    /// REGISTERs that wait for their turn.
    Lobby,
    /// Messages to be shown that nobody has named.
    Taps,
}

/// Moments, and what is to be looked at then.
///
/// Those of transactions are armed thousands of times a second, and nearly all of them a constant
/// time ahead: they come in the order of their moments and wait in lanes, where adding one and
/// taking one out cost next to nothing. What fits into no lane waits in a heap.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    lanes: [VecDeque<(Instant, Timer)>; LANES],
    heap: BinaryHeap<Reverse<(Instant, Timer)>>,
    /// The first moment of all.
    next: Option<Instant>,
    /// A moment of the grid on which patient timers come together.
    grid: Option<Instant>,
}

impl Deadlines {
    pub(crate) fn arm(&mut self, at: Instant, timer: Timer) {
        if self.next.is_none_or(|next| at < next) {
            self.next = Some(at);
        }
        let fits = |lane: &VecDeque<(Instant, Timer)>| {
            lane.back().is_none_or(|(last, _)| *last <= at && at <= *last + LANE_GAP)
        };
        match self.lanes.get_mut(lanes_of(timer)).and_then(|own| own.iter_mut().find(|l| fits(l))) {
            Some(lane) => lane.push_back((at, timer)),
            None => self.heap.push(Reverse((at, timer))),
        }
    }

    /// As [`arm`](Self::arm) for a timer that nobody misses for a sixteenth of a second: those of
    /// thousands of idle links come together, and wake the shard sixteen times a second.
    pub(crate) fn arm_patient(&mut self, at: Instant, timer: Timer) {
        let origin = *self.grid.get_or_insert(at);
        let past = at.saturating_duration_since(origin).as_nanos() % GRID.as_nanos();
        let late =
            if past == 0 { Duration::ZERO } else { GRID - Duration::from_nanos(past as u64) };
        self.arm(at + late, timer);
    }

    /// The next timer whose moment has come.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Timer> {
        let next = self.next.filter(|next| *next <= now)?;
        let starts = |lane: &&mut VecDeque<(Instant, Timer)>| {
            lane.front().is_some_and(|(at, _)| *at == next)
        };
        let timer = match self.lanes.iter_mut().find(starts) {
            Some(lane) => lane.pop_front().map(|(_, timer)| timer),
            None => self.heap.pop().map(|Reverse((_, timer))| timer),
        };
        let firsts = self.lanes.iter().filter_map(VecDeque::front).map(|(at, _)| *at);
        self.next = firsts.chain(self.heap.peek().map(|Reverse((at, _))| *at)).min();
        timer
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }
}

/// The lanes in which a timer may wait.
fn lanes_of(timer: Timer) -> Range<usize> {
    match timer {
        Timer::Client(_) => 0..2,
        Timer::Server(_) => 2..4,
        Timer::Contacts(..) => 4..6,
        Timer::Link(_)
        | Timer::Flow(_)
        | Timer::Inbox(..)
        | Timer::Rested(..)
        | Timer::Connection(..)
        | Timer::Trunk(_)
        | Timer::Probe(..)
        | Timer::Enrol(..)
        | Timer::Outbind(..)
        | Timer::Receipts(..)
        | Timer::StaleReceipts
        | Timer::Relay(_)
        | Timer::Notices(..)
        | Timer::Sweep(_)
        | Timer::Outlook
        | Timer::Reroute
        | Timer::Segments
        | Timer::Forget
        | Timer::Done
        | Timer::Lobby
        | Timer::Taps => 0..0,
    }
}

const LANES: usize = 6;

/// How far moments of patient timers are apart: who waits for one waits so much longer at most.
const GRID: Duration = Duration::from_micros(62_500);

/// What is so much later than the last of a lane would make those behind it wait elsewhere.
const LANE_GAP: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests;
