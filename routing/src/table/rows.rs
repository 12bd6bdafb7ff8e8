//! The rows of a table to be: strings of digits and values, in the order of a dictionary.

use super::place::{Packed, aligned, len, packed};

/// Sorted rows, one for each key.
///
/// A row is one integer: the digits filled up to eighteen, then their number, then the value.
/// Ten million rows are 160 MB and sorted in about a second.
pub(super) struct Rows(Vec<u128>);

impl Rows {
    /// Sorts the rows; of two with the same key the later one stays.
    pub(super) fn sorted(rows: impl Iterator<Item = (Packed, u32)>) -> Self {
        let row = |(key, value): (Packed, u32)| {
            let len = len(key);
            u128::from(aligned(key, len)) << DIGITS_AT | (len as u128) << LEN_AT | u128::from(value)
        };
        let mut rows: Vec<u128> = rows.map(row).collect();
        let key = |row: &u128| row >> LEN_AT;
        rows.sort_by_key(key);
        // The later of two equal ones is moved to where the first one stays.
        rows.dedup_by(|later, kept| {
            let same = key(later) == key(kept);
            if same {
                *kept = *later;
            }
            same
        });
        Self(rows)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All rows, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Packed, u32)> {
        self.0.iter().map(|row| {
            let len = (row >> LEN_AT) as usize & LEN_MASK;
            (packed((row >> DIGITS_AT) as u64, len), *row as u32)
        })
    }
}

const LEN_AT: u32 = 32;
const DIGITS_AT: u32 = 40;
const LEN_MASK: usize = (1 << (DIGITS_AT - LEN_AT)) - 1;
