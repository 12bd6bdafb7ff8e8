//! The snapshot: one published plan as a file that never changes.
//!
//! The file is a header of 64 octets and an rkyv archive of a [`Plan`](crate::Plan). A reader
//! checks it once, whole; afterwards every access is a plain read.

mod freeze;
mod header;
mod sound;
mod view;

pub use freeze::{file_name, freeze, generation_of};
pub use header::{HEADER_LEN, SnapshotError};
pub use view::Snapshot;
