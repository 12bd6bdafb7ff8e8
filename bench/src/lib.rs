//! What our own work costs, without sockets and files.
//!
//! [`routing`] measures the tables in which numbers find their way: `make bench-routing`.
//!
//! The mind of a shard without its body: what one SMS costs in instructions of ours.
//!
//! `cargo run --release -p bench --bin bench-mind` feeds a shard whole batches of submit_sm, tells
//! it that its records are durable, answers for phones, SMSC and carrier, and prints nanoseconds
//! and allocations for one SMS on that whole way.

pub mod routing;

mod apps;
mod counting;
mod mind;
pub mod parse;
mod trunk;

pub use counting::{Counting, allocations, live};
pub use mind::{Billing, Figures, Mind, Path};
