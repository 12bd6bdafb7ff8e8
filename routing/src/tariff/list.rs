//! One price list.

use rkyv::{Archive, Deserialize, Serialize};

use super::Asked;
use super::zone::{ArchivedOffset, minute_there};
use crate::policy::ArchivedWindow;
use crate::table::PrefixTable;
use crate::{Address, Number, Window};

/// Prices that are in force together.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PriceList {
    /// When it began, Unix nanoseconds; 0 is without a beginning.
    pub since_ns: u64,
    /// Prices for everybody at any time.
    pub rates: Vec<Rate>,
    /// Prefixes that have other prices, too, the shorter ones first.
    groups: Vec<Group>,
    /// From prefix to a place in `rates`, or behind them in `groups`.
    table: PrefixTable,
}

/// One price.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rate {
    /// The packed prefix; 0 stands for every number.
    pub prefix: u64,
    /// Price of one unit in millionths of the currency.
    pub price_micros: i64,
}

/// A price of a prefix that counts for some senders, or at some hours.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Special {
    /// What calling numbers begin with, packed; 0 is anybody.
    pub sender: u64,
    /// The name that calls, in small letters; empty is anybody.
    pub name: String,
    /// The times of the week in the tariff's zone; none is at any time.
    pub windows: Vec<Window>,
    /// Price of one unit in millionths of the currency.
    pub price_micros: i64,
}

/// What an Sms costs, and the prefix that says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Price {
    /// The packed prefix; 0 stands for every number.
    pub prefix: u64,
    /// Price of one unit in millionths of the currency.
    pub price_micros: i64,
}

/// The prices of a prefix of which some are not for everybody.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Group {
    prefix: u64,
    /// What is said of a sender first, and of more of its digits before fewer; then hours.
    specials: Vec<Special>,
    /// What the table would say if there were none of them: always less than its own place.
    otherwise: u32,
}

impl PriceList {
    /// Prices for everybody; of two for one prefix the later one wins.
    pub fn new(since_ns: u64, rates: Vec<Rate>) -> Self {
        Self::with_specials(since_ns, rates, Vec::new())
    }

    /// The same, and others for the prefixes they stand beside.
    pub fn with_specials(since_ns: u64, rates: Vec<Rate>, specials: Vec<(u64, Special)>) -> Self {
        let place = |at: usize| u32::try_from(at).expect("fewer than 2^32 prices");
        let mut values: Vec<(u64, u32)> =
            rates.iter().enumerate().map(|(at, rate)| (rate.prefix, place(at))).collect();
        let groups = if specials.is_empty() { Vec::new() } else { grouped(&values, specials) };
        for (at, group) in groups.iter().enumerate() {
            values.push((group.prefix, place(rates.len() + at)));
        }
        let table = values.into_iter().map(|(prefix, at)| (Number::from_packed(prefix), at));
        Self { since_ns, table: PrefixTable::build(table), rates, groups }
    }
}

/// The specials of each prefix, the shorter prefixes first, and what holds without them.
fn grouped(values: &[(u64, u32)], specials: Vec<(u64, Special)>) -> Vec<Group> {
    let mut known: std::collections::BTreeMap<u64, u32> = values.iter().copied().collect();
    let mut by_prefix = std::collections::BTreeMap::<u64, Vec<Special>>::new();
    for (prefix, special) in specials {
        by_prefix.entry(prefix).or_default().push(special);
    }
    let mut groups = Vec::with_capacity(by_prefix.len());
    // Packed prefixes ascend with their length, so what is around one is known before it.
    for (prefix, mut specials) in by_prefix {
        specials.sort_by_key(|special| {
            let digits = Number::from_packed(special.sender).map_or(0, Number::len);
            let named = !special.name.is_empty();
            std::cmp::Reverse((named, digits, !special.windows.is_empty()))
        });
        let number = Number::from_packed(prefix);
        let around = (0..=number.map_or(0, Number::len)).rev().find_map(|len| {
            let shorter = number.and_then(|number| number.prefix(len)).map_or(0, Number::packed);
            known.get(&shorter).copied()
        });
        let at = u32::try_from(values.len() + groups.len()).expect("fewer than 2^32 prices");
        groups.push(Group { prefix, specials, otherwise: around.unwrap_or(NONE) });
        known.insert(prefix, at);
    }
    groups
}

impl ArchivedPriceList {
    /// What is asked for costs this.
    pub(super) fn price(&self, asked: &Asked<'_>, zone: &[ArchivedOffset]) -> Option<Price> {
        let mut at = self.table.longest(asked.number)? as usize;
        while let Some(group) = at.checked_sub(self.rates.len()) {
            let group = self.groups.get(group)?;
            let holds = |special: &&ArchivedSpecial| special.holds(asked, zone);
            if let Some(special) = group.specials.iter().find(holds) {
                let price_micros = special.price_micros.to_native();
                return Some(Price { prefix: group.prefix.to_native(), price_micros });
            }
            let next = group.otherwise.to_native() as usize;
            at = if next < at { next } else { return None };
        }
        let rate = self.rates.get(at)?;
        let (prefix, price_micros) = (rate.prefix.to_native(), rate.price_micros.to_native());
        Some(Price { prefix, price_micros })
    }

    pub(super) fn has_hours(&self) -> bool {
        let mut specials = self.groups.iter().flat_map(|group| group.specials.iter());
        specials.any(|special| !special.windows.is_empty())
    }

    pub(super) fn is_sound(&self) -> bool {
        self.table.is_sound(self.rates.len() + self.groups.len())
    }
}

impl ArchivedSpecial {
    fn holds(&self, asked: &Asked<'_>, zone: &[ArchivedOffset]) -> bool {
        self.is_for(asked.calling) && self.is_open(asked.at_ns, zone)
    }

    fn is_for(&self, calling: &Address) -> bool {
        if !self.name.is_empty() {
            return calling.as_bytes().eq_ignore_ascii_case(self.name.as_bytes());
        }
        let Some(sender) = Number::from_packed(self.sender.to_native()) else { return true };
        let number = Number::normalise(calling.ton, calling.as_bytes());
        number.is_ok_and(|number| {
            number.len() >= sender.len() && number.prefix(sender.len()) == Some(sender)
        })
    }

    fn is_open(&self, at_ns: u64, zone: &[ArchivedOffset]) -> bool {
        if self.windows.is_empty() {
            return true;
        }
        let minute = minute_there(at_ns, zone);
        self.windows.iter().any(|window: &ArchivedWindow| window.to_native().contains(minute))
    }
}

/// There is no price around it.
const NONE: u32 = u32::MAX;
