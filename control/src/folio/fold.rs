//! What the records of a folio come to, by hour and price: the sums that a settlement reads.

use std::collections::BTreeMap;

use super::record::{Booked, Facts, Record};
use crate::fault::{Fault, Outcome};

/// Records that are summed together.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Group {
    /// The hour in which they came in, counted from 1970.
    pub hour: i64,
    /// What they have in common; its units are 0.
    pub facts: Facts,
}

/// What they come to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Sums {
    /// How many there are.
    pub messages: i64,
    /// How many are in the ledger and were not given back, each with its units.
    pub charged_units: i64,
    /// What the ledger has for them, less what was given back, in millionths.
    pub charged_micros: i64,
    /// How many were given back, each with its units.
    pub refunded_units: i64,
    /// What was given back.
    pub refunded_micros: i64,
}

/// Sums as they grow.
#[derive(Debug, Default)]
pub struct Fold {
    /// By group.
    pub groups: BTreeMap<Group, Sums>,
}

impl Fold {
    /// Adds a record. One whose ledger says something else than itself stops the fold.
    pub fn add(&mut self, record: &Record) -> Outcome<()> {
        if record.booked != record.due {
            return Err(Fault::failed(format!(
                "record {}: the ledger says {} and the record says {}: this must never be",
                record.id, record.booked, record.due
            ))
            .cure("keep the store and the journals, and report it"));
        }
        let facts = Facts { units: 0, ..record.facts.clone() };
        let group = Group { hour: record.received_ns.div_euclid(HOUR_NS), facts };
        let sums = self.groups.entry(group).or_default();
        sums.messages += 1;
        let Booked { charge, refund } = record.booked;
        let mut entries = [charge, refund].into_iter().flatten();
        let sum = entries.try_fold(sums.charged_micros, i64::checked_add);
        sums.charged_micros = sum.ok_or_else(|| Fault::failed("the sum is too large"))?;
        match refund {
            Some(micros) => {
                sums.refunded_units += record.facts.units;
                sums.refunded_micros = sums.refunded_micros.saturating_sub(micros);
            }
            None if charge.is_some() => sums.charged_units += record.facts.units,
            None => {}
        }
        Ok(())
    }
}

/// An hour in nanoseconds.
pub(crate) const HOUR_NS: i64 = 3_600_000_000_000;
