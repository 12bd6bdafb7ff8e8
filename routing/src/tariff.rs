//! What a number costs.

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::PrefixTable;
use crate::{Charge, Hold, Number};

/// Prices by the longest prefix of the E.164 number.
#[derive(Archive, Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Tariff {
    /// Given by control once, never used again for another tariff.
    pub id: u32,
    /// Its name for people.
    pub name: String,
    /// Grows with every change of a price; a charge names it.
    pub version: u32,
    /// ISO 4217, such as `USD`.
    pub currency: String,
    /// The prices, in the order of `table`'s values.
    pub rates: Vec<Rate>,
    /// What is counted.
    pub unit: Unit,
    /// From prefix to index in `rates`.
    pub table: PrefixTable,
}

/// What a price is for.
#[derive(Archive, Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Unit {
    /// One Sms, as it was submitted: of a text in several segments each is one.
    #[default]
    Sms,
    /// One message as phones have it: a text that was submitted whole counts as the segments it
    /// takes.
    Segment,
    /// So many characters of an Sms, begun ones included: septets, UTF-16 units or octets.
    Characters(u16),
}

/// One price.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Rate {
    /// The packed prefix; 0 stands for every number.
    pub prefix: u64,
    /// Price of one unit in millionths of the currency.
    pub price_micros: i64,
}

impl Tariff {
    /// Makes a tariff from its prices; of two prices for one prefix the later one wins.
    pub fn new(id: u32, name: &str, version: u32, currency: &str, rates: Vec<Rate>) -> Self {
        let table = PrefixTable::build(rates.iter().enumerate().map(|(at, rate)| {
            (Number::from_packed(rate.prefix), u32::try_from(at).expect("fewer than 2^32 rates"))
        }));
        let (name, currency) = (name.to_owned(), currency.to_owned());
        Self { id, name, version, currency, unit: Unit::default(), rates, table }
    }
}

impl ArchivedTariff {
    /// The price of `units` units to a number; `None` if no prefix has a price, which is not
    /// the same as a price of zero.
    pub fn charge(&self, number: Number, units: u32) -> Option<Charge> {
        let rate = self.rates.get(self.table.longest(number)? as usize)?;
        let price_micros = rate.price_micros.to_native();
        Some(Charge {
            tariff: self.id.to_native(),
            version: self.version.to_native(),
            prefix: Number::from_packed(rate.prefix.to_native()),
            price_micros,
            units,
            amount_micros: price_micros.checked_mul(i64::from(units))?,
            hold: Hold::Nothing,
        })
    }
}
