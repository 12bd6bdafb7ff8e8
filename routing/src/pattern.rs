//! Number patterns as SQL's LIKE spells them: `222%`, `222_`, `%222`, `22%99`.

use std::fmt;

use crate::Number;

/// A pattern over digits, anchored at both ends: a digit matches itself, `_` one digit and
/// `%` any run of digits, also an empty one.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Pattern {
    text: String,
}

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatternError {
    /// Nothing to match.
    Empty,
    /// A character that is neither a digit nor `_` nor `%`; where it stands.
    Foreign(char, usize),
    /// Longer than any number with room for wildcards.
    TooLong,
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        if text.is_empty() {
            return Err(PatternError::Empty);
        }
        if text.len() > LENGTH_MAX {
            return Err(PatternError::TooLong);
        }
        match text.chars().enumerate().find(|(_, c)| !matches!(c, '0'..='9' | '_' | '%')) {
            Some((at, foreign)) => Err(PatternError::Foreign(foreign, at)),
            None => Ok(Self { text: text.to_owned() }),
        }
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many digits stand before the first wildcard: the more, the more specific.
    pub fn literal_len(&self) -> usize {
        self.text.bytes().take_while(u8::is_ascii_digit).count()
    }

    /// The digits of a pattern of the form `digits%`, which is what a prefix table holds.
    ///
    /// `Some(None)` is `%` alone, the prefix of everything; `None` is any other pattern.
    pub fn as_prefix(&self) -> Option<Option<Number>> {
        match self.text.strip_suffix('%')? {
            "" => Some(None),
            digits => Number::parse(digits.as_bytes()).ok().map(Some),
        }
    }

    /// The digits of a pattern without a wildcard, which matches one number alone.
    pub fn as_number(&self) -> Option<Number> {
        Number::parse(self.text.as_bytes()).ok()
    }

    /// Does the pattern match these digits from end to end?
    pub fn matches(&self, digits: &[u8]) -> bool {
        like(self.text.as_bytes(), digits)
    }
}

/// LIKE without recursion: on a mismatch the latest `%` takes one digit more, so the work
/// is at most the product of both lengths.
pub(crate) fn like(pattern: &[u8], digits: &[u8]) -> bool {
    let (mut p, mut d) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while d < digits.len() {
        match pattern.get(p) {
            Some(b'%') => {
                retry = Some((p, d));
                p += 1;
            }
            Some(b'_') => (p, d) = (p + 1, d + 1),
            Some(literal) if *literal == digits[d] => (p, d) = (p + 1, d + 1),
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    (p, d) = (star + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|octet| *octet == b'%')
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a pattern cannot be empty; '%' matches every number"),
            Self::Foreign(c, at) => write!(
                f,
                "'{c}' at position {} is not allowed in a pattern: use digits, '_' for one digit \
                 and '%' for any run",
                at + 1
            ),
            Self::TooLong => write!(f, "a pattern has at most {LENGTH_MAX} characters"),
        }
    }
}

impl std::error::Error for PatternError {}

const LENGTH_MAX: usize = 2 * Number::DIGITS_MAX;

#[cfg(test)]
mod tests;
