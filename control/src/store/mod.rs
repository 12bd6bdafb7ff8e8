//! The store: one SQLite file, written by one thread.
//!
//! Every object is a row with the generations between which it was true, so drafts, diff,
//! rollback and history are one mechanism for every noun. What was harvested from the
//! journals lies in the same file, so a batch and the place in the journal where the next one
//! begins are committed together.

mod drafts;
mod facts;
mod generations;
mod ingest;
mod migrations;
mod objects;
mod open;
mod writer;

pub use drafts::{Desk, Drafted};
pub use generations::{GenerationRow, NewGeneration};
pub use ingest::{Batch, Cursor, Happened, RefusedAt};
pub use open::{Store, open_reader};
pub use writer::Writer;
