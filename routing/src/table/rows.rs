//! The rows of a table to be: strings of digits and values, in the order of a dictionary.

use super::place::{Packed, aligned, len, packed};
use crate::Number;

/// Rows as they come, in any order, before they are frozen into a table.
///
/// A row is one integer: the digits filled up to eighteen, then their number, then the value.
/// Ten million rows are 160 MB and sorted in about a second.
#[derive(Debug, Default)]
pub struct Rows {
    rows: Vec<u128>,
    repeated: Vec<Packed>,
}

impl Rows {
    /// Has room for so many rows.
    pub fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows), repeated: Vec::new() }
    }

    /// Adds a row; its value is below [`VALUE_MAX`](super::VALUE_MAX).
    #[inline]
    pub fn push(&mut self, key: Number, value: u32) {
        self.rows.push(row(key.packed(), value));
    }

    /// Adds the rows of others.
    pub fn append(&mut self, mut others: Self) {
        self.rows.append(&mut others.rows);
    }

    /// Sorts the rows, one for each key; of two with the same key the later one stays.
    pub fn sort(&mut self) {
        let key = |row: &u128| row >> LEN_AT;
        self.rows.sort_by_key(key);
        let repeated = &mut self.repeated;
        // The later of two equal ones is moved to where the first one stays.
        self.rows.dedup_by(|later, kept| {
            let same = key(later) == key(kept);
            if same {
                *kept = *later;
                if repeated.len() < REPEATED_MAX {
                    repeated.push(unpacked(*kept).0);
                }
            }
            same
        });
        repeated.dedup();
    }

    /// The keys that [`sort`](Self::sort) found more than once, ascending; the first of them.
    pub fn repeated(&self) -> impl Iterator<Item = Number> + '_ {
        self.repeated.iter().filter_map(|key| Number::from_packed(*key))
    }

    /// Sorts rows whose keys may also be the empty string.
    pub(super) fn sorted(rows: impl Iterator<Item = (Packed, u32)>) -> Self {
        let rows = rows.map(|(key, value)| row(key, value)).collect();
        let mut sorted = Self { rows, repeated: Vec::new() };
        sorted.sort();
        sorted
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Is there no row at all?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// All rows; ascending once they are sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Packed, u32)> {
        self.rows.iter().map(|row| unpacked(*row))
    }
}

#[inline]
fn row(key: Packed, value: u32) -> u128 {
    let len = len(key);
    u128::from(aligned(key, len)) << DIGITS_AT | (len as u128) << LEN_AT | u128::from(value)
}

fn unpacked(row: u128) -> (Packed, u32) {
    let len = (row >> LEN_AT) as usize & LEN_MASK;
    (packed((row >> DIGITS_AT) as u64, len), row as u32)
}

const LEN_AT: u32 = 32;
const DIGITS_AT: u32 = 40;
const LEN_MASK: usize = (1 << (DIGITS_AT - LEN_AT)) - 1;

/// Nobody reads on.
const REPEATED_MAX: usize = 32;

#[cfg(test)]
mod tests;
