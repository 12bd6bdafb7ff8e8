//! The doctor: what a peer really does, beside what is set for it.
//!
//! Shards keep a [`routing::board::Sight`] of every carrier and connection. Each rule looks at
//! one side of it and says what agrees, or what does not and which setting would.

mod finding;
mod patient;
mod rules;

pub use finding::{Finding, Level};
pub use patient::{Patient, Subject};
pub use rules::diagnose;

#[cfg(test)]
mod tests;
