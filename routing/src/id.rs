//! The name of one Sms, from the moment it is accepted until long after it is settled.

use std::fmt;

/// Eighty bits: 44 of milliseconds since 2020, 8 of node, 8 of shard, 20 of counter.
///
/// Written as sixteen characters of Crockford's base 32, so it fits SMPP's message_id and
/// sorts by time. The shard inside is the one that accepted the Sms: a receipt that comes
/// to another one finds its way home.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct MessageId(u128);

impl MessageId {
    /// How many characters an id is written with.
    pub const TEXT_LEN: usize = 16;

    /// Puts an id together; `unix_ms` before 2020 counts as 2020.
    pub fn new(unix_ms: u64, node: u8, shard: u8, counter: u32) -> Self {
        let millis = u128::from(unix_ms.saturating_sub(EPOCH_MS) & MILLIS_MASK);
        let tail = u128::from(node) << 28 | u128::from(shard) << 20;
        Self(millis << 36 | tail | u128::from(counter & Self::COUNTER_MAX))
    }

    /// The largest counter within one millisecond.
    pub const COUNTER_MAX: u32 = 0xF_FFFF;

    /// The node that accepted the Sms.
    pub fn node(self) -> u8 {
        (self.0 >> 28) as u8
    }

    /// The shard of that node.
    pub fn shard(self) -> u8 {
        (self.0 >> 20) as u8
    }

    /// When the id was made, in milliseconds of the Unix clock.
    pub fn unix_ms(self) -> u64 {
        (self.0 >> 36) as u64 + EPOCH_MS
    }

    /// The id as an integer below 2^80.
    pub fn bits(self) -> u128 {
        self.0
    }

    /// The inverse of [`bits`](Self::bits); higher bits are dropped.
    pub fn from_bits(bits: u128) -> Self {
        Self(bits & BITS_MASK)
    }

    /// The sixteen characters.
    pub fn text(self) -> [u8; Self::TEXT_LEN] {
        let mut text = [0; Self::TEXT_LEN];
        for (at, octet) in text.iter_mut().enumerate() {
            *octet = ALPHABET[(self.0 >> (75 - 5 * at)) as usize & 31];
        }
        text
    }

    /// Reads what [`text`](Self::text) wrote, in either case.
    pub fn parse(text: &[u8]) -> Result<Self, ParseIdError> {
        if text.len() != Self::TEXT_LEN {
            return Err(ParseIdError);
        }
        let mut bits = 0;
        for octet in text {
            let upper = octet.to_ascii_uppercase();
            let digit = ALPHABET.iter().position(|known| *known == upper).ok_or(ParseIdError)?;
            bits = bits << 5 | digit as u128;
        }
        Ok(Self(bits))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.text()).expect("the alphabet is ASCII"))
    }
}

/// The text is not a message id of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message id has sixteen characters of 0-9 A-Z without I, L, O and U")
    }
}

impl std::error::Error for ParseIdError {}

/// 2020-01-01T00:00:00Z.
const EPOCH_MS: u64 = 1_577_836_800_000;
const MILLIS_MASK: u64 = (1 << 44) - 1;
const BITS_MASK: u128 = (1 << 80) - 1;
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#[cfg(test)]
mod tests;
