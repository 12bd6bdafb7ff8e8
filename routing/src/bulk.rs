//! A table of patterns that came as a file: ported numbers, an operator's ranges.
//!
//! Ten million rows are too many to be policies of their own. They share a few: each row names
//! the policy that takes what it matches, and within a table the longest row wins.

use std::fmt;

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::{NumberTable, PrefixTable};
use crate::{Number, Pattern};

/// What a row of a table matches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Row {
    /// One number, such as `2222`.
    Number(Number),
    /// All numbers that begin so, such as `222%`.
    Prefix(Number),
}

/// Why a text cannot be a row of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RowError;

/// The rows of a table, frozen; their values are ranks of policies.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Bulk {
    numbers: NumberTable,
    prefixes: PrefixTable,
}

impl Row {
    /// Reads `2222` or `222%`.
    pub fn parse(text: &[u8]) -> Result<Self, RowError> {
        let (digits, row): (_, fn(Number) -> Self) = match text.strip_suffix(b"%") {
            Some(digits) => (digits, Self::Prefix),
            None => (text, Self::Number),
        };
        Number::parse(digits).map(row).map_err(|_| RowError)
    }

    /// Is this how a policy says that its rows stand in a table? Such a one has no pattern of
    /// its own: `@ported`.
    pub fn stands_in_table(pattern: &str) -> bool {
        pattern.starts_with('@') && Pattern::parse(pattern).is_err()
    }
}

impl Bulk {
    /// Freezes rows; of two equal ones the later one stays.
    pub(crate) fn build(rows: impl IntoIterator<Item = (Row, u32)>) -> Self {
        let (mut numbers, mut prefixes) = (Vec::new(), Vec::new());
        for (row, rank) in rows {
            match row {
                Row::Number(number) => numbers.push((number, rank)),
                Row::Prefix(prefix) => prefixes.push((Some(prefix), rank)),
            }
        }
        Self { numbers: NumberTable::build(numbers), prefixes: PrefixTable::build(prefixes) }
    }
}

impl ArchivedBulk {
    /// The rank of the longest row that matches a number.
    pub(crate) fn rank(&self, number: Number) -> Option<u32> {
        let whole = (!self.numbers.is_empty()).then(|| self.numbers.exact(number)).flatten();
        whole.or_else(|| self.prefixes.longest(number))
    }

    /// Can every lookup be answered, by one of so many ranks?
    pub(crate) fn is_sound(&self, ranks: usize) -> bool {
        self.numbers.is_sound(ranks) && self.prefixes.is_sound(ranks)
    }
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a row is a number or a number with '%' behind it, of at most {} digits",
            Number::DIGITS_MAX
        )
    }
}

impl std::error::Error for RowError {}

#[cfg(test)]
mod tests;
