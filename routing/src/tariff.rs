//! What a number costs.
//!
//! A tariff has price lists, each from an instant on, and of those one is in force at any time:
//! which one is decided by the instant at which an Sms was accepted, on every shard alike and
//! without control. In a list the longest prefix of the number decides. Prices for some senders
//! or for some hours stand beside the others, so that a number without such a price costs no
//! more to rate for them.

use rkyv::{Archive, Deserialize, Serialize};

use crate::{Address, Charge, Hold, Number, Refund};

mod list;
mod zone;

pub use list::{ArchivedPriceList, Price, PriceList, Rate, Special};
pub use zone::Offset;

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
    /// What is counted.
    pub unit: Unit,
    /// Its price lists: the one without a beginning, then the others by their beginning.
    pub lists: Vec<PriceList>,
    /// Which list is in force from when on, ascending; the first from the beginning of time.
    pub spans: Vec<Span>,
    /// What the clocks of its zone say; empty is UTC.
    pub offsets: Vec<Offset>,
}

/// From an instant up to the next span, one list is in force.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Span {
    /// The first instant, Unix nanoseconds.
    pub from_ns: u64,
    /// The place of the list.
    pub list: u32,
}

/// What a price depends on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The called number.
    pub number: Number,
    /// The calling address.
    pub calling: &'a Address,
    /// When, Unix nanoseconds.
    pub at_ns: u64,
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

impl Tariff {
    /// Makes a tariff of one list, for everybody at any time; of two prices for one prefix the
    /// later one wins.
    pub fn new(id: u32, name: &str, version: u32, currency: &str, rates: Vec<Rate>) -> Self {
        let (name, currency) = (name.to_owned(), currency.to_owned());
        let lists = vec![PriceList::new(0, rates)];
        let spans = vec![Span { from_ns: 0, list: 0 }];
        let (unit, offsets) = (Unit::default(), Vec::new());
        Self { id, name, version, currency, unit, lists, spans, offsets }
    }

    /// The same with more lists, each from its beginning up to, and not with, an end; 0 is for
    /// ever. Of several that hold at an instant the one that began last is in force.
    pub fn with_lists(mut self, lists: Vec<(PriceList, u64)>) -> Self {
        let mut ends = vec![u64::MAX];
        for (list, until_ns) in lists {
            self.lists.push(list);
            ends.push(if until_ns == 0 { u64::MAX } else { until_ns });
        }
        let mut cuts: Vec<u64> = self.lists.iter().map(|list| list.since_ns).collect();
        cuts.extend(ends.iter().filter(|end| **end != u64::MAX));
        cuts.sort_unstable();
        cuts.dedup();
        self.spans.clear();
        for from_ns in cuts {
            let holding = self.lists.iter().zip(&ends).enumerate();
            let holding = holding
                .filter(|(_, (list, until_ns))| (list.since_ns..**until_ns).contains(&from_ns));
            let latest = holding.max_by_key(|(at, (list, _))| (list.since_ns, *at));
            let list = latest.map_or(0, |(at, _)| at as u32);
            if self.spans.last().is_none_or(|span| span.list != list) {
                self.spans.push(Span { from_ns, list });
            }
        }
        self
    }
}

impl ArchivedTariff {
    /// The price of `units` units; `None` if no prefix has a price, which is not the same as a
    /// price of zero.
    pub fn charge(&self, asked: &Asked<'_>, units: u32) -> Option<Charge> {
        let list = self.list_at(asked.at_ns)?;
        let Price { prefix, price_micros } = list.price(asked, &self.offsets)?;
        Some(Charge {
            tariff: self.id.to_native(),
            version: self.version.to_native(),
            since_ns: list.since_ns.to_native(),
            prefix,
            price_micros,
            units,
            amount_micros: price_micros.checked_mul(i64::from(units))?,
            hold: Hold::Nothing,
            refund: Refund::default(),
        })
    }

    /// The list that is in force at an instant.
    pub fn list_at(&self, at_ns: u64) -> Option<&ArchivedPriceList> {
        let spans = self.spans.as_slice();
        let span = match spans {
            [only] => only,
            several => {
                let begun = several.partition_point(|span| span.from_ns.to_native() <= at_ns);
                several.get(begun.checked_sub(1)?)?
            }
        };
        self.lists.get(span.list.to_native() as usize)
    }

    /// Does a price hold at some hours only?
    pub fn has_hours(&self) -> bool {
        self.lists.iter().any(ArchivedPriceList::has_hours)
    }

    /// Can every lookup be answered?
    pub(crate) fn is_sound(&self) -> bool {
        self.lists.iter().all(ArchivedPriceList::is_sound)
    }
}

#[cfg(test)]
mod tests;
