//! What a tariff says.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use routing::{Address, Number};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::unit::as_text;
use super::{Instant, Money, Unit, Window, Word};
use crate::{money, zone};

/// Prices by prefix.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Tariff {
    /// ISO 4217.
    pub currency: String,
    /// Millionths of the currency by [`RateKey`], in force while no list is.
    pub prices: BTreeMap<String, i64>,
    /// What a price is for.
    #[serde(default)]
    pub unit: Unit,
    /// A fee for a month by the units of it: that of the most units that were reached.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fees: BTreeMap<u64, Money>,
    /// The zone of its days, hours and months.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub zone: String,
    /// Prices that are in force from an instant on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<Instant, PriceList>,
    /// By prefix: what units cost from so many in a month on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, BTreeMap<u64, Money>>,
    /// What a tier is for.
    #[serde(default, skip_serializing_if = "is_graduated")]
    pub volume: Word<Volume>,
    /// What a month's SMS cost at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Money>,
}

/// Prices that begin, and may end.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// When they end; the list that began before comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
    /// Millionths of the currency by [`RateKey`].
    pub prices: BTreeMap<String, i64>,
}

/// What the price of a tier is for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Volume {
    /// The units from the tier's first one on.
    #[default]
    Graduated,
    /// All units of a month that reaches it.
    AllUnits,
}

/// For what a price is: a prefix, and it may be for a sender and for times of the week, as in
/// `222`, `*`, `222 from 49` or `222 from VIBER mon-fri 20:00-06:00`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RateKey {
    /// What called numbers begin with; empty is every number.
    pub prefix: String,
    /// What calling numbers begin with, or a name; empty is anybody.
    pub sender: String,
    /// When, in the tariff's zone.
    pub window: Option<Window>,
}

impl Default for Tariff {
    fn default() -> Self {
        Self {
            currency: String::new(),
            prices: BTreeMap::new(),
            unit: Unit::default(),
            fees: BTreeMap::new(),
            zone: utc(),
            lists: BTreeMap::new(),
            tiers: BTreeMap::new(),
            volume: Word::default(),
            minimum: None,
        }
    }
}

impl Tariff {
    /// All prices of all lists.
    pub fn all_prices(&self) -> impl Iterator<Item = i64> + '_ {
        let lists = self.lists.values().flat_map(|list| list.prices.values());
        self.prices.values().chain(lists).copied()
    }

    /// The prices that are in force at an instant, Unix nanoseconds.
    pub fn prices_at(&self, at_ns: u64) -> &BTreeMap<String, i64> {
        let begun = self.lists.range(..=Instant(at_ns)).rev();
        let mut holding = begun.filter(|(_, list)| list.until.is_none_or(|until| at_ns < until.0));
        holding.next().map_or(&self.prices, |(_, list)| &list.prices)
    }

    /// Prices and lists as an operator sees them.
    pub(super) fn show(&self, fields: &mut serde_json::Map<String, Value>) {
        fields.insert("prices".to_owned(), shown(&self.prices));
        let lists = self.lists.iter().map(|(from, list)| {
            let mut fields = serde_json::Map::new();
            if let Some(until) = list.until {
                fields.insert("until".to_owned(), until.to_string().into());
            }
            fields.insert("prices".to_owned(), shown(&list.prices));
            (from.to_string(), Value::Object(fields))
        });
        if !self.lists.is_empty() {
            fields.insert("lists".to_owned(), Value::Object(lists.collect()));
        }
    }
}

fn shown(prices: &BTreeMap<String, i64>) -> Value {
    let one = |(key, micros): (&String, &i64)| {
        let key = if key.is_empty() { EVERY } else { key };
        (key.to_owned(), Value::from(money::price(*micros)))
    };
    Value::Object(prices.iter().map(one).collect())
}

impl RateKey {
    /// The key under which a price is kept, of whatever an operator wrote.
    pub fn canonical(text: &str) -> Result<String, String> {
        Ok(text.parse::<Self>()?.to_string())
    }

    /// Is it for everybody at any time?
    pub fn is_plain(&self) -> bool {
        self.sender.is_empty() && self.window.is_none()
    }

    /// Are both for the same prefix and sender, at hours of which some are the same?
    pub fn meets(&self, other: &Self) -> bool {
        let (Some(one), Some(two)) = (&self.window, &other.window) else { return false };
        let same = self.prefix == other.prefix && self.sender == other.sender;
        same && one
            .pieces()
            .any(|one| two.pieces().any(|two| one.contains(two.from) || two.contains(one.from)))
    }

    /// As shards know it.
    pub fn special(&self, price_micros: i64) -> routing::Special {
        let number = Number::parse(self.sender.as_bytes()).map_or(0, Number::packed);
        let name = if number == 0 { self.sender.to_ascii_lowercase() } else { String::new() };
        let windows = self.window.iter().flat_map(|window| window.pieces()).collect();
        routing::Special { sender: number, name, windows, price_micros }
    }
}

impl FromStr for RateKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let prefix = words.next().unwrap_or(EVERY);
        let prefix = if prefix == EVERY { "" } else { prefix.strip_prefix('+').unwrap_or(prefix) };
        let mut rest: Vec<&str> = words.collect();
        let mut key = Self { prefix: prefix.to_owned(), sender: String::new(), window: None };
        if !prefix.is_empty() && Number::parse(prefix.as_bytes()).is_err() {
            let max = Number::DIGITS_MAX;
            return Err(format!("prefix '{prefix}' is not made of 1 to {max} digits"));
        }
        if let ["from", sender, ..] = rest[..] {
            let sender = sender.strip_prefix('+').unwrap_or(sender);
            let digits = sender.bytes().all(|octet| octet.is_ascii_digit());
            let max = if digits { Number::DIGITS_MAX } else { Address::LEN_MAX };
            if sender.len() > max || !sender.bytes().all(|octet| octet.is_ascii_graphic()) {
                return Err(format!("'{sender}' of '{text}' is no sender"));
            }
            key.sender = sender.to_owned();
            rest.drain(..2);
        }
        if !rest.is_empty() {
            let hours =
                if rest.iter().any(|word| word.contains(':')) { "" } else { " 00:00-24:00" };
            let window: Window = format!("{}{hours}", rest.join(" ")).parse().map_err(|_| {
                format!("'{text}' is no price's key; write '222 from 49 mon-fri 20:00-06:00'")
            })?;
            key.window = Some(window);
        }
        Ok(key)
    }
}

impl fmt::Display for RateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_plain() {
            return f.write_str(&self.prefix);
        }
        f.write_str(if self.prefix.is_empty() { EVERY } else { &self.prefix })?;
        if !self.sender.is_empty() {
            write!(f, " from {}", self.sender)?;
        }
        if let Some(window) = &self.window {
            write!(f, " {window}")?;
        }
        Ok(())
    }
}

as_text! { RateKey }

fn utc() -> String {
    zone::UTC.to_owned()
}

fn is_utc(name: &str) -> bool {
    name == zone::UTC
}

fn is_graduated(volume: &Word<Volume>) -> bool {
    volume.0 == Volume::Graduated
}

/// How a shell lets one write the empty prefix.
pub const EVERY: &str = "*";

#[cfg(test)]
mod tests;
