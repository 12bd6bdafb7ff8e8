//! Fees for whole months, by how much was sent in them.

use std::collections::BTreeMap;

use super::Period;
use crate::fault::{Fault, Outcome};
use crate::folio::charged;
use crate::model::Money;
use crate::store::Db;

/// The fees of the calendar months, UTC, that lie in a period as a whole.
pub(super) fn of(
    db: &Db,
    carrier: u32,
    period: &Period,
    fees: &BTreeMap<u64, Money>,
) -> Outcome<i64> {
    let mut sum = 0_i64;
    if fees.is_empty() {
        return Ok(sum);
    }
    for month in period.months()? {
        let sums = charged(db, carrier, (month.from_ns, month.to_ns))?;
        let units: i64 = sums.iter().map(|sum| sum.units).sum();
        sum = sum
            .checked_add(fee(fees, units.unsigned_abs()))
            .ok_or_else(|| Fault::failed("the sum of the fees is too large"))?;
    }
    Ok(sum)
}

/// The fee of a month with so many units: that of the most that were reached, or nothing.
fn fee(fees: &BTreeMap<u64, Money>, units: u64) -> i64 {
    fees.range(..=units).next_back().map_or(0, |(_, fee)| fee.micros)
}

#[cfg(test)]
mod tests;
