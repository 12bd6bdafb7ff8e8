//! Verifies the ledger: everything is folded again, from the journals that are still there and
//! from every record, and compared to the last unit with what stands in the store.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::Node;
use crate::fault::Outcome;
use crate::store::Db;

mod journals;
mod sums;

/// From where to verify.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// The folio to begin with; the first, if nothing is said.
    pub from: Option<u64>,
}

/// What was found.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Verified {
    /// How many folios were passed over.
    pub folios: u64,
    /// How many records.
    pub records: u64,
    /// The folio to go on with; at the end nothing.
    pub next: Option<u64>,
    /// What the ledger has charged in all, in millionths; said at the end.
    pub ledger_micros: Option<i64>,
    /// What all records come to; said at the end.
    pub records_micros: Option<i64>,
    /// How many messages of journals were compared with their records; said at the end.
    pub journaled: Option<u64>,
    /// What is not as it must be.
    pub faults: Vec<String>,
}

/// Verifies some folios, and at the end all that is in none. Every piece stands for itself, so
/// whoever was interrupted goes on with `next`.
pub fn verify(db: &Db, nodes: &[Node], question: &Question) -> Outcome<Verified> {
    let mut found = Verified::default();
    sums::folios(db, question.from.unwrap_or(1), &mut found)?;
    if found.next.is_none() {
        sums::open(db, &mut found)?;
        journals::compare(db, nodes, &mut found)?;
    }
    Ok(found)
}

impl Verified {
    /// Tells a fault; of very many the first.
    fn fault(&mut self, what: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }
}

const FAULTS_MAX: usize = 100;

#[cfg(test)]
mod tests;
