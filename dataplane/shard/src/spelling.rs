//! How a carrier reads the name of an Sms, and which Sms a carrier means by a name.
//!
//! Our own spelling is exact. A carrier that keeps ids as numbers gets one that fits into a
//! signed integer of 64 bits, and a peer of SMPP 3.3 gets eight characters: both name the
//! millisecond in which the Sms was accepted and fold the rest. So what is read back is a
//! [`Meant`]: a short run of ids, to be looked through by whoever holds the flights.
//!
//! ```text
//!   id, 80 bits       │ millisecond 44 │ node 8 │ shard 8 │ counter 20 │
//!   number, 63 bits   │ millisecond 40     │ fold 23: counter ^ shard << 15 ^ node << 7 │
//!   short, 40 bits    │ millisecond 30     │ fold 10: counter ^ shard << 7  ^ node << 5 │
//! ```
//! Two Sms of one millisecond share a number only beyond 32,768 of one shard, or 128 of one
//! node while another node has the same millisecond; they share a short name beyond 128 of
//! one shard. A short name stands for an Sms of the last twelve days, which is longer than an
//! Sms lives and waits for its receipt.

use routing::{IdForm, MessageId};
use smpp::Version;

/// One of the ways in which an id is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Spelling {
    /// Sixteen characters, [`MessageId::text`].
    Own,
    /// The number in sixteen hexadecimal digits.
    Hex,
    /// The number in decimal digits, nineteen of them until 2054.
    Decimal,
    /// Eight characters.
    Short,
}

/// Where an id is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Place {
    /// In the answer to submit_sm and everywhere a carrier asks about it.
    Answer,
    /// In a receipt.
    Receipt,
}

impl Spelling {
    /// What a carrier agreed to; a peer of SMPP 3.3 cannot hold more than eight octets.
    pub(crate) fn of(form: IdForm, version: Version, place: Place) -> Self {
        match (form, place) {
            _ if version.message_id_max() < MessageId::TEXT_LEN => Self::Short,
            (IdForm::Auto | IdForm::Text, _) => Self::Own,
            (IdForm::Hex, _) | (IdForm::HexThenDecimal, Place::Answer) => Self::Hex,
            (IdForm::Decimal, _) | (IdForm::HexThenDecimal, Place::Receipt) => Self::Decimal,
            (IdForm::Short, _) => Self::Short,
        }
    }

    /// Writes an id.
    pub(crate) fn write(self, id: MessageId) -> Spelled {
        let mut spelled = Spelled { octets: [0; SPELLED_MAX], len: 0 };
        match self {
            Self::Own => spelled.extend(&id.text()),
            Self::Hex => spelled.digits(number(id), 16, 16),
            Self::Decimal => spelled.digits(number(id), 10, 1),
            Self::Short => spelled.digits(short(id), 32, SHORT_LEN),
        }
        spelled
    }
}

/// An id as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelled {
    octets: [u8; SPELLED_MAX],
    len: usize,
}

impl Spelled {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    fn extend(&mut self, octets: &[u8]) {
        self.octets[..octets.len()].copy_from_slice(octets);
        self.len = octets.len();
    }

    /// At least `least` digits to this base.
    fn digits(&mut self, mut number: u64, base: u64, least: usize) {
        let mut at = SPELLED_MAX;
        while number > 0 || SPELLED_MAX - at < least {
            at -= 1;
            self.octets[at] = DIGITS[(number % base) as usize];
            number /= base;
        }
        self.octets.copy_within(at.., 0);
        self.len = SPELLED_MAX - at;
    }
}

/// The Sms that a carrier may mean by a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Meant {
    /// The first id it can be.
    pub(crate) first: MessageId,
    /// The last one.
    pub(crate) last: MessageId,
    spelling: Spelling,
    value: u64,
}

