//! How much of a number files show.

use serde::Deserialize;

use super::columns::{COLUMNS, Value};
use super::key::ProofKey;

/// How much of a number files show; names of senders are no numbers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum Numbers {
    /// All of it.
    #[default]
    Clear,
    /// All but the last four digits.
    Cut,
    /// A hash under the proof key: equal numbers can be told, nothing else.
    Hashed,
}

impl Numbers {
    /// The word of the configuration.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Cut => "cut",
            Self::Hashed => "hashed",
        }
    }

    /// Hides what is not to be seen of a record.
    pub(super) fn hide(self, record: &mut [Value], key: &ProofKey) {
        if self == Self::Clear {
            return;
        }
        for (column, value) in COLUMNS.iter().zip(record) {
            if column.personal
                && let Value::Text(number) = value
                && is_number(number)
            {
                *number = self.hidden(number, key);
            }
        }
    }

    fn hidden(self, number: &str, key: &ProofKey) -> String {
        match self {
            Self::Clear => number.to_owned(),
            // Digits are ASCII, so the cut is between characters.
            Self::Cut => format!("{}****", &number[..number.len().saturating_sub(HIDDEN)]),
            Self::Hashed => key.pseudonym(number),
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'+')
}

/// How many digits are cut off.
const HIDDEN: usize = 4;
