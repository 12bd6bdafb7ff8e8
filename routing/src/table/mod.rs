//! Longest prefix of a number, frozen into the snapshot.

mod prefix;

pub use prefix::{ArchivedPrefixTable, PrefixTable};
