//! Fees for whole months, by how much was sent in them.

use std::collections::BTreeMap;

use super::Period;
use crate::fault::{Fault, Outcome};
use crate::model::Money;
use crate::store::{Db, given};

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
    let sql = "SELECT CAST(coalesce(sum(c.units), 0) AS BIGINT)
         FROM ledger AS l JOIN cdr AS c ON c.id = l.message_id
         WHERE l.carrier = ?1 AND l.received_ns >= ?2 AND l.received_ns < ?3";
    for month in period.months()? {
        let given = given![carrier, month.from_ns, month.to_ns];
        let units: i64 = db.one(sql, given, |row| row.get(0))?.unwrap_or_default();
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
