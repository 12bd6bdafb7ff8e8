//! Prefixes and the values they give to the numbers that begin with them.
//!
//! Prefixes nest and never cross, so they cut the numbers, in the order of a dictionary, into
//! intervals that each have one value. The longest prefix of a number is then the value of the
//! interval in which it lies: about two words for a prefix, and one search for a lookup.

use rkyv::{Archive, Deserialize, Serialize};

use super::builder::Builder;
use super::place::{EMPTY, Packed, begins, behind};
use super::radix::{Kind, NONE, Radix};
use super::rows::Rows;
use crate::Number;

/// A frozen map from prefixes to values; the longest prefix of a number wins.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PrefixTable {
    steps: Radix,
}

impl PrefixTable {
    /// Builds the table; `None` is the empty prefix, and a repeated prefix takes the later
    /// value. Values are below [`VALUE_MAX`](super::VALUE_MAX).
    pub fn build(entries: impl IntoIterator<Item = (Option<Number>, u32)>) -> Self {
        let packed =
            |(prefix, value): (Option<Number>, u32)| (prefix.map_or(EMPTY, Number::packed), value);
        Self::freeze(&Rows::sorted(entries.into_iter().map(packed)))
    }

    /// Freezes rows that are sorted.
    pub fn freeze(rows: &Rows) -> Self {
        Self::of(rows, None)
    }

    /// As [`build`](Self::build), with an index of this depth: for comparisons.
    #[doc(hidden)]
    pub fn build_at(depth: u8, entries: impl IntoIterator<Item = (Number, u32)>) -> Self {
        let packed = |(prefix, value): (Number, u32)| (prefix.packed(), value);
        Self::of(&Rows::sorted(entries.into_iter().map(packed)), Some(depth))
    }

    fn of(rows: &Rows, depth: Option<u8>) -> Self {
        let keys = 2 * rows.len();
        let builder = match depth {
            Some(depth) => Builder::at_depth(Kind::Steps, keys, depth),
            None => Builder::new(Kind::Steps, keys),
        };
        let mut sweep = Sweep { builder, around: Vec::new(), pending: None };
        for (prefix, value) in rows.iter() {
            sweep.leave(|around| !begins(prefix, around));
            sweep.around.push((prefix, value));
            sweep.cut(prefix, value);
        }
        sweep.leave(|_| true);
        if let Some((key, value)) = sweep.pending {
            sweep.builder.push(key, value);
        }
        Self { steps: sweep.builder.finish() }
    }
}

/// Goes through the prefixes in their order and cuts where the value changes.
struct Sweep {
    builder: Builder,
    /// The prefixes around the present one, the innermost last.
    around: Vec<(Packed, u32)>,
    /// The latest cut; another one at the same place replaces it.
    pending: Option<(Packed, u32)>,
}

impl Sweep {
    /// Ends the innermost prefixes as long as they are over: behind each, the value of the one
    /// around it holds again.
    fn leave(&mut self, over: impl Fn(Packed) -> bool) {
        while let Some((prefix, _)) = self.around.pop_if(|(prefix, _)| over(*prefix)) {
            let outer = self.around.last().map_or(NONE, |(_, value)| *value);
            if let Some(key) = behind(prefix) {
                self.cut(key, outer);
            }
        }
    }

    fn cut(&mut self, key: Packed, value: u32) {
        if let Some((pending, held)) = self.pending.replace((key, value))
            && pending != key
        {
            self.builder.push(pending, held);
        }
    }
}

impl ArchivedPrefixTable {
    /// The value of the longest prefix of a number.
    #[inline]
    pub fn longest(&self, number: Number) -> Option<u32> {
        self.steps.step(number.packed())
    }

    /// [`longest`](Self::longest) of many numbers at once, which is about twice as fast where
    /// the table is larger than the caches. As many are answered as both slices have.
    pub fn longest_of_many(&self, numbers: &[Number], found: &mut [Option<u32>]) {
        self.steps.steps(numbers, found);
    }

    /// Is there no prefix at all?
    pub fn is_empty(&self) -> bool {
        self.steps.len() == 0
    }

    /// How many octets of the snapshot the table takes.
    pub fn octets(&self) -> usize {
        self.steps.octets()
    }

    /// Can every lookup be answered, and is every value one of so many? Asked once, when a
    /// snapshot is opened.
    pub(crate) fn is_sound(&self, values: usize) -> bool {
        self.is_sound_where(|value| (value as usize) < values)
    }

    /// Can every lookup be answered, and does every value fit?
    pub(crate) fn is_sound_where(&self, fits: impl Fn(u32) -> bool) -> bool {
        self.steps.is_sound(fits)
    }
}

#[cfg(test)]
mod tests;
