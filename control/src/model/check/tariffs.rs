//! What must hold of a tariff.

use std::collections::BTreeMap;

use super::{Key, Troubles};
use crate::model::{EVERY, RateKey, Tariff};
use crate::zone;

pub(super) fn tariff(troubles: &mut Troubles, key: &Key, tariff: &Tariff) {
    let currency = &tariff.currency;
    let fits = currency.len() == 3 && currency.bytes().all(|octet| octet.is_ascii_uppercase());
    troubles.demand(fits, || {
        format!("{key}: '{currency}' is no currency; use three capital letters such as USD")
    });
    if let Err(fault) = zone::zone(&tariff.zone) {
        troubles.say(format!("{key}: {}", fault.error));
    }
    let mut conditional = Vec::new();
    prices(troubles, key, &tariff.prices, &mut conditional);
    for (from, list) in &tariff.lists {
        troubles.demand(list.until.is_none_or(|until| *from < until), || {
            format!("{key}: its price list from {from} on ends before it begins")
        });
        prices(troubles, key, &list.prices, &mut conditional);
    }
    troubles.demand(tariff.lists.len() <= LISTS_MAX, || {
        format!("{key}: it has more than {LISTS_MAX} price lists; drop those that are over")
    });
    for (prefix, tiers) in &tariff.tiers {
        troubles.demand(!conditional.contains(prefix), || {
            format!("{key}: '{prefix}' has tiers, so it has no price for some senders or hours")
        });
        let kept = if prefix == EVERY { "" } else { prefix };
        let mut all = tariff.lists.values().map(|list| &list.prices).chain([&tariff.prices]);
        troubles.demand(all.any(|prices| prices.contains_key(kept)), || {
            format!("{key}: '{prefix}' has tiers and no price")
        });
        troubles.demand(!tiers.is_empty(), || format!("{key}: '{prefix}' has no tiers"));
    }
}

fn prices(
    troubles: &mut Troubles,
    key: &Key,
    prices: &BTreeMap<String, i64>,
    conditional: &mut Vec<String>,
) {
    let mut timed: Vec<RateKey> = Vec::new();
    for (text, micros) in prices {
        troubles.demand(*micros >= 0, || format!("{key}: the price of '{text}' is negative"));
        let rate = match text.parse::<RateKey>() {
            Ok(rate) => rate,
            Err(error) => {
                troubles.say(format!("{key}: {error}"));
                continue;
            }
        };
        if rate.is_plain() {
            continue;
        }
        let prefix = if rate.prefix.is_empty() { EVERY } else { &rate.prefix };
        conditional.push(prefix.to_owned());
        if rate.window.is_some() {
            if let Some(other) = timed.iter().find(|other| other.meets(&rate)) {
                troubles.say(format!("{key}: '{other}' and '{rate}' hold at the same time"));
            }
            timed.push(rate);
        }
    }
}

/// Ten years of monthly lists; each takes the memory of its prices on every node.
const LISTS_MAX: usize = 120;
