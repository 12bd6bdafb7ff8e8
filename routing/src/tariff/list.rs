//! One price list.
//!
//! What the table says of a prefix is its price already, so that rating waits for memory once:
//! a value is how many digits the prefix has and the price ([`Said`]).

use rkyv::{Archive, Deserialize, Serialize};

use super::Asked;
use super::zone::{ArchivedOffset, minute_there};
use crate::policy::ArchivedWindow;
use crate::table::{PrefixTable, VALUE_MAX};
use crate::{Address, Number, Window};

/// Prices that are in force together.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct PriceList {
    /// When it began, Unix nanoseconds; 0 is without a beginning.
    pub since_ns: u64,
    /// How many prices for everybody at any time it was made of.
    pub rates: u32,
    /// Prices that no value of the table holds, ascending.
    dear: Vec<i64>,
    /// Prefixes that have other prices, too, the shorter ones first.
    groups: Vec<Group>,
    /// From prefix to what is [`Said`] of it.
    table: PrefixTable,
}

/// One price.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
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
    /// The prefix; `None` stands for every number.
    pub prefix: Option<Number>,
    /// Price of one unit in millionths of the currency.
    pub price_micros: i64,
}

/// The prices of a prefix of which some are not for everybody.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Group {
    prefix: u64,
    /// What is said of a sender first, and of more of its digits before fewer; then hours.
    specials: Vec<Special>,
    /// What the table would say if there were none of them: a price, a group before this one,
    /// or [`NONE`].
    otherwise: u32,
}

/// What a value of the table says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Said {
    /// What numbers that begin with so many digits of theirs cost.
    Price {
        /// So many digits.
        digits: u32,
        /// In millionths; less than [`DEAR`].
        micros: u32,
    },
    /// The same, where the price stands aside.
    Dear {
        /// So many digits.
        digits: u32,
        /// Where the price stands.
        at: u32,
    },
    /// Not all pay the same.
    Group(u32),
}

impl Said {
    fn value(self) -> u32 {
        match self {
            Self::Price { digits, micros } => digits << DIGITS_AT | micros,
            Self::Dear { digits, at } => digits << DIGITS_AT | DEAR | at,
            Self::Group(at) => GROUP << DIGITS_AT | at,
        }
    }

    #[inline(always)]
    fn of(value: u32) -> Self {
        let (digits, rest) = (value >> DIGITS_AT, value & (2 * DEAR - 1));
        match rest & DEAR {
            _ if digits == GROUP => Self::Group(rest),
            0 => Self::Price { digits, micros: rest },
            _ => Self::Dear { digits, at: rest - DEAR },
        }
    }
}

impl PriceList {
    /// Prices for everybody; of two for one prefix the later one wins.
    pub fn new(since_ns: u64, rates: Vec<Rate>) -> Self {
        Self::with_specials(since_ns, rates, Vec::new())
    }

    /// The same, and others for the prefixes they stand beside.
    pub fn with_specials(since_ns: u64, rates: Vec<Rate>, specials: Vec<(u64, Special)>) -> Self {
        let cheap = |micros: i64| u32::try_from(micros).ok().filter(|micros| *micros < DEAR);
        let prices = rates.iter().map(|rate| rate.price_micros);
        let mut dear: Vec<i64> = prices.filter(|micros| cheap(*micros).is_none()).collect();
        dear.sort_unstable();
        dear.dedup();
        assert!(dear.len() < DEAR as usize, "a list has at most as many prices as fit");
        let said = |rate: &Rate| {
            let digits = Number::from_packed(rate.prefix).map_or(0, Number::len) as u32;
            let aside = || dear.partition_point(|one| *one < rate.price_micros) as u32;
            let said = cheap(rate.price_micros).map_or_else(
                || Said::Dear { digits, at: aside() },
                |micros| Said::Price { digits, micros },
            );
            (rate.prefix, said.value())
        };
        let mut values: Vec<(u64, u32)> = rates.iter().map(said).collect();
        let groups = if specials.is_empty() { Vec::new() } else { grouped(&values, specials) };
        for (at, group) in (0..).zip(&groups) {
            values.push((group.prefix, Said::Group(at).value()));
        }
        let values = values.into_iter().map(|(prefix, value)| (Number::from_packed(prefix), value));
        let table = PrefixTable::build(values);
        let rates = u32::try_from(rates.len()).expect("fewer than 2^32 prices");
        Self { since_ns, rates, dear, groups, table }
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
        known.insert(prefix, Said::Group(groups.len() as u32).value());
        groups.push(Group { prefix, specials, otherwise: around.unwrap_or(NONE) });
    }
    assert!(groups.len() < DEAR as usize, "a list has at most as many groups as fit");
    groups
}

