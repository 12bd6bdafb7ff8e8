//! Settings that are written with a unit or in a form of their own.

use std::fmt;
use std::str::FromStr;

use crate::money;
use serde::de::{Deserialize, Deserializer, Error};

/// A span of time: `30s`, `500ms`, `2m`, `1h`. Never zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// Milliseconds.
    pub ms: u32,
}

/// An amount of money: `5.00`, of whatever currency is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Money {
    /// Millionths.
    pub micros: i64,
}

/// What a price is for: `sms`, `segment`, or a number of characters.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Unit(pub routing::Unit);

/// Type of number and numbering plan: `5/0`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Plane(pub routing::Plane);

/// What becomes of a calling address that a carrier may not use: `refuse`, or the address that
/// takes its place, such as `INFO` or `4912345:1/1`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Foreign(pub routing::ForeignSource);

/// The version of SMPP we bind with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Version(pub u8);

/// A command_status: `0x45` or `69`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Status(pub u32);

impl Default for Version {
    fn default() -> Self {
        Self(0x34)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no span of time; write 500ms, 30s, 2m or 1h");
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at(digits);
        let count: u32 = count.parse().map_err(|_| wrong())?;
        let unit = UNITS.iter().find(|(word, _)| *word == unit).ok_or_else(wrong)?;
        let ms = count.checked_mul(unit.1).filter(|ms| (1..=DAY_MS).contains(ms));
        Ok(Self { ms: ms.ok_or_else(|| format!("'{text}' is not between 1ms and 24h"))? })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().rev().find(|(_, ms)| self.ms.is_multiple_of(*ms));
        let (word, ms) = whole.expect("every span is a multiple of a millisecond");
        write!(f, "{}{word}", self.ms / ms)
    }
}

impl FromStr for Money {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let micros = money::parse_micros(text);
        Ok(Self { micros: micros.map_err(|error| format!("'{text}': {error}"))? })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&money::amount(self.micros))
    }
}

impl FromStr for Unit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("'{text}' is no unit; write sms, segment or a number of characters");
        Ok(Self(match text {
            "sms" => routing::Unit::Sms,
            "segment" => routing::Unit::Segment,
            _ => {
                let each = text.parse().ok().filter(|each| *each > 0).ok_or_else(wrong)?;
                routing::Unit::Characters(each)
            }
        }))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            routing::Unit::Sms => f.write_str("sms"),
            routing::Unit::Segment => f.write_str("segment"),
            routing::Unit::Characters(each) => write!(f, "{each}"),
        }
    }
}

impl FromStr for Plane {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(ton, npi)| Some((ton.parse().ok()?, npi.parse().ok()?)));
        let (ton, npi) = parts.ok_or_else(|| {
            format!("'{text}' is no TON/NPI; write 1/1 for numbers, 5/0 for names")
        })?;
        Ok(Self(routing::Plane { ton, npi }))
    }
}

impl fmt::Display for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.ton, self.0.npi)
    }
}

impl FromStr for Foreign {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == REFUSE {
            return Ok(Self(routing::ForeignSource::Refuse));
        }
        let (address, plane) = match text.rsplit_once(':') {
            Some((address, plane)) => (address, plane.parse::<Plane>()?.0),
            None if text.bytes().all(|octet| octet.is_ascii_digit()) => (text, NUMBER),
            None => (text, NAME),
        };
        let fits = (1..=ADDRESS_MAX).contains(&address.len())
            && address.bytes().all(|octet| matches!(octet, b' '..=b'~'));
        if !fits {
            return Err(format!("'{address}' is no address: it has 1 to {ADDRESS_MAX} characters"));
        }
        Ok(Self(routing::ForeignSource::Rewrite { address: address.to_owned(), plane }))
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            routing::ForeignSource::Refuse => f.write_str(REFUSE),
            routing::ForeignSource::Rewrite { address, plane } => {
                write!(f, "{address}:{}", Plane(*plane))
            }
        }
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = VERSIONS.iter().find(|(word, _)| *word == text);
        let (_, version) = known
            .ok_or_else(|| format!("'{text}' is no version of SMPP; there are 3.3, 3.4 and 5.0"))?;
        Ok(Self(*version))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 4, self.0 & 0x0F)
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => text.parse().ok(),
        };
        match number {
            None => Err(format!("'{text}' is no command_status; write it as 0x45 or 69")),
            Some(0) => Err("command_status 0 means that the peer has the Sms".to_owned()),
            Some(number) => Ok(Self(number)),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:02X}", self.0)
    }
}

/// A count: plain, or with thousands as `500k`, `2M` or `1_000_000`.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let wrong = || format!("'{text}' is no count; write 500, 10k, 2M or 1_000_000");
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k') => (&text[..text.len() - 1], 1_000),
        Some(b'M') => (&text[..text.len() - 1], 1_000_000),
        _ => (text, 1),
    };
    let digits = digits.replace('_', "");
    digits.parse::<u64>().ok().and_then(|count| count.checked_mul(unit)).ok_or_else(wrong)
}

/// Reads a count that is a number or a text with a unit.
pub(super) fn read_count<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: TryFrom<u64>,
{
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Either {
        Plain(u64),
        Words(String),
    }
    let whole = match Either::deserialize(deserializer) {
        Ok(Either::Plain(count)) => count,
        Ok(Either::Words(text)) => count(&text).map_err(D::Error::custom)?,
        Err(_) => return Err(D::Error::custom("it is no count; write 500, 10k or 2M")),
    };
    N::try_from(whole).map_err(|_| D::Error::custom(format!("{whole} is too many")))
}

/// The shape of a count.
pub(super) struct Count;

impl schemars::JsonSchema for Count {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Count".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"],
            "minimum": 0,
            "pattern": "^[0-9_]+[kM]?$",
            "description": "A count: 500, \"10k\", \"2M\" or \"1_000_000\"."
        })
    }
}

macro_rules! as_text {
    ($($kind:ident)*) => {
        $(impl schemars::JsonSchema for $kind {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }

        impl serde::Serialize for $kind {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D>(deserializer: D) -> Result<Self, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        })*
    };
}

pub(super) use as_text;

as_text! { Money Span Unit Plane Foreign Version Status }

const UNITS: [(&str, u32); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
const DAY_MS: u32 = 86_400_000;
const VERSIONS: [(&str, u8); 3] = [("3.3", 0x33), ("3.4", 0x34), ("5.0", 0x50)];
const REFUSE: &str = "refuse";

/// What an address of digits is: international, ISDN.
const NUMBER: routing::Plane = routing::Plane { ton: 1, npi: 1 };

/// What any other address is: alphanumeric.
const NAME: routing::Plane = routing::Plane { ton: 5, npi: 0 };

/// SMPP 3.4 §5.2.8: 21 octets with the NUL.
const ADDRESS_MAX: usize = 20;

#[cfg(test)]
mod tests;
