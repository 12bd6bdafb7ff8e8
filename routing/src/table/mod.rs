//! Frozen tables of numbers and prefixes, made for ten million of them.
//!
//! A table is a few plain arrays inside the snapshot: built once by control, asked in place by
//! every shard.

mod anchors;
mod builder;
mod lines;
mod lists;
mod number;
mod patterns;
mod place;
mod prefix;
mod radix;
mod rows;
mod window;

pub use number::{ArchivedNumberTable, NumberTable};
pub use patterns::{ArchivedPatternMap, PatternMap};
pub use prefix::{ArchivedPrefixTable, PrefixTable};
pub use rows::Rows;

/// The values of a table are below this.
pub const VALUE_MAX: u32 = radix::NONE;

#[cfg(test)]
mod tests;
