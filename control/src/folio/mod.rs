//! Folios: records that are closed.
//!
//! When an hour or a day is over, the Sms that became final in it and are in no folio yet are
//! gathered into one, and their records never change again. A pass over a folio ([`bind`]) writes
//! its files, sums it by price, and makes the tree whose root stands in its signed head
//! ([`Head`]), which names the head before. A carrier can check with that alone that one of its
//! Sms is in it ([`prove`]).

mod bind;
mod charged;
mod columnar;
mod columns;
mod files;
mod fold;
mod head;
mod keeper;
mod key;
mod pages;
mod proof;
mod record;
mod sight;
mod text;
mod tree;

pub(crate) use bind::Pass;
pub use bind::{Bound, Wanted, bind};
pub use charged::{Charged, Terms, charged};
pub(crate) use columns::VERSION;
pub use columns::{COLUMNS, Column, Of, Sort, Value};
pub use files::{Format, Manifest, Written};
pub use fold::{Fold, Group, Sums};
pub use head::Head;
pub use keeper::{Every, Keeping, Step, keep_folios, turn};
pub use key::{Handover, ProofKey, is_signed, leads};
pub use proof::prove;
pub use record::{Booked, Facts, Record, records};
pub use sight::Numbers;
pub use tree::{Hash, Side, Tree, leaf, path};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
