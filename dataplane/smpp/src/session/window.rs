//! The requests we have sent and whose answers we still await.
//!
//! A window is a promise to the far side: never more than `limit` questions at
//! once. It is also our only memory of what we asked: a question is answered, or it
//! expires, or it is lost with the session, and each happens once. What expired is
//! remembered for a while as a tombstone, because a late answer still tells what
//! became of the message.
//!
//! Sequence numbers are ours to choose (SMPP 3.4 §3.2) and we hand them out in
//! order. The queue is therefore sorted twice over, by sequence and by deadline:
//! finding an answer is a subtraction, and the next timeout stands where waiting
//! begins.
//!
//! What stays true: before `expiring` nothing waits; at `expiring`, if it is within
//! the queue, something does; the front is never a question already settled.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::Command;

/// Outstanding requests, each with a token of whoever asked.
#[derive(Debug)]
pub struct Window<T> {
    /// Oldest first.
    slots: VecDeque<Slot<T>>,
    /// The sequence number of the front.
    first: u32,
    /// Where the first slot that still waits is, or the end.
    expiring: usize,
    waiting: usize,
    limit: usize,
    patience: Duration,
}

/// The window is full; ask again when an answer has made room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

/// What an answer is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer<T> {
    /// We waited for it.
    Expected(T),
    /// We had given up on it.
    Late(T),
    /// We never asked this, or had an answer, or asked something else.
    Unknown,
}

impl<T: Copy> Window<T> {
    /// At most `limit` questions at once, each waited for as long as `patience`.
    pub fn new(limit: u16, patience: Duration) -> Self {
        assert!(limit > 0, "a window of zero could never ask anything");
        let limit = usize::from(limit);
        Self {
            slots: VecDeque::new(),
            first: FIRST_SEQUENCE,
            expiring: 0,
            waiting: 0,
            limit,
            patience,
        }
    }

    /// Changes the promise, as when a bind has told who the peer is; what already
    /// waits goes on waiting.
    pub fn set_limit(&mut self, limit: u16) {
        assert!(limit > 0, "a window of zero could never ask anything");
        self.limit = usize::from(limit);
    }

    /// Changes how long an answer is waited for: before anything is asked, so that deadlines
    /// stay in order.
    pub fn set_patience(&mut self, patience: Duration) {
        debug_assert_eq!(self.waiting, 0, "what waits keeps its deadline, and all stay sorted");
        self.patience = patience;
    }

    /// Remembers a question and returns the sequence number to ask it under.
    pub fn ask(&mut self, now: Instant, command: Command, token: T) -> Result<u32, Full> {
        if self.waiting >= self.limit || !self.make_room(self.limit * MEMORY) {
            return Err(Full);
        }
        let sequence = after(self.first, self.slots.len());
        let deadline = now + self.patience;
        self.slots.push_back(Slot::Waiting(Asked { token, command, deadline }));
        self.waiting += 1;
        self.check_invariants();
        Ok(sequence)
    }

    /// The number of the next request.
    pub fn next_sequence(&self) -> u32 {
        after(self.first, self.slots.len())
    }

    /// Goes on with the numbers of another window, before anything is asked.
    pub fn begin_at(&mut self, next: u32) {
        debug_assert!(self.slots.is_empty(), "what was asked keeps its number");
        self.first = next.clamp(FIRST_SEQUENCE, LAST_SEQUENCE);
    }

    /// A sequence number for a request that keeps the link (bind, unbind,
    /// enquire_link): such a one is not traffic, so it takes no place in the window,
    /// and its answer is known by its command.
    pub fn ask_untracked(&mut self) -> Result<u32, Full> {
        if !self.make_room(self.limit * MEMORY + UNTRACKED_MAX) {
            return Err(Full);
        }
        let sequence = after(self.first, self.slots.len());
        self.slots.push_back(Slot::Settled);
        self.move_on();
        Ok(sequence)
    }

    /// Gives back the memory of busier times; call it when nothing has passed for a while. The
    /// queue grows with what it is asked: most of many binds say nothing most of the time.
    pub fn rest(&mut self) {
        self.slots.shrink_to_fit();
    }

    /// How many questions it has memory for.
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// Matches an answer to its question, by number and by command.
    pub fn answer(&mut self, sequence: u32, command: Command) -> Answer<T> {
        let Some(slot) =
            distance(self.first, sequence).and_then(|distance| self.slots.get_mut(distance))
        else {
            return Answer::Unknown;
        };
        let answer = match *slot {
            Slot::Waiting(asked) if command.answers(asked.command) => {
                self.waiting -= 1;
                Answer::Expected(asked.token)
            }
            Slot::Expired(asked) if command.answers(asked.command) => Answer::Late(asked.token),
            Slot::Waiting(_) | Slot::Expired(_) | Slot::Settled => return Answer::Unknown,
        };
        *slot = Slot::Settled;
        self.move_on();
        answer
    }

