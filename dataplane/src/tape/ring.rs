//! The last inputs of one shard, in memory.

use std::collections::BTreeMap;
use std::time::Instant;

use shard::{Input, LinkId, Moment};

use super::code::{note, note_lost, note_plan, note_turn};

/// The last inputs of one shard.
#[derive(Debug)]
pub(super) struct Ring {
    /// When the node began.
    began: Instant,
    half_len: usize,
    older: Half,
    newer: Half,
    /// Nothing was thrown away or left out.
    pub(super) whole: bool,
    /// When the shard was born: nanoseconds since the node began, and since 1970.
    pub(super) born: (u64, u64),
    plan: Option<u64>,
    links: BTreeMap<LinkId, Begun>,
}

/// Half of the tape.
#[derive(Debug, Default)]
struct Half {
    /// What whoever begins here must know.
    before: Vec<u8>,
    entries: Vec<u8>,
}

/// How a link began that is still open.
#[derive(Debug, Default)]
struct Begun {
    /// The input that opened it.
    entry: Vec<u8>,
    /// What was heard on it first: a bind, if it is a carrier's.
    heard: Vec<u8>,
}

impl Ring {
    /// A tape that takes `len` octets, of a shard that is born.
    pub(super) fn new(len: usize, began: Instant, at: Moment) -> Self {
        let age = at.now.saturating_duration_since(began);
        let born = (age.as_nanos() as u64, at.unix_ns);
        let (older, newer) = (Half::default(), Half::default());
        let (plan, links) = (None, BTreeMap::new());
        Self { began, half_len: len / 2, older, newer, whole: true, born, plan, links }
    }

    /// Something happened.
    pub(super) fn note(&mut self, at: Moment, input: &Input<'_>) {
        self.follow(at, input);
        if self.newer.entries.len() >= self.half_len {
            self.turn_over(at);
        }
        let start = self.newer.entries.len();
        note(at, self.began, input, &mut self.newer.entries);
        if self.newer.entries.len() - start > self.half_len {
            self.newer.entries.truncate(start);
            note_lost(at, self.began, &mut self.newer.entries);
            self.whole = false;
        }
    }

    /// A turn is over, in which so many octets were sent and recorded.
    pub(super) fn note_turn(&mut self, at: Moment, said: u32) {
        note_turn(at, self.began, said, &mut self.newer.entries);
    }

    /// All of it, in order.
    pub(super) fn octets(&self) -> Vec<u8> {
        [&self.older.before[..], &self.older.entries, &self.newer.entries].concat()
    }

    /// What a later beginning would have to know.
    fn follow(&mut self, at: Moment, input: &Input<'_>) {
        match input {
            Input::Adopted(plan) => self.plan = Some(plan.snapshot.generation()),
            Input::Linked { link, .. } if self.links.len() < LINKS_MAX => {
                let mut begun = Begun::default();
                note(at, self.began, input, &mut begun.entry);
                self.links.insert(*link, begun);
            }
            Input::Unlinked { link, .. } => drop(self.links.remove(link)),
            Input::Bytes { link, bytes } => {
                if let Some(begun) = self.links.get_mut(link)
                    && begun.heard.is_empty()
                    && bytes.len() <= HEARD_MAX
                {
                    note(at, self.began, input, &mut begun.heard);
                }
            }
            _ => {}
        }
    }

    /// The older half is thrown away.
    fn turn_over(&mut self, at: Moment) {
        self.whole &= self.older.entries.is_empty();
        std::mem::swap(&mut self.older, &mut self.newer);
        let Half { before, entries } = &mut self.newer;
        entries.clear();
        before.clear();
        if let Some(generation) = self.plan {
            note_plan(at, self.began, generation, before);
        }
        for Begun { entry, heard } in self.links.values() {
            before.extend_from_slice(entry);
            before.extend_from_slice(heard);
        }
        note_turn(at, self.began, u32::MAX, before);
    }
}

/// Links whose beginning is remembered: 2 MiB at most.
const LINKS_MAX: usize = 4_096;

/// What is heard first is a bind, or it does not matter.
const HEARD_MAX: usize = 256;
