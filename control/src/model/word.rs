//! Settings that are one of a few words.

use std::borrow::Cow;
use std::fmt;

use routing::{
    AckLevel, BindKind, DefaultAlphabet, Devices, IdForm, Incomplete, Meaning, National, Order,
    Proof, ReceiptForm, Segmenting, State, Unknown,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::Volume;
use crate::fault::nearest;

/// What operators call the values of a setting.
pub trait Words: Copy + PartialEq + 'static {
    /// What one of them is.
    const WHAT: &'static str;
    /// Every value with its word.
    const WORDS: &'static [(&'static str, Self)];
}

/// A value that is written as its word.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Word<T>(pub T);

impl<T: Words> Word<T> {
    /// The word.
    pub fn word(self) -> &'static str {
        let known = T::WORDS.iter().find(|(_, value)| *value == self.0);
        known.expect("every value has its word").0
    }

    /// The value of a word, or in words why it has none.
    pub fn parse(word: &str) -> Result<Self, String> {
        if let Some((_, value)) = T::WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(Self(*value));
        }
        let words = || T::WORDS.iter().map(|(known, _)| *known);
        let all = words().collect::<Vec<_>>().join(", ");
        Err(match nearest(word, words()) {
            Some(near) => format!("'{word}' is no {}; did you mean {near}? ({all})", T::WHAT),
            None => format!("'{word}' is no {}; there are {all}", T::WHAT),
        })
    }
}

impl<T: Words> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl<T: Words> JsonSchema for Word<T> {
    fn schema_name() -> Cow<'static, str> {
        T::WHAT.into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
        json_schema!({ "enum": words })
    }
}

impl<T: Words> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de, T: Words> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An end after which a charge may be given back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct End(pub State);

impl Words for End {
    const WHAT: &'static str = "end";
    const WORDS: &'static [(&'static str, Self)] = &[
        ("expired", Self(State::Expired)),
        ("deleted", Self(State::Deleted)),
        ("undeliverable", Self(State::Undeliverable)),
        ("unknown", Self(State::Unknown)),
        ("rejected", Self(State::Rejected)),
    ];
}

impl Words for Order {
    const WHAT: &'static str = "order";
    const WORDS: &'static [(&'static str, Self)] = super::route::ORDERS;
}

macro_rules! words {
    ($($kind:ident, $what:literal: $($word:literal = $value:ident),+;)*) => {
        $(impl Words for $kind {
            const WHAT: &'static str = $what;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$value)),+];
        })*
    };
}

words! {
    DefaultAlphabet, "alphabet":
        "gsm" = Gsm, "gsm-packed" = GsmPacked, "ascii" = Ascii, "latin1" = Latin1, "utf8" = Utf8;
    IdForm, "form of message ids":
        "auto" = Auto, "text" = Text, "hex" = Hex, "decimal" = Decimal,
        "hex-then-decimal" = HexThenDecimal, "short" = Short;
    ReceiptForm, "form of receipts":
        "both" = Both, "words" = Words, "seconds" = Seconds, "tlvs" = Tlvs;
    AckLevel, "ack level":
        "durable" = Durable, "delivered" = Delivered, "memory" = Memory;
    Unknown, "way with unknown outcomes":
        "resend" = Resend, "hold" = Hold, "fail" = Fail;
    Incomplete, "way with incomplete texts": "deliver" = Deliver, "expire" = Expire;
    Proof, "proof of delivery": "accepted" = Accepted, "handset" = Handset;
    Segmenting, "way to send a long text":
        "udh" = Udh, "udh16" = Udh16, "sar" = Sar, "payload" = Payload;
    National, "language with national tables":
        "turkish" = Turkish, "spanish" = Spanish, "portuguese" = Portuguese, "bengali" = Bengali,
        "gujarati" = Gujarati, "hindi" = Hindi, "kannada" = Kannada, "malayalam" = Malayalam,
        "oriya" = Oriya, "punjabi" = Punjabi, "tamil" = Tamil, "telugu" = Telugu, "urdu" = Urdu;
    Meaning, "verdict":
        "busy" = Busy, "temporary" = Temporary, "permanent" = Permanent;
    Volume, "kind of tiers": "graduated" = Graduated, "all-units" = AllUnits;
    Devices, "choice of devices": "any" = Any, "all" = All;
    BindKind, "kind of bind":
        "transceiver" = Transceiver, "transmitter" = Transmitter, "receiver" = Receiver;
}

#[cfg(test)]
mod tests;
