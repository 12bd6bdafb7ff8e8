//! A table of patterns that came as a file: ported numbers, an operator's ranges.
//!
//! Ten million rows are too many to be policies of their own. They share a few: each row names
//! the policy that takes what it matches, and within a table the longest row wins.

use std::fmt;

use rkyv::{Archive, Deserialize, Serialize};

use crate::snapshot::RowFile;
use crate::table::{NumberTable, PrefixTable, Rows};
use crate::{Number, Pattern};

/// What a row of a table matches.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Row {
    /// One number, such as `2222`.
    Number(Number),
    /// All numbers that begin so, such as `222%`.
    Prefix(Number),
}

/// Why a text cannot be a row of a table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RowError;

/// The rows of a table, frozen, whatever policies they lead to: the value of a row is a place in
/// the list of policies that [`PolicyTable::with_table`](crate::PolicyTable::with_table) is
/// given. So a table of ten million rows is built once, is a file of its own
/// ([`RowFile`](crate::snapshot::RowFile)) and serves many plans.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct RowTable {
    numbers: NumberTable,
    prefixes: PrefixTable,
    /// The values are below this.
    places: u32,
}

/// A table in a plan.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(crate) struct Bulk {
    /// Its place among the files of rows of the plan.
    table: u32,
    /// The ranks of its policies; [`NONE`] for one that is not there.
    ranks: Vec<u32>,
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

impl RowTable {
    /// Puts whole numbers and prefixes together, whose values are all below `places`.
    pub fn new(numbers: NumberTable, prefixes: PrefixTable, places: u32) -> Self {
        Self { numbers, prefixes, places }
    }

    /// Freezes rows; of two equal ones the later one stays.
    pub fn build(rows: impl IntoIterator<Item = (Row, u32)>) -> Self {
        let (mut numbers, mut prefixes) = (Rows::default(), Rows::default());
        let mut places = 0;
        for (row, value) in rows {
            places = places.max(value + 1);
            match row {
                Row::Number(number) => numbers.push(number, value),
                Row::Prefix(prefix) => prefixes.push(prefix, value),
            }
        }
        numbers.sort();
        prefixes.sort();
        Self::new(NumberTable::freeze(&numbers), PrefixTable::freeze(&prefixes), places)
    }
}

impl ArchivedRowTable {
    /// Can every lookup be answered, by one of its places?
    pub(crate) fn is_sound(&self) -> bool {
        let places = self.places.to_native() as usize;
        self.numbers.is_sound(places) && self.prefixes.is_sound(places)
    }
}

impl Bulk {
    /// Rows that lead to the policies of these ranks.
    pub(crate) fn new(table: u32, ranks: Vec<u32>) -> Self {
        Self { table, ranks }
    }
}

impl ArchivedBulk {
    /// The rank of the longest row that matches a number.
    #[inline]
    pub(crate) fn rank(&self, files: &[RowFile], number: Number) -> Option<u32> {
        let file = files.get(self.table.to_native() as usize)?;
        let ArchivedRowTable { numbers, prefixes, .. } = file.rows();
        let whole = (!numbers.is_empty()).then(|| numbers.exact(number)).flatten();
        let place = whole.or_else(|| prefixes.longest(number))?;
        Some(self.ranks[place as usize].to_native()).filter(|rank| *rank != NONE)
    }

    /// Can every lookup be answered, by one of so many ranks?
    pub(crate) fn is_sound(&self, files: &[RowFile], ranks: usize) -> bool {
        let is_rank = |rank: u32| rank == NONE || (rank as usize) < ranks;
        let file = files.get(self.table.to_native() as usize);
        file.is_some_and(|file| file.rows().places.to_native() as usize <= self.ranks.len())
            && self.ranks.iter().all(|rank| is_rank(rank.to_native()))
    }
}

/// The rank of a policy that is not there.
pub(crate) const NONE: u32 = u32::MAX;

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
