//! What the records of a folio come to, by hour and price: the sums that a settlement reads.

use std::collections::BTreeMap;

use super::record::{Facts, Record};
use crate::fault::{Fault, Outcome};
use crate::money;

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
    /// How many are in the ledger, each with its units.
    pub charged_units: i64,
    /// What the ledger has for them, in millionths.
    pub charged_micros: i64,
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
            let said =
                |amount: Option<i64>| amount.map_or_else(|| "nothing".to_owned(), money::amount);
            return Err(Fault::failed(format!(
                "record {}: the ledger says {} and the record says {}: this must never be",
                record.id,
                said(record.booked),
                said(record.due)
            ))
            .cure("keep the store and the journals, and report it"));
        }
        let facts = Facts { units: 0, ..record.facts.clone() };
        let group = Group { hour: record.received_ns.div_euclid(HOUR_NS), facts };
        let sums = self.groups.entry(group).or_default();
        sums.messages += 1;
        if let Some(micros) = record.booked {
            sums.charged_units += record.facts.units;
            let sum = sums.charged_micros.checked_add(micros);
            sums.charged_micros = sum.ok_or_else(|| Fault::failed("the sum is too large"))?;
        }
        Ok(())
    }
}

/// An hour in nanoseconds.
pub(crate) const HOUR_NS: i64 = 3_600_000_000_000;
