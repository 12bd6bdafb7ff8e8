//! Which row of a file decides about a number.
//!
//! A frozen table knows where a number leads and no longer by which row; its file does. It is
//! read from its beginning, half a second for ten million rows, which only a question of a
//! person may take.

use std::fmt;
use std::path::Path;

use routing::{Number, Row};

use super::csv::{each_line, row_of, unreadable};
use crate::fault::Outcome;
use crate::model::RowKind;

/// A row and where it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Won {
    row: Row,
    line: u64,
}

/// The longest row of a file that matches a number.
pub(super) fn longest(path: &Path, kind: RowKind, number: Number) -> Outcome<Option<Won>> {
    let mut best: Option<(usize, Won)> = None;
    each_line(path, |line, text| {
        if let Some(Ok((row, _))) = row_of(text, kind, line)
            && let Some(length) = length(row, number)
            && best.is_none_or(|(longest, _)| length > longest)
        {
            best = Some((length, Won { row, line }));
        }
        true
    })
    .map_err(|error| unreadable(path, &error))?;
    Ok(best.map(|(_, won)| won))
}

/// How much a row that matches says of a number; a whole number says more than any prefix.
fn length(row: Row, number: Number) -> Option<usize> {
    match row {
        Row::Number(whole) => (whole == number).then_some(usize::MAX),
        Row::Prefix(prefix) => {
            (number.prefix(prefix.len()) == Some(prefix)).then_some(prefix.len())
        }
    }
}

impl fmt::Display for Won {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Row::Number(number) => write!(f, "{number}")?,
            Row::Prefix(prefix) => write!(f, "{prefix}%")?,
        }
        write!(f, " in line {}", self.line)
    }
}
