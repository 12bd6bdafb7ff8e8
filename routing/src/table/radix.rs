//! A frozen map from strings of digits to values, asked for the last key not behind a string.
//!
//! The index leads from a key's head to its slots: one for each equal part of all bodies, so many
//! that each has a few keys. A slot leads to a run of words in ascending order, each a body
//! and a value in 64 bits, and how far a body lies behind the beginning of its part says about
//! where in the run it is. The words around that place are compared at once ([`WINDOW`]); where
//! keys are spread so unevenly that the guess was wrong, the run is halved instead.
//!
//! So index and slots are small enough to stay in the caches, and a lookup waits for memory once:
//! for the window, which also holds the answer. It goes the same way whatever it finds, and in few
//! steps: so a processor begins the next ones while this one waits. Few keys are longer than head
//! and body: the word of such a one leads to a run of tails instead. All of it is plain arrays of
//! little-endian integers without a pointer.

use rkyv::rend::{u32_le, u64_le};
use rkyv::{Archive, Deserialize, Serialize};

use super::builder::Builder;
use super::lines::OnLines;
use super::place::{DEPTH_MAX, DEPTH_MIN, Packed, Place, heads, part};
use super::window::{WINDOW, not_behind};
use crate::Number;

/// The frozen map; see the module's first lines.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Radix {
    /// How many digits the heads have.
    pub(super) depth: u8,
    /// For each head the place of its first slot; one more for the end of the last head's.
    pub(super) index: Vec<u32>,
    /// For each slot the place of its first word; one more for the end of the last run.
    pub(super) slots: Vec<u32>,
    /// `body << 32 | value`, ascending in each run; the first word stands before all runs, and
    /// [`WINDOW`] of them behind all.
    #[rkyv(with = OnLines)]
    pub(super) words: Vec<u64>,
    /// For each run of tails the place of its first word; one more for the end of the last.
    pub(super) tail_index: Vec<u32>,
    /// `tail << 32 | value`, ascending in each run.
    pub(super) tail_words: Vec<u64>,
}

impl Default for Radix {
    fn default() -> Self {
        Builder::new(Kind::Points, 0).finish()
    }
}

/// What the keys of a map mean.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A key's value is its own alone.
    Points,
    /// A key's value holds for all strings up to the next key.
    Steps,
}

impl ArchivedRadix {
    /// The value of exactly this key.
    #[inline]
    pub(super) fn exact(&self, key: Packed) -> Option<u32> {
        let place = Place::of(key, self.depth);
        let search = self.run(self.slot(place));
        let at = self.narrow(search, place);
        let word = self.words[at].to_native();
        if at < search.start || body(word) != place.body {
            return None;
        }
        match self.tails(word) {
            None if place.has_tail() => None,
            None => Some(word as u32),
            Some(run) => {
                let tail = place.tail();
                let at = run.binary_search_by_key(&tail, |word| (word.to_native() >> 32) as u32);
                Some(run.get(at.ok()?)?.to_native() as u32)
            }
        }
    }

    /// The value that holds at this string: that of the last key not behind it.
    #[inline]
    pub(super) fn step(&self, string: Packed) -> Option<u32> {
        let place = Place::of(string, self.depth);
        let at = self.narrow(self.run(self.slot(place)), place);
        self.settle(self.words[at].to_native(), place)
    }

    /// [`step`](Self::step) for many strings at once: their searches go on side by side, so
    /// that the memory is asked for many words at a time.
    ///
    /// A table that lies in the caches gains nothing by it, and is asked one by one.
    pub(super) fn steps(&self, numbers: &[Number], found: &mut [Option<u32>]) {
        if self.words.len() < SIDE_BY_SIDE_PAYS {
            for (number, found) in numbers.iter().zip(found) {
                *found = self.step(number.packed());
            }
            return;
        }
        for (numbers, found) in numbers.chunks(SIDE_BY_SIDE).zip(found.chunks_mut(SIDE_BY_SIDE)) {
            self.steps_of_some(numbers, found);
        }
    }

    fn steps_of_some(&self, numbers: &[Number], found: &mut [Option<u32>]) {
        let mut places = [(Place::default(), Slot::default()); SIDE_BY_SIDE];
        let places = &mut places[..numbers.len()];
        for ((place, slot), number) in places.iter_mut().zip(numbers) {
            *place = Place::of(number.packed(), self.depth);
            *slot = self.slot(*place);
        }
        let mut searches = [Search::default(); SIDE_BY_SIDE];
        for (search, (_, slot)) in searches.iter_mut().zip(&*places) {
            *search = self.run(*slot);
        }
        for ((search, (place, _)), found) in searches.iter().zip(&*places).zip(found) {
            let at = self.narrow(*search, *place);
            *found = self.settle(self.words[at].to_native(), *place);
        }
    }

    /// The slot of a place.
    #[inline(always)]
    fn slot(&self, place: Place) -> Slot {
        let head = place.head as usize;
        let (first, next) = (self.index[head].to_native(), self.index[head + 1].to_native());
        let (part, fraction) = part(place.body, next - first);
        Slot { at: first as usize + part as usize, fraction }
    }

    /// The run of a slot, and where in it the word would be if the words of a run were as far from
    /// each other as they are on average.
    #[inline(always)]
    fn run(&self, Slot { at, fraction }: Slot) -> Search {
        let (start, end) = (self.slots[at].to_native(), self.slots[at + 1].to_native());
        let len = (end - start) as usize;
        let guess = ((u128::from(fraction) * len as u128) >> u64::BITS) as usize;
        let skipped = guess.saturating_sub(WINDOW / 2).min(len.saturating_sub(WINDOW));
        Search { start: start as usize, len, skipped }
    }

