//! Sms that wait for a connection, in order.

use std::collections::BTreeMap;
use std::time::Instant;

use routing::MessageId;

use crate::egress::order::Order;
use crate::egress::pace::Pace;
use crate::fair::{Fair, Lane};
use crate::limits::{QUEUE_MAX, REPLACE_LOOKS, SENDER_QUEUE_MAX};
use crate::shard::Shard;

/// An environment and a connection of it.
pub(crate) type ConnectionKey = (u32, u32);

/// The queue of one connection.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(crate) waiting: Fair,
    /// Attempts that are being recorded: they have a place in the window already.
    pub(crate) ready: usize,
    /// Sms that rest by themselves, after a failure of their own.
    pub(crate) resting: usize,
    /// Not before this, after the next hop asked for a pause, or to keep the pace.
    pub(crate) rest_until: Option<Instant>,
    /// The next hop complained; what it says until then is the same complaint.
    pub(crate) throttled_until: Option<Instant>,
    pub(crate) pace: Pace,
    pub(crate) order: Order,
}

/// The queues of a shard.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    queues: BTreeMap<ConnectionKey, Queue>,
}

impl Queues {
    /// May one more of this lane wait? One sender cannot fill the queue of all.
    pub(crate) fn has_room(&self, key: ConnectionKey, lane: Lane) -> bool {
        self.queues.get(&key).is_none_or(|Queue { waiting, .. }| {
            waiting.len() < QUEUE_MAX && waiting.len_of(lane) < SENDER_QUEUE_MAX
        })
    }

    /// Those of the same sender that wait for a connection, the latest of each class first.
    pub(crate) fn latest(&self, key: ConnectionKey, lane: Lane) -> Vec<MessageId> {
        let queue = self.queues.get(&key);
        let latest = queue.into_iter().flat_map(|queue| queue.waiting.latest(lane));
        latest.take(REPLACE_LOOKS).collect()
    }

    /// How many wait.
    pub(crate) fn len(&self, key: ConnectionKey) -> usize {
        self.queues.get(&key).map_or(0, |queue| queue.waiting.len())
    }

    /// Does it hold all it may?
    pub(crate) fn is_full(&self, key: ConnectionKey) -> bool {
        self.len(key) >= QUEUE_MAX
    }

    /// Did the next hop ask for a pause?
    pub(crate) fn is_throttled(&self, key: ConnectionKey, now: Instant) -> bool {
        let until = self.queues.get(&key).and_then(|queue| queue.throttled_until);
        until.is_some_and(|until| until > now)
    }

    pub(crate) fn push_back(&mut self, key: ConnectionKey, lane: Lane, id: MessageId) {
        self.queue(key).waiting.push_back(lane, id);
    }

    pub(crate) fn queue(&mut self, key: ConnectionKey) -> &mut Queue {
        self.queues.entry(key).or_default()
    }
}

impl Shard {
    /// A flight that waits again stands before all of its sender and priority that are younger.
    pub(crate) fn queue_again(&mut self, key: ConnectionKey, id: MessageId) {
        if let Some(flight) = self.flights.get(id) {
            self.queues.queue(key).waiting.put_back(Lane::of(&flight.sms), id);
        }
    }

    /// A flight waits no longer; call it while the flight is there.
    pub(crate) fn unqueue(&mut self, key: ConnectionKey, id: MessageId) {
        if let Some(flight) = self.flights.get(id) {
            self.queues.queue(key).waiting.remove(Lane::of(&flight.sms), id);
        }
    }
}
