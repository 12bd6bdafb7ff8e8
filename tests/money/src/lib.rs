//! Money from one end to the other: what the shards of the simulator journal, written as a node
//! writes it, folded as control folds it, and compared with what promises.md says it comes to.
//!
//! ```text
//!  tests::World ── records ──▶ Volumes (dataplane's writer, dies) ──▶ Desk (control's fold, dies)
//!        │                                                                 │ ledger, CDRs, invoice
//!        └────────── records ──▶ Expected ◀── must be the same ────────────┘
//! ```
//! The only crate that sees both processes: no other may, so that they share nothing but files.

mod desk;
mod expected;
mod volumes;

pub use desk::{APART, C1, Desk, TARIFF, TATA, harvest_within_a_limit};
pub use expected::Expected;
pub use volumes::Volumes;