    /// Gives up on the oldest question if its time has come. Call until `None`.
    pub fn expire(&mut self, now: Instant) -> Option<T> {
        let slot = self.slots.get_mut(self.expiring)?;
        match *slot {
            Slot::Waiting(asked) if asked.deadline <= now => {
                *slot = Slot::Expired(asked);
                self.waiting -= 1;
                self.move_on();
                Some(asked.token)
            }
            Slot::Waiting(_) | Slot::Expired(_) | Slot::Settled => None,
        }
    }

    /// Forgets everything and returns what still waited, oldest first: the session
    /// is lost, and no answer will ever come (SMPP 3.4 §2.6). Tombstones go too.
    pub fn lose(&mut self) -> impl Iterator<Item = T> + '_ {
        self.first = after(self.first, self.slots.len());
        self.expiring = 0;
        self.waiting = 0;
        self.slots.drain(..).filter_map(|slot| match slot {
            Slot::Waiting(asked) => Some(asked.token),
            Slot::Expired(_) | Slot::Settled => None,
        })
    }

    /// When [`expire`](Self::expire) next has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.slots.get(self.expiring)? {
            Slot::Waiting(asked) => Some(asked.deadline),
            Slot::Expired(_) | Slot::Settled => None,
        }
    }

    /// Questions that still wait.
    pub const fn waiting(&self) -> usize {
        self.waiting
    }

    /// The most questions at once.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// Whether a question may be asked now.
    pub fn has_room(&self) -> bool {
        self.waiting < self.limit && (self.slots.len() < self.limit * MEMORY || self.expiring > 0)
    }

    /// Drops old tombstones while the memory is full; false if the oldest still waits.
    fn make_room(&mut self, memory: usize) -> bool {
        while self.slots.len() >= memory && self.expiring > 0 {
            self.pop_front();
            self.drop_settled();
        }
        self.slots.len() < memory
    }

    /// Restores what the module promises to stay true.
    fn move_on(&mut self) {
        while let Some(Slot::Settled | Slot::Expired(_)) = self.slots.get(self.expiring) {
            self.expiring += 1;
        }
        self.drop_settled();
        self.check_invariants();
    }

    fn drop_settled(&mut self) {
        while let Some(Slot::Settled) = self.slots.front() {
            self.pop_front();
        }
    }

    fn pop_front(&mut self) {
        self.slots.pop_front();
        self.first = after(self.first, 1);
        self.expiring -= 1;
    }

    fn check_invariants(&self) {
        debug_assert!(self.waiting <= self.slots.len(), "what waits is in the queue");
        debug_assert!(
            !matches!(self.slots.get(self.expiring), Some(Slot::Expired(_) | Slot::Settled)),
            "`expiring` stands where waiting begins"
        );
        debug_assert!(!matches!(self.slots.front(), Some(Slot::Settled)), "the front counts");
    }
}

#[derive(Clone, Copy, Debug)]
enum Slot<T> {
    Waiting(Asked<T>),
    /// A tombstone: too late to matter to the window, not to the message.
    Expired(Asked<T>),
    /// Answered, or never tracked.
    Settled,
}

#[derive(Clone, Copy, Debug)]
struct Asked<T> {
    token: T,
    command: Command,
    deadline: Instant,
}

fn after(sequence: u32, steps: usize) -> u32 {
    ((u64::from(sequence) - 1 + steps as u64) % u64::from(LAST_SEQUENCE)) as u32 + 1
}

fn distance(first: u32, sequence: u32) -> Option<usize> {
    (FIRST_SEQUENCE..=LAST_SEQUENCE)
        .contains(&sequence)
        .then(|| ((sequence + LAST_SEQUENCE - first) % LAST_SEQUENCE) as usize)
}

const FIRST_SEQUENCE: u32 = 1;
const LAST_SEQUENCE: u32 = 0x7FFF_FFFF;

/// How much is remembered, in windows: answers that overtook, and tombstones.
const MEMORY: usize = 8;

/// Numbers of untracked requests that may stand behind a question nobody answers.
/// One enquire_link per 30 s against a patience of 10 s makes one; the rest is air.
const UNTRACKED_MAX: usize = 16;

#[cfg(test)]
mod tests;
