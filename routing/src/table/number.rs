//! Whole numbers and the values they have: accounts, direct inward numbers, ported numbers.
//!
//! A number takes one word of eight octets and its share of the slots, an octet at most: 100
//! million ported numbers are 0.8 GB, in a table that is asked as fast as ten million prefixes.
//! Such a table needs no hash: the digits themselves spread the numbers over the slots, and what
//! begins alike lies together in memory.

use rkyv::{Archive, Deserialize, Serialize};

use super::builder::Builder;
use super::radix::{Kind, Radix};
use super::rows::Rows;
use crate::Number;

/// A frozen map from whole numbers to values.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct NumberTable {
    points: Radix,
}

impl NumberTable {
    /// Builds the table; a repeated number takes the later value. Values are below
    /// [`VALUE_MAX`](super::VALUE_MAX).
    pub fn build(entries: impl IntoIterator<Item = (Number, u32)>) -> Self {
        let packed = |(number, value): (Number, u32)| (number.packed(), value);
        Self::freeze(&Rows::sorted(entries.into_iter().map(packed)))
    }

    /// Freezes rows that are sorted.
    pub fn freeze(rows: &Rows) -> Self {
        let mut builder = Builder::new(Kind::Points, rows.len());
        rows.iter().for_each(|(key, value)| builder.push(key, value));
        Self { points: builder.finish() }
    }
}

impl ArchivedNumberTable {
    /// The value of exactly this number.
    #[inline]
    pub fn exact(&self, number: Number) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        self.points.exact(number.packed())
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Is there no number at all?
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.points.len() == 0
    }

    /// How many octets of the snapshot the table takes.
    pub fn octets(&self) -> usize {
        self.points.octets()
    }

    /// Can every lookup be answered, and is every value one of so many? Asked once, when a
    /// snapshot is opened.
    pub(crate) fn is_sound(&self, values: usize) -> bool {
        self.points.is_sound(|value| (value as usize) < values)
    }
}

#[cfg(test)]
mod tests;
