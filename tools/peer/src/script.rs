//! What to answer, one request after the other: `ROK`, `0x14*2,ROK`, `200*9,404`.
//!
//! An entry without a count holds for ever, so it can only stand last; a list whose entries all
//! have counts begins again when it is through.

use std::fmt;

/// A list of answers and where in it we are.
#[derive(Clone, Debug)]
pub(crate) struct Script<T> {
    entries: Vec<(T, Option<u32>)>,
    at: usize,
    used: u32,
}

impl<T: Copy> Script<T> {
    /// Reads a list; `read` reads one answer.
    pub(crate) fn parse(text: &str, read: impl Fn(&str) -> Option<T>) -> Result<Self, ScriptError> {
        let mut entries = Vec::new();
        for entry in text.split(',') {
            let (answer, count) = match entry.rsplit_once('*') {
                Some((answer, count)) => (answer, Some(count)),
                None => (entry, None),
            };
            let count = count.map(|count| count.trim().parse().ok().filter(|count| *count > 0));
            if matches!(count, Some(None)) {
                return Err(ScriptError::Count(entry.to_owned()));
            }
            let answer =
                read(answer.trim()).ok_or_else(|| ScriptError::Answer(entry.to_owned()))?;
            entries.push((answer, count.flatten()));
        }
        match entries.iter().rev().skip(1).any(|(_, count)| count.is_none()) {
            true => Err(ScriptError::Unreachable),
            false => Ok(Self { entries, at: 0, used: 0 }),
        }
    }

    /// The next answer.
    pub(crate) fn next(&mut self) -> T {
        let (answer, count) = self.entries[self.at];
        self.used += 1;
        if count.is_some_and(|count| self.used >= count) {
            self.used = 0;
            self.at = (self.at + 1) % self.entries.len();
        }
        answer
    }
}

/// Why a list of answers cannot be followed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ScriptError {
    /// No answer that we know.
    Answer(String),
    /// A count that is no positive number.
    Count(String),
    /// Something stands behind an entry that holds for ever.
    Unreachable,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(entry) => write!(f, "no known answer in '{entry}'"),
            Self::Count(entry) => write!(f, "no positive count in '{entry}'"),
            Self::Unreachable => f.write_str("only the last entry may go without a count"),
        }
    }
}

impl std::error::Error for ScriptError {}

#[cfg(test)]
mod tests;
