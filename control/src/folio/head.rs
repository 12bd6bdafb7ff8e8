//! The head of a folio: what is signed, and what the next head names.

use std::fmt;

use sha2::{Digest, Sha256};

use super::tree::Hash;
use crate::clock::rfc3339;

/// The head of a folio. Its text is what is signed, to the octet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// The folio.
    pub number: u64,
    /// The first instant of its hour or day, Unix nanoseconds.
    pub from_ns: u64,
    /// The first instant behind it.
    pub to_ns: u64,
    /// How many records it has.
    pub rows: u64,
    /// The root of the tree over what senders may see of them.
    pub root: Hash,
    /// SHA-256 of all of them as lines of JSON.
    pub whole: Hash,
    /// SHA-256 of the head before; zeros for the first.
    pub previous: Hash,
}

impl Head {
    /// The hash by which the next head names this one.
    pub fn hash(text: &str) -> Hash {
        Sha256::digest(text).into()
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "signalbox folio 1")?;
        writeln!(f, "number {}", self.number)?;
        writeln!(f, "from {}", rfc3339(self.from_ns, 0))?;
        writeln!(f, "to {}", rfc3339(self.to_ns, 0))?;
        writeln!(f, "rows {}", self.rows)?;
        writeln!(f, "root {}", hex::encode(self.root))?;
        writeln!(f, "whole {}", hex::encode(self.whole))?;
        writeln!(f, "previous {}", hex::encode(self.previous))
    }
}
