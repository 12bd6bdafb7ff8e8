//! Freezes ascending keys into a [`Radix`].

use super::place::{BODY_MAX, DEPTH_MAX, Packed, Place, beginning, behind, heads};
use super::radix::{Kind, NONE, Radix, TAILS};

/// Takes keys in ascending order and freezes them.
pub(super) struct Builder {
    kind: Kind,
    radix: Radix,
    /// How far the index is filled: the heads below have their place.
    filled: usize,
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
        Self::at_depth(kind, keys, depth_for(keys))
    }

    /// With heads of so many digits.
    pub(super) fn at_depth(kind: Kind, keys: usize, depth: u8) -> Self {
        let mut radix = Radix {
            depth,
            index: Vec::with_capacity(heads(depth) + 1),
            words: Vec::with_capacity(keys + 1),
            tail_index: vec![0],
            tail_words: Vec::new(),
        };
        radix.words.push(u64::from(NONE));
        Self { kind, radix, filled: 0, latest: 0, open: false, current: NONE }
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
        let at = self.radix.words.len() as u32;
        while self.filled <= place.head as usize {
            self.radix.index.push(at);
            self.filled += 1;
        }
        self.radix.words.push(u64::from(place.body) << 32 | u64::from(value));
        self.latest = key;
    }

    /// The map.
    pub(super) fn finish(mut self) -> Radix {
        if self.open {
            self.close(None);
        }
        let end = u32::try_from(self.radix.words.len()).expect("memory ends before 2^32 keys do");
        self.radix.index.resize(heads(self.radix.depth) + 1, end);
        self.radix.words.shrink_to_fit();
        self.radix
    }

    fn trunk_len(&self) -> usize {
        usize::from(self.radix.depth) + BODY_MAX
    }
}

/// The deepest index that has no more heads than there are keys, and so takes at most half the
/// room of the words.
pub(super) fn depth_for(keys: usize) -> u8 {
    (0..=DEPTH_MAX as u8).rev().find(|depth| heads(*depth) <= keys).unwrap_or_default()
}
