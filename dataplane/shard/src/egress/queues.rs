//! Sms that wait for a connection, in order.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use routing::MessageId;

/// An environment and a connection of it.
pub(crate) type ConnectionKey = (u32, u32);

/// The queue of one connection.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub(crate) waiting: VecDeque<MessageId>,
    /// Attempts that are being recorded: they have a place in the window already.
    pub(crate) ready: usize,
    /// Sms that rest by themselves, after a failure of their own.
    pub(crate) resting: usize,
    /// Not before this, after the next hop asked for a pause.
    pub(crate) rest_until: Option<Instant>,
}

/// The queues of a shard.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    queues: BTreeMap<ConnectionKey, Queue>,
}

impl Queues {
    pub(crate) fn len(&self, key: ConnectionKey) -> usize {
        self.queues.get(&key).map_or(0, |queue| queue.waiting.len())
    }

    pub(crate) fn push_back(&mut self, key: ConnectionKey, id: MessageId) {
        self.queue(key).waiting.push_back(id);
    }

    /// Keeps the order of acceptance: a flight that comes back stands before all younger ones.
    pub(crate) fn put_back(&mut self, key: ConnectionKey, id: MessageId) {
        let waiting = &mut self.queue(key).waiting;
        let at = waiting.iter().position(|other| *other > id).unwrap_or(waiting.len());
        waiting.insert(at, id);
    }

    pub(crate) fn remove(&mut self, key: ConnectionKey, id: MessageId) {
        if let Some(queue) = self.queues.get_mut(&key) {
            queue.waiting.retain(|waiting| *waiting != id);
        }
    }

    pub(crate) fn queue(&mut self, key: ConnectionKey) -> &mut Queue {
        self.queues.entry(key).or_default()
    }
}

#[cfg(test)]
mod tests;
