//! Who goes next among those that wait for the same way out.
//!
//! An Sms waits in a lane: its priority's class and its sender. A higher class goes first, so
//! a one-time password never stands behind a campaign; but a class that was passed over as
//! often as its patience lasts goes before all others, so that none starves. Within a class
//! the senders take turns, one Sms each, so that a flood of one halves the speed of another at
//! worst. Within a lane order is kept: what one sender sends to one number under one priority
//! leaves in the order in which it became ours (promises.md O9).
//!
//! A waiting Sms costs the sixteen octets of its id. A lane without Sms does not exist, and the
//! memory of a few that ended is kept for those that begin.

use std::collections::VecDeque;

use routing::{Ingress, MessageId, Sms};

use crate::tables::Table;

/// Who sent it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Sender {
    /// By SMPP.
    Carrier(u32),
    /// By SMPP, over a connection of ours.
    Connection(u32),
    /// By SIP.
    Account(u32),
}

/// Where an Sms stands among those that wait with it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Lane {
    class: u8,
    sender: Sender,
}

/// Everything that waits for one way out.
#[derive(Debug, Default)]
pub(crate) struct Fair {
    lanes: Table<Lane, VecDeque<MessageId>>,
    /// By class: the senders of its lanes, next first.
    turns: [VecDeque<Sender>; CLASSES],
    /// By class: how many of higher classes went since it was its turn.
    passed: [u16; CLASSES],
    len: usize,
    spare: Vec<VecDeque<MessageId>>,
}

/// The class of a priority_flag (SMPP 3.4 §5.2.14, 5.0 §4.7.14); what is above the highest
/// level is of the highest class.
pub(crate) fn class_of(priority: u8) -> usize {
    usize::from(priority).min(CLASSES - 1)
}

impl Lane {
    pub(crate) fn of(sms: &Sms) -> Self {
        let sender = match sms.ingress {
            Ingress::Smpp { carrier, .. } => Sender::Carrier(carrier),
            Ingress::Connection { connection, .. } | Ingress::Trunk { connection, .. } => {
                Sender::Connection(connection)
            }
            Ingress::Sip { account, .. } => Sender::Account(account),
        };
        Self { class: class_of(sms.priority) as u8, sender }
    }

    fn class(self) -> usize {
        usize::from(self.class)
    }
}

impl Fair {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many wait in a lane.
    pub(crate) fn len_of(&self, lane: Lane) -> usize {
        self.lanes.get(&lane).map_or(0, VecDeque::len)
    }

    /// Those of a lane's sender, the latest of each class first.
    pub(crate) fn latest(&self, lane: Lane) -> impl Iterator<Item = MessageId> + '_ {
        let lanes = (0..CLASSES).map(move |class| Lane { class: class as u8, ..lane });
        lanes.flat_map(|lane| self.lanes.get(&lane).into_iter().flatten().rev().copied())
    }

    /// The last of its lane.
    pub(crate) fn push_back(&mut self, lane: Lane, id: MessageId) {
        let (waiting, is_new) = self.lane(lane);
        waiting.push_back(id);
        self.len += 1;
        if is_new {
            self.turns[lane.class()].push_back(lane.sender);
        }
    }

    /// Back to its place: before all of its lane that are younger. If it is the only one of its
    /// lane, its sender gets back the turn that it had for it.
    pub(crate) fn put_back(&mut self, lane: Lane, id: MessageId) {
        let (waiting, is_new) = self.lane(lane);
        let at = waiting.iter().position(|other| *other > id).unwrap_or(waiting.len());
        waiting.insert(at, id);
        self.len += 1;
        if is_new {
            self.turns[lane.class()].push_front(lane.sender);
        }
    }

    /// The next one, which waits no longer.
    pub(crate) fn pop(&mut self) -> Option<MessageId> {
        let class = self.next_class()?;
        let sender = self.turns[class].pop_front()?;
        let lane = Lane { class: class as u8, sender };
        let waiting = self.lanes.get_mut(&lane)?;
        let id = waiting.pop_front();
        self.len -= 1;
        if waiting.is_empty() {
            self.end(lane);
        } else {
            self.turns[class].push_back(sender);
        }
        id
    }

    /// Takes one out; `false` if it does not wait here. What waits longest is found first, and
    /// what waits longest ends first.
    pub(crate) fn remove(&mut self, lane: Lane, id: MessageId) -> bool {
        let Some(waiting) = self.lanes.get_mut(&lane) else { return false };
        let Some(at) = waiting.iter().position(|other| *other == id) else { return false };
        waiting.remove(at);
        self.len -= 1;
        if waiting.is_empty() {
            self.turns[lane.class()].retain(|sender| *sender != lane.sender);
            self.end(lane);
        }
        true
    }

    /// The highest class in which somebody waits, unless a lower one was passed over too often.
    fn next_class(&mut self) -> Option<usize> {
        let Self { turns, passed, .. } = self;
        let waits = |class: &usize| !turns[*class].is_empty();
        let starves = |class: &usize| waits(class) && passed[*class] >= PATIENCE[*class];
        let starving = (0..CLASSES).find(starves);
        let class = starving.or_else(|| (0..CLASSES).rev().find(waits))?;
        for lower in (0..class).filter(waits) {
            passed[lower] += 1;
        }
        passed[class] = 0;
        Some(class)
    }

    /// A lane, and whether it begins now.
    fn lane(&mut self, lane: Lane) -> (&mut VecDeque<MessageId>, bool) {
        let Self { lanes, spare, .. } = self;
        let waiting = lanes.entry(lane).or_insert_with(|| spare.pop().unwrap_or_default());
        let is_new = waiting.is_empty();
        (waiting, is_new)
    }

    /// A lane has nothing left, nor its sender a turn for it.
    fn end(&mut self, lane: Lane) {
        let Some(memory) = self.lanes.remove(&lane) else { return };
        if self.spare.len() < SPARE_MAX && memory.capacity() <= SPARE_CAPACITY_MAX {
            self.spare.push(memory);
        }
        if self.turns[lane.class()].is_empty() {
            self.passed[lane.class()] = 0;
        }
    }
}

/// Levels of priority_flag: 0 to 3.
pub(crate) const CLASSES: usize = 4;

/// By class: how many of higher classes may go while one of it waits. A class that is flooded
/// leaves a lower one an eighth, a sixteenth or a sixty-fourth of the way; an Sms of the
/// highest class waits for three of lower ones at most. The highest is never passed over.
const PATIENCE: [u16; CLASSES] = [64, 16, 8, u16::MAX];

/// Lanes that ended and whose memory is kept, so that a steady flow allocates nothing.
const SPARE_MAX: usize = 8;

/// The largest such memory: 8 of 1,024 ids are 128 KiB for each way out.
const SPARE_CAPACITY_MAX: usize = 1_024;

#[cfg(test)]
mod tests;