impl ArchivedPriceList {
    /// What is asked for costs this.
    #[inline]
    pub(super) fn price(&self, asked: &Asked<'_>, zone: &[ArchivedOffset]) -> Option<Price> {
        let mut said = Said::of(self.table.longest(asked.number)?);
        if let Said::Group(_) = said {
            said = match self.special(said, asked, zone)? {
                Ok(price) => return Some(price),
                Err(said) => said,
            };
        }
        let (digits, price_micros) = match said {
            Said::Price { digits, micros } => (digits, i64::from(micros)),
            Said::Dear { digits, at } => (digits, self.dear.get(at as usize)?.to_native()),
            Said::Group(_) => return None,
        };
        Some(Price { prefix: asked.number.prefix(digits as usize), price_micros })
    }

    /// What the groups ask for from this one on, or what is said where none of them holds.
    fn special(
        &self,
        mut said: Said,
        asked: &Asked<'_>,
        zone: &[ArchivedOffset],
    ) -> Option<Result<Price, Said>> {
        let holds = |special: &&ArchivedSpecial| special.holds(asked, zone);
        while let Said::Group(at) = said {
            let group = self.groups.get(at as usize)?;
            if let Some(special) = group.specials.iter().find(holds) {
                let price_micros = special.price_micros.to_native();
                let prefix = Number::from_packed(group.prefix.to_native());
                return Some(Ok(Price { prefix, price_micros }));
            }
            let otherwise = group.otherwise.to_native();
            if otherwise == NONE {
                return None;
            }
            said = Said::of(otherwise);
        }
        Some(Err(said))
    }

    pub(super) fn has_hours(&self) -> bool {
        let mut specials = self.groups.iter().flat_map(|group| group.specials.iter());
        specials.any(|special| !special.windows.is_empty())
    }

    pub(super) fn is_sound(&self) -> bool {
        let fits = |value: u32, groups: usize| match Said::of(value) {
            Said::Price { digits, .. } => digits as usize <= Number::DIGITS_MAX,
            Said::Dear { digits, at } => {
                digits as usize <= Number::DIGITS_MAX && (at as usize) < self.dear.len()
            }
            Said::Group(at) => (at as usize) < groups,
        };
        let leads = |(at, group): (usize, &ArchivedGroup)| {
            let otherwise = group.otherwise.to_native();
            otherwise == NONE || otherwise < NONE && fits(otherwise, at)
        };
        self.table.is_sound_where(|value| fits(value, self.groups.len()))
            && self.groups.iter().enumerate().all(leads)
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
const NONE: u32 = VALUE_MAX;

/// Where in a value it stands how many digits the prefix has: at most eighteen.
const DIGITS_AT: u32 = 26;

/// The price stands aside: one of 33.554432 or more, or one below nothing. Behind it there are as
/// many places as prices below it.
const DEAR: u32 = 1 << (DIGITS_AT - 1);

/// What stands there for a group. With all the places behind it that would be [`NONE`].
const GROUP: u32 = 31;

#[cfg(test)]
mod tests;
