//! A table of rows that came as a file: ported numbers, an operator's prefixes.
//!
//! The rows are too many to be part of the model. It names the file by its hash, control keeps
//! the file beside the store, and so a generation of the past can be made again.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Policy, Terms, Via};

/// A file of rows, and what makes its rows policies.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Table {
    /// Lower comes first.
    pub priority: u32,
    /// What was imported last.
    #[serde(flatten)]
    pub content: Content,
    /// When its rows count, and how they choose among their ways.
    #[serde(flatten)]
    pub terms: Terms,
}

/// What a file holds.
#[derive(Clone, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Content {
    /// The file's SHA-256, hexadecimal: its name where control keeps it.
    pub sha256: String,
    /// What a row without a wildcard is.
    pub kind: RowKind,
    /// How many rows it has.
    pub rows: u64,
    /// Where its rows lead, in the order in which the file names them first.
    pub targets: Vec<Destination>,
}

/// What a row of digits alone is.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RowKind {
    /// The pattern it is: `2222` is one number, `222%` is a prefix.
    #[default]
    Patterns,
    /// A prefix, whether it is written `222` or `222%`.
    Prefixes,
}

/// Where rows lead.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Destination {
    /// The ways, in the order of trying.
    pub via: Vec<Via>,
    /// The id of the policy that these rows are.
    pub policy: u32,
    /// How many rows lead there.
    pub rows: u64,
}

impl Table {
    /// What rows of the table with this name that lead to a destination are.
    pub fn policy(&self, name: &str, destination: &Destination) -> Policy {
        // How a policy says that its rows stand in a table.
        let terms = Terms { pattern: format!("@{name}"), ..self.terms.clone() };
        Policy { priority: self.priority, via: destination.via.clone(), terms }
    }

    /// The name of such a policy, in CDRs and where a decision is told: `@ported cheap;dear`.
    pub fn policy_name(name: &str, via: &[Via]) -> String {
        format!("@{name} {}", Destination::words(via))
    }
}

impl Destination {
    /// As a file of rows has it: `cheap;dear:tps=50`.
    pub fn words(via: &[Via]) -> String {
        via.iter().map(ToString::to_string).collect::<Vec<_>>().join(";")
    }
}
