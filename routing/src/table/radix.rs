//! A frozen map from strings of digits to values, asked for the last key not behind a string.
//!
//! The keys' heads index a run; a run holds its bodies in ascending order, each with its value
//! in one word of 64 bits, so that a search ends on the line of memory that also holds the
//! answer. Few keys are longer than head and body: the word of such a one leads to a run of
//! tails instead. All of it is plain arrays of little-endian words without a pointer.

use std::hint::select_unpredictable;

use rkyv::rend::{u32_le, u64_le};
use rkyv::{Archive, Deserialize, Serialize};

use super::builder::Builder;
use super::place::{DEPTH_MAX, Packed, Place, heads};
use crate::Number;

/// The frozen map; see the module's first lines.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Radix {
    /// How many digits the heads have.
    pub(super) depth: u8,
    /// For each head the place of its first word; one more for the end of the last run.
    pub(super) index: Vec<u32>,
    /// `body << 32 | value`, ascending in each run; the first word stands before all runs.
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
        let (word, inside) = self.floor(place);
        if !inside || (word >> 32) as u32 != place.body {
            return None;
        }
        let word = match self.tails(word) {
            None if place.has_tail() => return None,
            None => word,
            Some(run) => {
                let tail = place.tail();
                let at = run.binary_search_by_key(&tail, |word| (word.to_native() >> 32) as u32);
                run.get(at.ok()?)?.to_native()
            }
        };
        Some(word as u32)
    }

    /// The value that holds at this string: that of the last key not behind it.
    #[inline]
    pub(super) fn step(&self, string: Packed) -> Option<u32> {
        let place = Place::of(string, self.depth);
        self.settle(self.floor(place).0, place)
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
        let mut searches = [Search::default(); SIDE_BY_SIDE];
        let searches = &mut searches[..numbers.len()];
        for (search, number) in searches.iter_mut().zip(numbers) {
            search.place = Place::of(number.packed(), self.depth);
        }
        for search in &mut *searches {
            (search.at, search.len) = self.run(search.place);
        }
        let mut going = true;
        while going {
            going = false;
            for search in &mut *searches {
                if search.len > 1 {
                    self.halve(search);
                    going = true;
                }
            }
        }
        for (search, found) in searches.iter().zip(found) {
            *found = self.settle(self.words[search.at].to_native(), search.place);
        }
    }

    /// The last word not behind a place, and whether it stands in the run of the place's head.
    #[inline(always)]
    fn floor(&self, place: Place) -> (u64, bool) {
        let (at, len) = self.run(place);
        let mut search = Search { place, at, len };
        if len > GUESSING_PAYS && self.words.len() >= SIDE_BY_SIDE_PAYS {
            self.guess(&mut search);
        }
        while search.len > 1 {
            self.halve(&mut search);
        }
        (self.words[search.at].to_native(), search.at != at)
    }

    /// Where to search: the run of the place's head and the one word before it, which is not
    /// behind the place whatever its own head is.
    #[inline(always)]
    fn run(&self, place: Place) -> (usize, usize) {
        let head = place.head as usize;
        let (start, end) = (self.index[head].to_native(), self.index[head + 1].to_native());
        ((start - 1) as usize, (end - start + 1) as usize)
    }

    /// Makes a long run short: digits are spread about evenly below most heads, so a body's rank
    /// tells about where it stands, and the word there tells how far that was off. Wrong guesses
    /// cost two looks; the search goes on in what is left.
    #[inline(always)]
    fn guess(&self, search: &mut Search) {
        let Search { place, at, len } = *search;
        let (last, body) = (len as i64 - 1, i64::from(place.body));
        let first = (body * last / BODIES).clamp(0, last);
        let met = i64::from((self.words[at + first as usize].to_native() >> 32) as u32);
        let second = (first + (body - met) * last / BODIES).clamp(0, last) as usize;
        let (low, high) = (second.saturating_sub(NEAR), (second + NEAR).min(len));
        let is_at =
            |offset: usize| (self.words[at + offset].to_native() >> 32) as u32 <= place.body;
        if low > 0 && !is_at(low) {
            search.len = low;
        } else if high < len && is_at(high) {
            (search.at, search.len) = (at + high, len - high);
        } else {
            (search.at, search.len) = (at + low, high - low);
        }
    }

    #[inline(always)]
    fn halve(&self, search: &mut Search) {
        let half = search.len / 2;
        let middle = search.at + half;
        let body = (self.words[middle].to_native() >> 32) as u32;
        search.at = select_unpredictable(body <= search.place.body, middle, search.at);
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
        let index = self.index.len() + self.tail_index.len();
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
        usize::from(self.depth) <= DEPTH_MAX
            && self.index.len() == heads(self.depth) + 1
            && cuts(&self.index, 1, self.words.len(), 0)
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

/// A search on its way: the word is one of the `len` at `at`.
#[derive(Clone, Copy, Default)]
struct Search {
    place: Place,
    at: usize,
    len: usize,
}

/// The value that is none.
pub(super) const NONE: u32 = TAILS - 1;

/// The bit of a value that leads to a run of tails.
pub(super) const TAILS: u32 = 1 << 31;

/// Below this a run lies on two lines of memory, and is halved as fast as guessed.
const GUESSING_PAYS: usize = 16;

/// How far from a guess a word is looked for: half a line of memory to either side.
const NEAR: usize = 4;

/// How many ranks of bodies there are: a one, nine times.
const BODIES: i64 = 1_111_111_111;

/// From half a megabyte of words on a search waits for memory more than it computes.
const SIDE_BY_SIDE_PAYS: usize = 1 << 16;

/// How many searches go side by side: more do not gain, fewer wait for memory.
const SIDE_BY_SIDE: usize = 16;

#[cfg(test)]
mod tests;
