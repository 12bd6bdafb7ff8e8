//! Tariffs: lists of prices, and what the clocks of their zone say.

use std::collections::BTreeMap;

use routing::{Number, PriceList, Rate};

use crate::fault::Outcome;
use crate::model::{Entry, RateKey, Tariff};
use crate::zone;

pub(super) fn tariff(name: &str, entry: &Entry, body: &Tariff) -> Outcome<routing::Tariff> {
    let (lists, mut timed) = (&body.lists, false);
    let mut read = |since_ns: u64, prices: &BTreeMap<String, i64>| {
        let (list, has_hours) = list(since_ns, prices);
        timed |= has_hours;
        list
    };
    let first = read(0, &body.prices);
    let later = lists
        .iter()
        .map(|(from, list)| (read(from.0, &list.prices), list.until.map_or(0, |until| until.0)));
    let later = later.collect();
    let tariff = routing::Tariff::new(entry.id, name, entry.version, &body.currency, Vec::new());
    let tariff = routing::Tariff { lists: vec![first], ..tariff }.with_lists(later);
    let offsets = if timed { zone::offsets(&zone::zone(&body.zone)?) } else { Vec::new() };
    Ok(routing::Tariff { unit: body.unit.0, offsets, ..tariff })
}

/// A list, and whether one of its prices holds at some hours only.
fn list(since_ns: u64, prices: &BTreeMap<String, i64>) -> (PriceList, bool) {
    let (mut rates, mut specials, mut timed) = (Vec::new(), Vec::new(), false);
    for (key, price_micros) in prices {
        let number = |prefix: &str| Number::parse(prefix.as_bytes()).map_or(0, Number::packed);
        if !key.contains(' ') {
            rates.push(Rate { prefix: number(key), price_micros: *price_micros });
        } else if let Ok(key) = key.parse::<RateKey>() {
            timed |= key.window.is_some();
            specials.push((number(&key.prefix), key.special(*price_micros)));
        }
    }
    (PriceList::with_specials(since_ns, rates, specials), timed)
}
