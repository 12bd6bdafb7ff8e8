//! What is done once a record is durable, and not before.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use routing::MessageId;
use smpp::Command;

use crate::credit::Held;
use crate::egress::ConnectionKey;
use crate::ingress::register::Said;
use crate::input::{LinkId, ShardId};
use crate::later::Ask;
use crate::mail::Failed;
use crate::reroute::Moving;

/// Something that waits for the disk.
#[derive(Debug)]
pub(crate) enum Promise {
    /// An Sms is ours: say so to the shard that took it in.
    Answer { to: ShardId, ticket: u64, id: MessageId, told: MessageId },
    /// An Sms whose sender waits for the outcome failed: say so to the shard that took it in.
    Failed { to: ShardId, ticket: u64, why: Failed },
    /// An attempt may begin; it has its place in the window of this connection.
    Attempt { id: MessageId, attempt: u16, over: Option<ConnectionKey> },
    /// An Sms goes to another owner: all that was written of it stands.
    Leave { to: ShardId, moving: Box<Moving> },
    /// An Sms that came from another owner is ours: say so.
    Arrived { from: ShardId, id: MessageId },
    /// An outcome stands: its receipt may leave.
    Settled { id: MessageId },
    /// An outcome stands by which a price is not spent that was held.
    Unspent(Held),
    /// A next hop's receipt is kept: it may be answered.
    ReceiptTaken { link: LinkId, sequence: u32, command: Command },
    /// What was found about an Sms stands, or what was asked for it is done.
    Asked(Box<Ask>),
    /// Contacts are kept: the REGISTER may be answered by this server transaction.
    Registered { transaction: u128, environment: u32, account: u32, said: Said },
}

/// Counts records and keeps what waits for them, in order.
#[derive(Debug, Default)]
pub(crate) struct Promises {
    recorded: u64,
    durable: u64,
    /// The last record that is to be durable as soon as can be.
    urgent: u64,
    waiting: VecDeque<(u64, Promise)>,
    /// The oldest record that may not be durable yet, and when it was written.
    oldest: Option<(u64, Instant)>,
    /// The turns that wrote what is not durable yet: the first record of each, and when it was.
    turns: VecDeque<(u64, Instant)>,
    /// How long the latest one that was watched took, and when it was durable.
    took: Option<(Instant, Duration)>,
    /// The journal failed: nothing is accepted any more.
    pub(crate) broken: bool,
    /// The journal has room for the outcomes of what is ours already, and for nothing new.
    pub(crate) scarce: bool,
}

impl Promises {
    /// A record was written; returns its number.
    pub(crate) fn count(&mut self, now: Instant) -> u64 {
        self.recorded += 1;
        self.oldest.get_or_insert((self.recorded, now));
        if self.turns.back().is_none_or(|(_, at)| *at != now) {
            // Nobody will ask how long what nothing waits for took.
            if self.waiting.is_empty() {
                self.turns.clear();
            }
            self.turns.push_back((self.recorded, now));
        }
        self.recorded
    }

    /// The last record is to be durable as soon as can be.
    pub(crate) fn hurry(&mut self) {
        self.urgent = self.recorded;
    }

    /// May the last `count` records wait a little for others?
    pub(crate) fn are_patient(&self, count: u32) -> bool {
        self.urgent + u64::from(count) <= self.recorded
    }

    /// Does the disk have what is to be durable as soon as can be?
    pub(crate) fn hurries(&self) -> bool {
        self.urgent > self.durable
    }

    /// How long the disk takes: the record that became durable within the last second, or the
    /// oldest that has not, whichever took longer.
    pub(crate) fn delay(&self, now: Instant) -> Duration {
        let waits = self.oldest.map(|(_, since)| now.saturating_duration_since(since));
        let age = |at| now.saturating_duration_since(at);
        let took = self.took.filter(|(at, _)| age(*at) < Duration::from_secs(1));
        took.map(|(_, took)| took).max(waits).unwrap_or_default()
    }

    /// The number of the last record.
    pub(crate) fn last(&self) -> u64 {
        self.recorded
    }

    /// Keeps a promise until every record so far is durable.
    pub(crate) fn keep(&mut self, promise: Promise) {
        self.waiting.push_back((self.recorded, promise));
    }

    /// Keeps a promise until that record is durable, which may be already.
    pub(crate) fn keep_for(&mut self, record: u64, promise: Promise) {
        let at = self.waiting.partition_point(|(waited_for, _)| *waited_for <= record);
        self.waiting.insert(at, (record, promise));
    }

    pub(crate) fn is_durable(&self, record: u64) -> bool {
        record <= self.durable
    }

    /// Every record up to this one is durable.
    pub(crate) fn handle_recorded(&mut self, now: Instant, upto: u64) {
        self.durable = self.durable.max(upto);
        if let Some((_, since)) = self.oldest.take_if(|(record, _)| *record <= upto) {
            self.took = Some((now, now.saturating_duration_since(since)));
        }
    }

    /// The next promise that is due.
    pub(crate) fn due(&mut self) -> Option<Promise> {
        let (record, _) = self.waiting.front()?;
        if *record > self.durable {
            return None;
        }
        while self.turns.get(1).is_some_and(|(first, _)| first <= record) {
            self.turns.pop_front();
        }
        self.waiting.pop_front().map(|(_, promise)| promise)
    }

    /// How long the promise that was last due has waited for its record.
    pub(crate) fn waited(&self, now: Instant) -> Duration {
        self.turns.front().map_or(Duration::ZERO, |(_, at)| now.saturating_duration_since(*at))
    }

    /// The next promise that can never be kept, after the journal failed.
    pub(crate) fn lost(&mut self) -> Option<Promise> {
        self.waiting.pop_front().map(|(_, promise)| promise)
    }

    /// Takes back the promise to answer a request whose link is gone: the name of the Sms it was
    /// about, and the record it waited for.
    pub(crate) fn orphan(&mut self, from: ShardId, asked: u64) -> Option<(MessageId, u64)> {
        let about = |(_, promise): &(u64, Promise)| match promise {
            Promise::Answer { to, ticket, told, .. } => {
                (*to == from && *ticket == asked).then_some(*told)
            }
            Promise::Failed { .. }
            | Promise::Attempt { .. }
            | Promise::Leave { .. }
            | Promise::Arrived { .. }
            | Promise::Settled { .. }
            | Promise::Unspent(_)
            | Promise::ReceiptTaken { .. }
            | Promise::Asked(_)
            | Promise::Registered { .. } => None,
        };
        let (at, id) = self.waiting.iter().enumerate().find_map(|(at, p)| Some((at, about(p)?)))?;
        self.waiting.remove(at).map(|(record, _)| (id, record))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests;
