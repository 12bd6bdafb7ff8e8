//! A telephone number as digits, small enough to be a key.

use std::fmt;

/// One to eighteen decimal digits; leading zeros count (E.164 needs fifteen).
///
/// Held as one integer with a leading 1, so `"0123"` is 10123: numbers of one length are
/// ordered as their digits are, and a prefix is a division.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Number(u64);

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NumberError {
    /// No digit at all.
    Empty,
    /// Something else than `0`..`9`.
    NotADigit,
    /// More than [`Number::DIGITS_MAX`] digits.
    TooLong,
}

impl Number {
    /// The longest number we keep.
    pub const DIGITS_MAX: usize = 18;

    /// Reads plain digits.
    pub fn parse(digits: &[u8]) -> Result<Self, NumberError> {
        if digits.is_empty() {
            return Err(NumberError::Empty);
        }
        if digits.len() > Self::DIGITS_MAX {
            return Err(NumberError::TooLong);
        }
        let mut packed = 1;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return Err(NumberError::NotADigit);
            }
            packed = packed * 10 + u64::from(digit - b'0');
        }
        Ok(Self(packed))
    }

    /// Brings a called or calling number to plain digits by its type of number: `+` is
    /// dropped always, an international `00` only where the type says international.
    pub fn normalise(ton: u8, address: &[u8]) -> Result<Self, NumberError> {
        let digits = address.strip_prefix(b"+").unwrap_or(address);
        let international = ton == TON_INTERNATIONAL && digits.len() > 2;
        let digits = match digits.strip_prefix(b"00") {
            Some(rest) if international => rest,
            _ => digits,
        };
        Self::parse(digits)
    }

    /// The integer this number is kept as in tables and journals.
    pub fn packed(self) -> u64 {
        self.0
    }

    /// The inverse of [`packed`](Self::packed); `None` for an integer that is no number.
    pub fn from_packed(packed: u64) -> Option<Self> {
        let len = digits_of(packed);
        let is_led_by_one = packed < 2 * POWERS[len.min(Self::DIGITS_MAX)];
        (len > 0 && is_led_by_one).then_some(Self(packed))
    }

    /// How many digits there are.
    #[allow(clippy::len_without_is_empty, reason = "a number has at least one digit")]
    pub fn len(self) -> usize {
        digits_of(self.0)
    }

    /// The first `len` digits; the whole number if it is not longer, `None` for no digit.
    pub fn prefix(self, len: usize) -> Option<Self> {
        match self.len().checked_sub(len) {
            _ if len == 0 => None,
            None => Some(self),
            Some(dropped) => Some(Self(self.0 / POWERS[dropped])),
        }
    }

    /// The digits as ASCII.
    pub fn digits(self) -> Digits {
        let (mut octets, len) = ([0; Self::DIGITS_MAX], self.len());
        let mut rest = self.0;
        for octet in octets[..len].iter_mut().rev() {
            *octet = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        Digits { octets, len }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.digits().iter().try_for_each(|digit| write!(f, "{}", *digit as char))
    }
}

impl std::str::FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text.as_bytes())
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a number needs at least one digit",
            Self::NotADigit => "a number has only the digits 0 to 9",
            Self::TooLong => "a number has at most 18 digits",
        })
    }
}

impl std::error::Error for NumberError {}

/// The digits of a [`Number`] as ASCII octets.
#[derive(Clone, Copy, Debug)]
pub struct Digits {
    octets: [u8; Number::DIGITS_MAX],
    len: usize,
}

impl std::ops::Deref for Digits {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// Type of number 1, international (SMPP 3.4 §5.2.5).
const TON_INTERNATIONAL: u8 = 1;

/// How many digits an integer has behind its first one, found without a branch: those who ask for
/// numbers have them of all lengths in turn.
#[inline(always)]
pub(crate) fn digits_of(packed: u64) -> usize {
    // Zero is asked for, too: where zeros are counted by `bsr` it then has a register that waits
    // for nothing. If it may not be zero, a lookup now and then waits for the one before it.
    let bits = u64::BITS - packed.leading_zeros();
    // 1233 / 4096 is a little more than the logarithm of 2.
    let most = ((bits * 1233) >> 12) as usize;
    // The lowest bit changes no answer but that of zero.
    most - usize::from((packed | 1) < POWERS[most])
}

/// One more than there are digits: the table is as long as an index into it can be large.
pub(crate) const POWERS: [u64; Number::DIGITS_MAX + 2] = {
    let mut powers = [1; Number::DIGITS_MAX + 2];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

#[cfg(test)]
mod tests;