impl Meant {
    /// Reads a name as a carrier of this form spells it, in either case; `None` if we never
    /// wrote such a name. Whatever the form, our own spelling is understood.
    pub(crate) fn read(name: &[u8], form: IdForm, unix_ns: u64) -> Option<Self> {
        if name.len() == SHORT_LEN {
            return Self::short(value(name, 32)?, unix_ns / 1_000_000);
        }
        let (hex, decimal) = match form {
            IdForm::Auto | IdForm::Text | IdForm::Short => (false, false),
            IdForm::Hex => (true, false),
            IdForm::Decimal => (false, true),
            IdForm::HexThenDecimal => (true, true),
        };
        // Of hexadecimal digits there are at most sixteen, of decimal ones more since 2023.
        let hex = hex && name.len() <= 16;
        if let Some(number) = value(name, 16).filter(|_| hex) {
            return Some(Self::number(number, Spelling::Hex));
        }
        if let Some(number) = value(name, 10).filter(|_| decimal) {
            return Some(Self::number(number, Spelling::Decimal));
        }
        let id = MessageId::parse(name).ok()?;
        Some(Self { first: id, last: id, spelling: Spelling::Own, value: 0 })
    }

    /// Is it this one?
    pub(crate) fn is(&self, id: MessageId) -> bool {
        (self.first..=self.last).contains(&id)
            && match self.spelling {
                Spelling::Own => true,
                Spelling::Hex | Spelling::Decimal => number(id) == self.value,
                Spelling::Short => short(id) == self.value,
            }
    }

    fn number(value: u64, spelling: Spelling) -> Self {
        let millis = value >> NUMBER_FOLD;
        Self::within(millis, spelling, value)
    }

    /// The latest millisecond up to now that ends with the bits the name has.
    fn short(value: u64, unix_ms: u64) -> Option<Self> {
        let named = value >> SHORT_FOLD;
        let now = u64::try_from(MessageId::new(unix_ms, 0, 0, 0).bits() >> MILLIS_SHIFT).ok()?;
        // An id may be a little ahead of the clock: its counter overflows into the future.
        let limit = now + AHEAD_MS;
        let back = limit.wrapping_sub(named) & SHORT_MILLIS;
        let millis = limit.checked_sub(back)?;
        Some(Self::within(millis, Spelling::Short, value))
    }

    fn within(millis: u64, spelling: Spelling, value: u64) -> Self {
        let first = u128::from(millis) << MILLIS_SHIFT;
        let last = first | ((1 << MILLIS_SHIFT) - 1);
        let [first, last] = [first, last].map(MessageId::from_bits);
        Self { first, last, spelling, value }
    }
}

/// The number of an id, below 2^63.
fn number(id: MessageId) -> u64 {
    let millis = (id.bits() >> MILLIS_SHIFT) as u64 & NUMBER_MILLIS;
    let fold = counter(id) ^ u64::from(id.shard()) << 15 ^ u64::from(id.node()) << 7;
    millis << NUMBER_FOLD | fold & ((1 << NUMBER_FOLD) - 1)
}

/// The short name of an id as a number, below 2^40.
fn short(id: MessageId) -> u64 {
    let millis = (id.bits() >> MILLIS_SHIFT) as u64 & SHORT_MILLIS;
    let fold = counter(id) ^ u64::from(id.shard()) << 7 ^ u64::from(id.node()) << 5;
    millis << SHORT_FOLD | fold & ((1 << SHORT_FOLD) - 1)
}

fn counter(id: MessageId) -> u64 {
    id.bits() as u64 & u64::from(MessageId::COUNTER_MAX)
}

/// Digits to a base, in either case; `None` if there are others, none, or too many.
fn value(digits: &[u8], base: u64) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, octet| {
        let upper = octet.to_ascii_uppercase();
        let digit = DIGITS[..base as usize].iter().position(|known| *known == upper)?;
        value.checked_mul(base)?.checked_add(digit as u64)
    })
}

/// Those of [`MessageId::text`]; the first ten and sixteen are everybody's.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Decimal digits of 2^63.
const SPELLED_MAX: usize = 20;
const SHORT_LEN: usize = 8;
const MILLIS_SHIFT: u32 = 36;
const NUMBER_FOLD: u32 = 23;
const NUMBER_MILLIS: u64 = (1 << 40) - 1;
const SHORT_FOLD: u32 = 10;
const SHORT_MILLIS: u64 = (1 << 30) - 1;
/// How far an id may be ahead of the clock that reads it: clocks are set back now and then.
const AHEAD_MS: u64 = 60_000;

#[cfg(test)]
mod tests;