    /// The last word of a run that is not behind a place. Where the run has none it is the word
    /// before the run, which is not behind the place whatever its own head is.
    ///
    /// The words around the guess are compared as a whole, and nearly always it is one of them.
    /// What the window has beyond the run does not count: it may belong to other heads.
    #[inline(always)]
    fn narrow(&self, search: Search, place: Place) -> usize {
        let Search { start, len, skipped } = search;
        let window = self.words[start + skipped..].first_chunk();
        let window = window.expect("a window of words stands behind all runs");
        let counted = not_behind(window, len - skipped, place.body);
        // So few and so many are not the end of the search. One comparison and one branch that is
        // foreseen: each more would depend on what stands in memory.
        let least = usize::from(skipped > 0);
        let most = WINDOW - usize::from(skipped + WINDOW < len);
        if counted.wrapping_sub(least) > most - least {
            return self.halve(start, len, place.body);
        }
        start + skipped + counted - 1
    }

    /// The same for a run whose words stand otherwise than was guessed.
    #[cold]
    fn halve(&self, start: usize, len: usize, wanted: u32) -> usize {
        let run = &self.words[start..start + len];
        start + run.partition_point(|word| body(word.to_native()) <= wanted) - 1
    }

    #[inline(always)]
    fn settle(&self, word: u64, place: Place) -> Option<u32> {
        let value = match self.tails(word) {
            None => word as u32,
            Some(run) => {
                let tail = place.tail();
                let upto = run.partition_point(|word| (word.to_native() >> 32) as u32 <= tail);
                run[..upto].last().map_or(NONE, |word| word.to_native() as u32)
            }
        };
        (value != NONE).then_some(value)
    }

    /// The run of tails that a word leads to.
    #[inline(always)]
    fn tails(&self, word: u64) -> Option<&[u64_le]> {
        let value = word as u32;
        (value & TAILS != 0).then(|| {
            let run = (value & !TAILS) as usize;
            let (start, end) = (self.tail_index[run], self.tail_index[run + 1]);
            &self.tail_words[start.to_native() as usize..end.to_native() as usize]
        })
    }

    /// How many keys there are. A word that leads to a run of tails is none.
    pub(super) fn len(&self) -> usize {
        self.words.len() - WINDOW - self.tail_index.len() + self.tail_words.len()
    }

    /// How many octets of the snapshot the map takes.
    pub(super) fn octets(&self) -> usize {
        let index = self.index.len() + self.slots.len() + self.tail_index.len();
        index * size_of::<u32>() + (self.words.len() + self.tail_words.len()) * size_of::<u64>()
    }

    /// Do all indexes lead to where they should, and is every value one that fits? Asked once,
    /// before anything is looked up; afterwards no lookup can miss its array.
    pub(super) fn is_sound(&self, fits: impl Fn(u32) -> bool) -> bool {
        let runs = self.tail_index.len().saturating_sub(1);
        let is_value = |word: &u64_le| {
            let value = word.to_native() as u32;
            value == NONE || value < NONE && fits(value)
        };
        let leads = |word: &u64_le| {
            let value = word.to_native() as u32;
            is_value(word) || value & TAILS != 0 && ((value & !TAILS) as usize) < runs
        };
        (DEPTH_MIN..=DEPTH_MAX).contains(&usize::from(self.depth))
            && self.index.len() == heads(self.depth) + 1
            && cuts(&self.index, 0, self.slots.len().saturating_sub(1), 1)
            && self.words.len() > WINDOW
            && cuts(&self.slots, 1, self.words.len() - WINDOW, 0)
            && cuts(&self.tail_index, 0, self.tail_words.len(), 1)
            && self.words.iter().all(leads)
            && self.tail_words.iter().all(is_value)
    }
}

/// Does an index ascend from `first` to `last`, in steps of at least `least`?
fn cuts(index: &[u32_le], first: u32, last: usize, least: u32) -> bool {
    let ends = index.first().map(|at| at.to_native()) == Some(first)
        && index.last().map(|at| at.to_native() as usize) == Some(last);
    let steps = |(one, next): (&u32_le, &u32_le)| {
        next.to_native().checked_sub(one.to_native()).is_some_and(|step| step >= least)
    };
    ends && index.iter().zip(&index[1..]).all(steps)
}

/// Where a place has its slot, and how far behind the beginning of the slot's part of all bodies
/// it lies, as a fraction of 2^64.
#[derive(Clone, Copy, Default)]
struct Slot {
    at: usize,
    fraction: u64,
}

/// A run to be searched.
#[derive(Clone, Copy, Default)]
struct Search {
    /// Where the run begins.
    start: usize,
    /// How many words it has.
    len: usize,
    /// How many of them stand before the window.
    skipped: usize,
}

/// The body of a word.
#[inline(always)]
pub(super) fn body(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The value that is none.
pub(super) const NONE: u32 = TAILS - 1;

/// The bit of a value that leads to a run of tails.
pub(super) const TAILS: u32 = 1 << 31;

/// From half a megabyte of words on a search waits for memory more than it computes.
const SIDE_BY_SIDE_PAYS: usize = 1 << 16;

/// How many searches go side by side: more do not gain, fewer wait for memory.
const SIDE_BY_SIDE: usize = 16;

#[cfg(test)]
mod tests;
