//! Showing messages to those who tap them: a collector that speaks HEP, and captures in pcapng.
//!
//! A thread does it. What it cannot take in time is counted and left out: no shard waits for
//! somebody who looks.

mod captures;
mod hep;
mod packet;
mod pcapng;
mod viewer;

pub use viewer::{Viewer, open};
