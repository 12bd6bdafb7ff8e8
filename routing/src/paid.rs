//! What carriers paid: what they may spend beyond their credit.
//!
//! It stands in a file beside the plans, `credits`, a line for each carrier; control writes it
//! anew and renames it when something is booked, the dataplane reads it when it changes. It is not
//! part of a plan: to pay makes no generation, and a rollback takes no money away.

use std::fmt;

/// The sum of what was booked to a carrier's account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Paid {
    /// The environment.
    pub environment: u32,
    /// The carrier.
    pub carrier: u32,
    /// In its favour, in millionths of its tariff's currency.
    pub micros: i64,
}

/// Why the file says nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PaidError {
    /// The line, counted from 1.
    pub line: usize,
}

impl Paid {
    /// The file's name, in the directory of plans.
    pub const FILE: &str = "credits";

    /// Reads the file. It is read whole or not at all: half of it would be somebody's loss.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, PaidError> {
        let lines = (1..).zip(text.lines());
        lines.map(|(line, text)| Self::parse(text).ok_or(PaidError { line })).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let paid = Self {
            environment: words.next()?.parse().ok()?,
            carrier: words.next()?.parse().ok()?,
            micros: words.next()?.parse().ok()?,
        };
        words.next().is_none().then_some(paid)
    }
}

/// The line of the file.
impl fmt::Display for Paid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.environment, self.carrier, self.micros)
    }
}

impl fmt::Display for PaidError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} line {} is not understood", Paid::FILE, self.line)
    }
}

impl std::error::Error for PaidError {}

#[cfg(test)]
mod tests;
