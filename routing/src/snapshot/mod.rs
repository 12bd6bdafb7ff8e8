//! The snapshot: one published plan as a file that never changes.
//!
//! The file is a header of 64 octets, the names of the files of rows that belong to the plan
//! ([`RowFile`]), and an rkyv archive of a [`Plan`](crate::Plan). A reader checks each file once,
//! whole; afterwards every access is a plain read.

mod checked;
mod freeze;
mod header;
mod rows;
mod rows_header;
mod sound;
mod view;

pub use checked::Octets;
pub use freeze::{file_name, freeze, generation_of};
pub use header::{HEADER_LEN, SnapshotError};
pub use rows::{RowFile, RowsName};
pub use view::{Snapshot, rows_named};
