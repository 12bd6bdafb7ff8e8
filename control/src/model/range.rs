//! The inventory: ranges of numbers that an environment has to give.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Model;

/// A range of numbers, which is its name: `391000000-391009999`.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Range {
    /// For how many days a number that was given back rests before another account may have it.
    pub rest_days: u16,
}

impl Default for Range {
    fn default() -> Self {
        Self { rest_days: REST_DAYS }
    }
}

/// The numbers of a range.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Numbers {
    first: u64,
    last: u64,
    digits: usize,
}

impl Numbers {
    /// Reads `391000000-391009999`, or a number alone.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let plain = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        let fits = (1..=DIGITS_MAX).contains(&first.len()) && first.len() == last.len();
        if !fits || !plain(first) || !plain(last) {
            return Err(format!(
                "'{text}' is no range; write its first and last number: 391000000-391009999"
            ));
        }
        let read = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        let range = Self { first: read(first)?, last: read(last)?, digits: first.len() };
        if range.first > range.last {
            return Err(format!("'{text}' ends before it begins"));
        }
        if range.count() > COUNT_MAX {
            return Err(format!("'{text}' has more than {COUNT_MAX} numbers; make several of it"));
        }
        Ok(range)
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.last - self.first + 1
    }

    /// Is this one of them?
    pub fn has(&self, number: &str) -> bool {
        number.len() == self.digits
            && number.parse().is_ok_and(|number| (self.first..=self.last).contains(&number))
    }

    /// Do two ranges share numbers?
    pub fn meets(&self, other: &Self) -> bool {
        self.digits == other.digits && self.first <= other.last && other.first <= self.last
    }

    /// Does a number begin as all of these do?
    pub fn begins(&self, number: &str) -> bool {
        let (first, last) = (self.text(self.first), self.text(self.last));
        let same = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
        number.starts_with(&first[..same])
    }

    /// Those that come after one of them, or all.
    pub fn after(self, number: Option<&str>) -> impl Iterator<Item = String> {
        let next = number.filter(|number| self.has(number)).and_then(|one| one.parse::<u64>().ok());
        let first = next.map_or(self.first, |one| one + 1);
        (first..=self.last).map(move |number| self.text(number))
    }

    fn text(&self, number: u64) -> String {
        format!("{number:0width$}", width = self.digits)
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.text(self.first), self.text(self.last))
    }
}

impl Model {
    /// The ranges of an environment with the numbers that they have, by name.
    pub fn inventory<'a>(
        &'a self,
        env: &'a str,
    ) -> impl Iterator<Item = (&'a str, Numbers, &'a Range)> + 'a {
        self.ranges(env)
            .filter_map(|(name, _, range)| Some((name, Numbers::parse(name).ok()?, range)))
    }

    /// The range that a number is of.
    pub fn range_of<'a>(&'a self, env: &'a str, number: &str) -> Option<(&'a str, &'a Range)> {
        let mut ranges = self.inventory(env);
        ranges.find(|(_, numbers, _)| numbers.has(number)).map(|(name, _, range)| (name, range))
    }
}

/// What regulators of several countries ask for.
const REST_DAYS: u16 = 30;

/// E.164.
const DIGITS_MAX: usize = 15;

/// Six digits behind one beginning; somebody who asks for all of them has them in a second.
const COUNT_MAX: u64 = 1_000_000;

#[cfg(test)]
mod tests;
