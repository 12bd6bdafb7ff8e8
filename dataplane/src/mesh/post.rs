//! The post office of one shard.

use std::collections::VecDeque;
use std::sync::Arc;

use rtrb::{Consumer, Producer, RingBuffer};
use shard::ShardId;

use super::Bell;

/// The post office of one shard.
#[derive(Debug)]
pub struct Post<T> {
    /// To each shard; our own place is `None`.
    outgoing: Vec<Option<Outgoing<T>>>,
    /// From each shard; our own place is `None`.
    incoming: Vec<Option<Consumer<T>>>,
    /// What we say to ourselves.
    own: VecDeque<T>,
    me: usize,
    bell: Arc<Bell>,
    sent: u64,
    received: u64,
}

#[derive(Debug)]
struct Outgoing<T> {
    ring: Producer<T>,
    /// What did not fit, oldest first.
    overflow: VecDeque<T>,
    bell: Arc<Bell>,
    /// Mail was put into the ring since the bell was last considered.
    unannounced: bool,
}

impl<T> Post<T> {
    /// The post offices of a node, in the order of its shards.
    pub fn mesh(bells: &[Arc<Bell>]) -> Vec<Self> {
        let shards = bells.len();
        let capacity = (MESH_SLOTS / shards.max(1)).clamp(RING_MIN, RING_MAX);
        let mut posts: Vec<Self> = (0..shards)
            .map(|me| Self {
                outgoing: (0..shards).map(|_| None).collect(),
                incoming: (0..shards).map(|_| None).collect(),
                own: VecDeque::new(),
                me,
                bell: Arc::clone(&bells[me]),
                sent: 0,
                received: 0,
            })
            .collect();
        for (from, to) in (0..shards).flat_map(|from| (0..shards).map(move |to| (from, to))) {
            if from != to {
                let (ring, consumer) = RingBuffer::new(capacity);
                let bell = Arc::clone(&bells[to]);
                let overflow = VecDeque::new();
                posts[from].outgoing[to] =
                    Some(Outgoing { ring, overflow, bell, unannounced: false });
                posts[to].incoming[from] = Some(consumer);
            }
        }
        posts
    }

    /// Sends; call [`flush`](Self::flush) once at the end of the turn.
    pub fn send(&mut self, to: ShardId, mail: T) {
        self.sent += 1;
        let to = usize::from(to.0);
        if to == self.me {
            self.own.push_back(mail);
            return;
        }
        let outgoing = self.outgoing.get_mut(to).and_then(Option::as_mut);
        outgoing.expect("a shard writes only to shards of its node").send(mail);
    }

    /// Moves what waits, as far as there is room, and wakes who sleeps.
    pub fn flush(&mut self) {
        self.outgoing.iter_mut().flatten().for_each(Outgoing::flush);
    }

    /// Takes in at most `limit` mails from each shard.
    pub fn collect(&mut self, limit: usize, mut take: impl FnMut(ShardId, T)) {
        let me = ShardId(self.me as u8);
        let received = &mut self.received;
        let mut take = |from: ShardId, mail: T| {
            *received += 1;
            take(from, mail);
        };
        for _ in 0..self.own.len().min(limit) {
            self.own.pop_front().into_iter().for_each(|mail| take(me, mail));
        }
        for (from, ring) in self.incoming.iter_mut().enumerate() {
            let Some(ring) = ring else { continue };
            let Ok(chunk) = ring.read_chunk(ring.slots().min(limit)) else { continue };
            chunk.into_iter().for_each(|mail| take(ShardId(from as u8), mail));
        }
    }

    /// Says that we are about to sleep; `false` if there is mail and we must not.
    pub fn fall_asleep(&mut self) -> bool {
        self.bell.fall_asleep();
        let mail = !self.own.is_empty() || self.incoming.iter().flatten().any(|r| !r.is_empty());
        if mail {
            self.bell.rise();
        }
        !mail
    }

    /// Says that we are awake.
    pub fn rise(&mut self) {
        self.bell.rise();
    }

    /// Does mail wait for room in somebody's ring?
    pub fn is_stuck(&self) -> bool {
        self.outgoing.iter().flatten().any(|outgoing| !outgoing.overflow.is_empty())
    }

    /// How many mails were taken in.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// How many mails were sent.
    pub fn sent(&self) -> u64 {
        self.sent
    }
}

impl<T> Outgoing<T> {
    fn send(&mut self, mail: T) {
        self.unannounced = true;
        if !self.overflow.is_empty() {
            self.overflow.push_back(mail);
        } else if let Err(rtrb::PushError::Full(mail)) = self.ring.push(mail) {
            self.overflow.push_back(mail);
        }
    }

    fn flush(&mut self) {
        let count = self.overflow.len().min(self.ring.slots());
        if count > 0 {
            let chunk = self.ring.write_chunk_uninit(count).expect("as many slots are free");
            chunk.fill_from_iter(self.overflow.drain(..count));
        }
        if count > 0 || std::mem::take(&mut self.unannounced) {
            self.bell.wake_sleeper();
        }
    }
}

/// How many mails all rings towards one shard hold together.
const MESH_SLOTS: usize = 16_384;
const RING_MIN: usize = 64;
const RING_MAX: usize = 1024;

#[cfg(test)]
mod tests;
