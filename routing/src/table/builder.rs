//! Freezes ascending keys into a [`Radix`].

use super::place::{BODY_MAX, DEPTH_MAX, DEPTH_MIN, Packed, Place, beginning, behind, heads, part};
use super::radix::{Kind, NONE, Radix, TAILS, body};
use super::window::WINDOW;

/// Takes keys in ascending order and freezes them.
pub(super) struct Builder {
    kind: Kind,
    /// How many words a slot has on average.
    per_slot: usize,
    radix: Radix,
    /// Where the words begin whose head has no entry yet.
    begun: usize,
    /// The key of the latest word, no longer than head and body.
    latest: Packed,
    /// Does the latest word lead to a run of tails that may yet grow?
    open: bool,
    /// The value that holds behind the latest key.
    current: u32,
}

impl Builder {
    /// For at most so many keys.
    pub(super) fn new(kind: Kind, keys: usize) -> Self {
        Self::at_depth(kind, keys, depth_for(kind, keys))
    }

    /// With heads of so many digits.
    pub(super) fn at_depth(kind: Kind, keys: usize, depth: u8) -> Self {
        let per_slot = per_slot_for(keys);
        let mut radix = Radix {
            depth,
            index: Vec::with_capacity(heads(depth) + 1),
            slots: Vec::with_capacity(keys / per_slot + heads(depth) + 1),
            words: Vec::with_capacity(keys + 1 + WINDOW),
            tail_index: vec![0],
            tail_words: Vec::new(),
        };
        radix.words.push(u64::from(NONE));
        Self { kind, per_slot, radix, begun: 1, latest: 0, open: false, current: NONE }
    }

    /// The next key; for [`Kind::Steps`] the value may be [`NONE`].
    pub(super) fn push(&mut self, key: Packed, value: u32) {
        debug_assert!(value <= NONE, "the highest bit tells runs of tails");
        if self.kind == Kind::Steps && value == self.current {
            return;
        }
        let trunk = beginning(key, self.trunk_len());
        if self.open && trunk != self.latest {
            self.close(Some(key));
        }
        if key == trunk {
            self.word(key, value);
        } else {
            if !self.open {
                self.open(trunk);
            }
            let tail = Place::of(key, self.radix.depth).tail();
            self.radix.tail_words.push(u64::from(tail) << 32 | u64::from(value));
        }
        self.current = value;
    }

    /// Begins the run of tails of a string that is as long as head and body. If the string is
    /// itself a key, its value moves to the front of the run.
    fn open(&mut self, trunk: Packed) {
        let own = if self.latest == trunk {
            self.radix.words.pop().map(|word| word as u32)
        } else {
            (self.kind == Kind::Steps).then_some(self.current)
        };
        let run = self.radix.tail_index.len() as u32 - 1;
        self.word(trunk, TAILS | run);
        self.radix.tail_words.extend(own.map(u64::from));
        self.open = true;
    }

    /// Ends the open run of tails; what holds at its end holds on behind it.
    fn close(&mut self, next: Option<Packed>) {
        self.open = false;
        self.radix.tail_index.push(self.radix.tail_words.len() as u32);
        match behind(self.latest) {
            Some(key) if self.kind == Kind::Steps && next != Some(key) => {
                self.word(key, self.current);
            }
            _ => {}
        }
    }

    fn word(&mut self, key: Packed, value: u32) {
        let place = Place::of(key, self.radix.depth);
        self.end_heads(place.head as usize);
        self.radix.words.push(u64::from(place.body) << 32 | u64::from(value));
        self.latest = key;
    }

    /// Makes the entries of all heads before one. The words since the last entry are those of
    /// the first of these heads: they get a slot for every few of them, so that dense heads have
    /// short runs, too, and empty ones cost one slot.
    fn end_heads(&mut self, before: usize) {
        let Radix { index, slots, words, .. } = &mut self.radix;
        while index.len() < before {
            let parts = (words.len() - self.begun).div_ceil(self.per_slot).max(1) as u32;
            index.push(slots.len() as u32);
            let mut at = self.begun;
            for slot in 0..parts {
                while at < words.len() && part(body(words[at]), parts).0 < slot {
                    at += 1;
                }
                slots.push(at as u32);
            }
            self.begun = words.len();
        }
    }

    /// The map.
    pub(super) fn finish(mut self) -> Radix {
        if self.open {
            self.close(None);
        }
        self.end_heads(heads(self.radix.depth));
        let Radix { index, slots, words, .. } = &mut self.radix;
        let end = u32::try_from(words.len()).expect("memory ends before 2^32 keys do");
        index.push(slots.len() as u32);
        slots.push(end);
        words.extend([u64::from(NONE); WINDOW]);
        slots.shrink_to_fit();
        words.shrink_to_fit();
        self.radix
    }

    fn trunk_len(&self) -> usize {
        usize::from(self.radix.depth) + BODY_MAX
    }
}

/// The deepest that leaves most of the room to the words: an index takes four octets for each
/// head, and its slots again. Numbers are longer than prefixes and want to fit in head and body.
pub(super) fn depth_for(kind: Kind, keys: usize) -> u8 {
    let least = match kind {
        Kind::Points => 1,
        Kind::Steps => 4,
    };
    let fits = |depth: &u8| heads(*depth) * least <= keys;
    (DEPTH_MIN as u8..=DEPTH_MAX as u8).rev().find(fits).unwrap_or(DEPTH_MIN as u8)
}

/// How many words a slot has on average. The fewer slots there are, the longer they stay in the
/// caches while the words of a large table pass through them; but the farther off are the words
/// from where they are guessed. Among 64 words that are spread at random a guess is wrong by four
/// places, and a window forgives eight.
pub(super) fn per_slot_for(keys: usize) -> usize {
    (keys / SLOTS_THAT_STAY).clamp(4, 64)
}

/// Sixty-four kilobytes of slots.
const SLOTS_THAT_STAY: usize = 1 << 14;
