//! What next hops call the Sms they took, in whatever dialect.
//!
//! A name is kept as the hash of its plain form, so that finding it is one look and keeping it
//! costs no memory of its own. Plain is: without blanks around it, without case, without
//! leading zeros. Peers that name an Sms in hexadecimal digits and report on it in decimal
//! ones, or the other way round, are understood by the number.
//!
//! Nobody must say which of these a peer does: the first receipt that fits teaches it. One that
//! fits by its number only must come from the number that was called.

use std::collections::BTreeMap;
use std::hash::Hasher;

use routing::{IdForm, MessageId};

use crate::egress::queues::ConnectionKey;
use crate::tables::{Table, digest};

/// What next hops call the Sms they took. Bounded by the flights of the shard.
#[derive(Debug, Default)]
pub(crate) struct Names {
    taken: Table<(ConnectionKey, u64), MessageId>,
    /// How the peers of connections were found to write, of which nothing was agreed.
    learned: BTreeMap<ConnectionKey, Turn>,
}

/// How the name in a receipt comes from the name in the answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Turn {
    /// It is the same.
    Same,
    /// The answer has hexadecimal digits, the receipt decimal ones.
    HexToDecimal,
    /// The other way round.
    DecimalToHex,
}

impl Names {
    /// The next hop calls this Sms so.
    pub(crate) fn named(&mut self, key: ConnectionKey, form: IdForm, name: &[u8], id: MessageId) {
        self.taken.insert((key, plain(form, name)), id);
    }

    /// Which Sms the next hop means in a receipt. `called` says whether the receipt comes from
    /// the number that an Sms was for.
    pub(crate) fn meant(
        &mut self,
        key: ConnectionKey,
        form: IdForm,
        name: &[u8],
        called: impl Fn(MessageId) -> bool,
    ) -> Option<MessageId> {
        let known = self.turns(key, form);
        for turn in known {
            let hash = turned(*turn, form, name);
            let found = hash.and_then(|hash| self.taken.get(&(key, hash))).copied();
            let Some(id) = found.filter(|id| *turn == Turn::Same || called(*id)) else { continue };
            if known.len() > 1 {
                self.learned.insert(key, *turn);
            }
            return Some(id);
        }
        None
    }

    /// As what a receipt may have come that is about the Sms of this name.
    pub(crate) fn receipts_of(
        &self,
        key: ConnectionKey,
        form: IdForm,
        name: &[u8],
    ) -> impl Iterator<Item = (Turn, u64)> {
        let turns = self.turns(key, form).iter();
        turns.filter_map(move |turn| Some((*turn, turned(turn.back(), form, name)?)))
    }

    pub(crate) fn forget_name(&mut self, key: ConnectionKey, form: IdForm, name: &[u8]) {
        self.taken.remove(&(key, plain(form, name)));
    }

    fn turns(&self, key: ConnectionKey, form: IdForm) -> &'static [Turn] {
        match (form, self.learned.get(&key)) {
            (IdForm::Auto, None) => &[Turn::Same, Turn::HexToDecimal, Turn::DecimalToHex],
            (IdForm::Auto, Some(Turn::HexToDecimal)) | (IdForm::HexThenDecimal, _) => {
                &[Turn::HexToDecimal]
            }
            (IdForm::Auto, Some(Turn::DecimalToHex)) => &[Turn::DecimalToHex],
            (IdForm::Auto, Some(Turn::Same))
            | (IdForm::Text | IdForm::Hex | IdForm::Decimal | IdForm::Short, _) => &[Turn::Same],
        }
    }
}

impl Turn {
    fn back(self) -> Self {
        match self {
            Self::Same => Self::Same,
            Self::HexToDecimal => Self::DecimalToHex,
            Self::DecimalToHex => Self::HexToDecimal,
        }
    }
}

/// The hash of a name's plain form.
pub(crate) fn plain(form: IdForm, name: &[u8]) -> u64 {
    let mut hasher = digest();
    let name = name.trim_ascii();
    if form == IdForm::Text {
        hasher.write(name);
        return hasher.finish();
    }
    // A peer of SMPP 3.3 may cut what it was given to eight.
    let name = if form == IdForm::Short { &name[..name.len().min(8)] } else { name };
    let zeros = name.iter().take_while(|octet| **octet == b'0').count();
    name[zeros..].iter().for_each(|octet| hasher.write_u8(octet.to_ascii_uppercase()));
    hasher.finish()
}

/// The hash of the name in the answer to which the name in a receipt turns back.
fn turned(turn: Turn, form: IdForm, name: &[u8]) -> Option<u64> {
    let text = str::from_utf8(name.trim_ascii()).ok()?;
    match turn {
        Turn::Same => Some(plain(form, name)),
        Turn::HexToDecimal => Some(digits(form, text.parse().ok()?, 16)),
        Turn::DecimalToHex => Some(digits(form, u128::from_str_radix(text, 16).ok()?, 10)),
    }
}

/// The hash of a number as it is written to a base.
fn digits(form: IdForm, mut number: u128, base: u128) -> u64 {
    let mut octets = [b'0'; DIGITS_MAX];
    let mut first = DIGITS_MAX;
    while number > 0 {
        first -= 1;
        octets[first] = b"0123456789ABCDEF"[(number % base) as usize];
        number /= base;
    }
    plain(form, &octets[first..])
}

/// Decimal digits of 128 bits.
const DIGITS_MAX: usize = 39;

#[cfg(test)]
mod tests;
