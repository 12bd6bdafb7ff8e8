//! A frozen map from strings of digits to values, asked for the last key not behind a string.
//!
//! The index leads from a key's head to its slots: one for each first digits of bodies, as many
//! as the head has keys for. A slot leads to a run of words in ascending order, each a body and a
//! value in 64 bits, so that a search ends on the line of memory that also holds the answer.
//! However unevenly the keys are spread, most runs lie on a line or two.
//!
//! A search goes the same way whatever it finds, and in few steps: so a processor begins the next
//! ones while this one waits for memory. Few keys are longer than head and body: the word of
//! such a one leads to a run of tails instead. All of it is plain arrays of little-endian
//! integers without a pointer.

use std::hint::select_unpredictable;

use rkyv::rend::{u32_le, u64_le};
use rkyv::{Archive, Deserialize, Serialize};

use super::builder::Builder;
use super::lines::OnLines;
use super::place::{DEPTH_MAX, DEPTH_MIN, PART_DIGITS_MAX, Packed, Place, heads, part};
use crate::Number;

/// The frozen map; see the module's first lines.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Radix {
    /// How many digits the heads have.
    pub(super) depth: u8,
    /// For each head the place of its first slot, and of how many digits its slots are.
    pub(super) index: Vec<u32>,
    /// For each slot the place of its first word; one more for the end of the last run.
    pub(super) slots: Vec<u32>,
    /// `body << 32 | value`, ascending in each run; the first word stands before all runs.
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
        let search = self.search(place);
        let word = self.words[search.at].to_native();
        if search.at < search.start || body(word) != place.body {
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
        let search = self.search(place);
        self.settle(self.words[search.at].to_native(), place)
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
        let mut places = [(Place::default(), 0); SIDE_BY_SIDE];
        let places = &mut places[..numbers.len()];
        for ((place, slot), number) in places.iter_mut().zip(numbers) {
            *place = Place::of(number.packed(), self.depth);
            *slot = self.slot(*place);
        }
        let mut searches = [Search::default(); SIDE_BY_SIDE];
        for (search, (_, slot)) in searches.iter_mut().zip(&*places) {
            *search = self.run(*slot);
        }
        // The first word of each is asked for before anybody waits for one.
        for (search, (place, _)) in searches.iter_mut().zip(&*places) {
            self.halve_once(search, *place);
        }
        let searches = searches.iter_mut().zip(&*places);
        for ((search, (place, _)), found) in searches.zip(found) {
            self.halve::<1>(search, *place);
            *found = self.settle(self.words[search.at].to_native(), *place);
        }
    }

    /// The last word not behind a place. Where its run has none it is the word before the run,
    /// which is not behind the place whatever its own head is.
    #[inline(always)]
    fn search(&self, place: Place) -> Search {
        let mut search = self.run(self.slot(place));
        self.halve::<0>(&mut search, place);
        search
    }

    /// The slot of a place.
    #[inline(always)]
    fn slot(&self, place: Place) -> usize {
        let entry = self.index[place.head as usize].to_native();
        (entry >> DIGITS_BITS) as usize + part(place.body, entry & DIGITS_MASK) as usize
    }

    /// The run of a slot and the one word before it.
    #[inline(always)]
    fn run(&self, slot: usize) -> Search {
        let (start, end) = (self.slots[slot].to_native(), self.slots[slot + 1].to_native());
        Search { start: start as usize, at: start as usize - 1, len: (end - start) as usize + 1 }
    }

    /// Four halvings are enough for most runs, and done in any case, because no processor can
    /// foresee how long a run is; where one word is left they change nothing.
    #[inline(always)]
    fn halve<const ALREADY: usize>(&self, search: &mut Search, place: Place) {
        for _ in ALREADY..4 {
            self.halve_once(search, place);
        }
        while search.len > 1 {
            self.halve_once(search, place);
        }
    }

    #[inline(always)]
    fn halve_once(&self, search: &mut Search, place: Place) {
        let half = search.len / 2;
        let middle = search.at + half;
        let is_before = body(self.words[middle].to_native()) <= place.body;
        search.at = select_unpredictable(is_before, middle, search.at);
        search.len -= half;
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
        self.words.len() - self.tail_index.len() + self.tail_words.len()
    }

    /// How many octets of the snapshot the map takes.
    pub(super) fn octets(&self) -> usize {
        let index = self.index.len() + self.slots.len() + self.tail_index.len();
        index * size_of::<u32>() + (self.words.len() + self.tail_words.len()) * size_of::<u64>()
    }

    /// Do all indexes lead to where they should, and all values to one of so many? Asked once,
    /// before anything is looked up; afterwards no lookup can miss its array.
    pub(super) fn is_sound(&self, values: usize) -> bool {
        let runs = self.tail_index.len().saturating_sub(1);
        let is_value = |word: &u64_le| {
            let value = word.to_native() as u32;
            value == NONE || (value as usize) < values && value < NONE
        };
        let leads = |word: &u64_le| {
            let value = word.to_native() as u32;
            is_value(word) || value & TAILS != 0 && ((value & !TAILS) as usize) < runs
        };
        (DEPTH_MIN..=DEPTH_MAX).contains(&usize::from(self.depth))
            && self.index.len() == heads(self.depth)
            && self.slots_of_heads() == self.slots.len().checked_sub(1)
            && cuts(&self.slots, 1, self.words.len(), 0)
            && cuts(&self.tail_index, 0, self.tail_words.len(), 1)
            && self.words.iter().all(leads)
            && self.tail_words.iter().all(is_value)
    }

    /// How many slots the index leads to, one head after the other.
    fn slots_of_heads(&self) -> Option<usize> {
        self.index.iter().try_fold(0, |slots, found| {
            let digits = found.to_native() & DIGITS_MASK;
            let is_next = found.to_native() >> DIGITS_BITS == slots as u32;
            (is_next && digits <= PART_DIGITS_MAX as u32).then(|| slots + 10usize.pow(digits))
        })
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

/// A search on its way: the word is one of the `len` at `at`.
#[derive(Clone, Copy, Default)]
struct Search {
    /// Where the run begins.
    start: usize,
    at: usize,
    len: usize,
}

/// The body of a word.
#[inline(always)]
pub(super) fn body(word: u64) -> u32 {
    (word >> 32) as u32
}

/// What the index says of a head.
pub(super) fn entry(slot: usize, digits: u32) -> u32 {
    let slot = u32::try_from(slot).ok().filter(|slot| slot >> (u32::BITS - DIGITS_BITS) == 0);
    slot.expect("slots are fewer than words, and memory ends before 2^29 are") << DIGITS_BITS
        | digits
}

/// The bits of an entry that tell the digits of the head's slots.
const DIGITS_BITS: u32 = 3;
const DIGITS_MASK: u32 = (1 << DIGITS_BITS) - 1;

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
