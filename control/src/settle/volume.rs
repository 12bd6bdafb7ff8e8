//! What a month comes to beyond the prices of its Sms: tiers, what it costs at least, and a fee.
//!
//! The ledger holds what each Sms costs by its list, for nobody knows yet how many will follow.
//! What the month's volume makes of it is worked out when it is settled: the same rows always
//! give the same.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Extra, Period, sum_of};
use crate::fault::{Fault, Outcome};
use crate::folio::{Charged, charged};
use crate::model::{EVERY, Money, Tariff, Volume};
use crate::money;
use crate::store::{Db, given};
use crate::zone::{months, zone};

/// Units of one price of one list in a month.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Part {
    tariff: u32,
    prefix: String,
    price_micros: i64,
    units: i64,
    charge_micros: i64,
}

/// The fees of the months that lie in a period as a whole, and what else they come to.
pub(super) fn of(
    db: &Db,
    carrier: u32,
    period: &Period,
    (id, tariff): (u32, &Tariff),
) -> Outcome<(i64, Vec<Extra>)> {
    let (mut fees, mut extras) = (0, Vec::new());
    if tariff.fees.is_empty() && tariff.tiers.is_empty() && tariff.minimum.is_none() {
        return Ok((fees, extras));
    }
    let there = zone(&period.zone)?;
    let since_ns = since_ns(db, carrier)?;
    for (from_ns, to_ns) in months(period.from_ns, period.to_ns, &there)? {
        let parts = parts(db, carrier, (from_ns, to_ns))?;
        if parts.is_empty() && to_ns <= since_ns {
            continue;
        }
        let month = name(from_ns, &there)?;
        let units: i64 = parts.iter().map(|part| part.units).sum();
        fees = sum_of([fees, fee(&tariff.fees, units.unsigned_abs())])?;
        let charged = sum_of(parts.iter().map(|part| part.charge_micros))?;
        let mut tiered = Vec::new();
        for (prefix, tiers) in &tariff.tiers {
            let kept = if prefix == EVERY { "" } else { prefix };
            let own = parts.iter().filter(|part| part.tariff == id && part.prefix == kept);
            let own: Vec<&Part> = own.collect();
            let amount_micros = match tariff.volume.0 {
                Volume::Graduated => graduated(&own, tiers),
                Volume::AllUnits => all_units(&own, tiers),
            };
            let amount_micros = amount_micros.ok_or_else(too_large)?;
            if amount_micros != 0 {
                let what = format!("{month}: volume of '{prefix}'");
                tiered.push(Extra { kind: "tiers".to_owned(), what, amount_micros });
            }
        }
        let volume = sum_of(tiered.iter().map(|extra| extra.amount_micros))?;
        extras.append(&mut tiered);
        if let Some(minimum) = tariff.minimum {
            let lacking = minimum.micros - sum_of([charged, volume])?;
            if lacking > 0 {
                let what = format!("{month}: at least {}", money::amount(minimum.micros));
                extras.push(Extra { kind: "minimum".to_owned(), what, amount_micros: lacking });
            }
        }
    }
    Ok((fees, extras))
}

/// What was charged in a month, the units of earlier lists first.
fn parts(db: &Db, carrier: u32, span: (i64, i64)) -> Outcome<Vec<Part>> {
    let mut sums = charged(db, carrier, span)?;
    sums.retain(|sum| sum.units != 0 || sum.micros != 0);
    let of = |sum: &Charged| {
        let of = sum.of.clone();
        (of.version, of.since_ns, of.prefix, of.price_micros, of.tariff)
    };
    sums.sort_by_key(of);
    let part = |sums: &[Charged]| Part {
        tariff: sums[0].of.tariff,
        prefix: sums[0].of.prefix.clone(),
        price_micros: sums[0].of.price_micros,
        units: sums.iter().map(|sum| sum.units).sum(),
        charge_micros: sums.iter().fold(0, |micros: i64, sum| micros.saturating_add(sum.micros)),
    };
    Ok(sums.chunk_by(|one, other| of(one) == of(other)).map(part).collect())
}

/// How much more than by their list units cost of which each has the price of the tier it falls
/// into; those before the first tier keep their own. `None` is more than can be counted.
fn graduated(parts: &[&Part], tiers: &BTreeMap<u64, Money>) -> Option<i64> {
    let (mut more, mut before) = (0i128, 0i128);
    for part in parts {
        let (from, to) = (before + 1, before + i128::from(part.units));
        let mut ends = to;
        // From the last tier down: each takes what is left behind its first unit.
        for (first, price) in tiers.iter().rev() {
            let begins = i128::from(*first).max(from);
            if begins <= ends {
                let units = ends - begins + 1;
                more += units * (i128::from(price.micros) - i128::from(part.price_micros));
                ends = begins - 1;
            }
        }
        before = to;
    }
    i64::try_from(more).ok()
}

/// The same where all units have the price of the highest tier that was reached.
fn all_units(parts: &[&Part], tiers: &BTreeMap<u64, Money>) -> Option<i64> {
    let units: i64 = parts.iter().map(|part| part.units).sum();
    let Some((_, price)) = tiers.range(..=units.unsigned_abs()).next_back() else { return Some(0) };
    let more = parts.iter().map(|part| {
        i128::from(part.units) * (i128::from(price.micros) - i128::from(part.price_micros))
    });
    i64::try_from(more.sum::<i128>()).ok()
}

/// The fee of a month with so many units: that of the most that were reached, or nothing.
fn fee(fees: &BTreeMap<u64, Money>, units: u64) -> i64 {
    fees.range(..=units).next_back().map_or(0, |(_, fee)| fee.micros)
}

/// When the carrier was first committed, Unix nanoseconds.
fn since_ns(db: &Db, carrier: u32) -> Outcome<i64> {
    let sql = "SELECT min(g.at_ns) FROM identity AS i
         JOIN object AS o ON o.kind = i.kind AND o.env = i.env AND o.key = i.key
         JOIN generation AS g ON g.number = o.from_generation
         WHERE i.kind = 'carrier' AND i.id = ?1";
    let found: Option<Option<i64>> = db.one(sql, given![carrier], |row| row.get(0))?;
    Ok(found.flatten().unwrap_or(i64::MAX))
}

/// `2026-11`.
fn name(from_ns: i64, there: &TimeZone) -> Outcome<String> {
    let stamp = Timestamp::from_nanosecond(from_ns.into());
    let stamp = stamp.map_err(|error| Fault::invalid(error.to_string()))?;
    Ok(stamp.to_zoned(there.clone()).strftime("%Y-%m").to_string())
}

fn too_large() -> Fault {
    Fault::failed("the sum is too large")
}

#[cfg(test)]
mod tests;
