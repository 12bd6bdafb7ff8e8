//! The store: one SQLite file, or a PostgreSQL that several controls share ([`Place`]), written
//! by one thread.
//!
//! Every object is a row with the generations between which it was true, so drafts, diff,
//! rollback and history are one mechanism for every noun. What was harvested from the
//! journals lies in the same place, so a batch and the place in the journal where the next one
//! begins are committed together.

mod charges;
mod db;
mod drafts;
mod facts;
mod flow;
mod folios;
mod generations;
mod ingest;
mod late;
mod life;
mod migrations;
mod objects;
mod open;
mod released;
mod repeats;
mod shared;
mod tokens;
mod writer;

pub(crate) use charges::{CHARGED, GIVEN_BACK, charged, charged_one_by_one, due, refunded};
pub(crate) use db::given;
#[cfg(test)]
pub(crate) use db::testing;
pub use db::{Cell, Column, Db, Often, Param, Place, Read, Row, Server};
pub use drafts::{Desk, Drafted};
pub use flow::{Awaited, Planned, PlannedRow};
pub use folios::{FolioRow, Plan, Stage};
pub(crate) use folios::{folios, handovers};
pub use generations::{GenerationRow, NewGeneration};
pub use ingest::{Batch, Cursor, Happened, RefusedAt};
pub(crate) use objects::BODY_AT;
pub use open::Store;
pub use released::Released;
pub use repeats::Repeat;
pub use tokens::{Role, TokenRow};
pub use writer::Writer;
