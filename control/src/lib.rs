//! Control: says what should be true, and settles what happened.
//!
//! Control never calls the dataplane. It keeps the **model** in a store, gathers changes in
//! **drafts**, publishes a committed model as a **snapshot**, and reads what happened from the
//! **journals** into call detail records and a ledger. It may die at any time: the dataplane
//! goes on with the last generation, and the journals wait to be read.
//!
//! * what should be true: [`model`], [`apply`], [`diff`], [`compile`], [`publish`],
//!   [`harm`], [`generations`], [`timely`], [`together`], [`tables`], [`explain`], [`why`],
//!   [`impact`], [`inventory`], [`list`], [`schema`];
//! * what happened: [`harvest`], [`cdr`], [`folio`], [`settle`], [`verify`], [`reconcile`],
//!   [`whatif`],
//!   [`watch`] for how it goes right now, and
//!   [`doctor`] for what peers really do;
//! * around them: [`store`], [`api`], [`config`], [`seal`], [`digest`], [`money`], [`fault`],
//!   [`log`].

pub mod account;
pub mod api;
pub mod apply;
pub mod cdr;
pub mod clock;
pub mod compile;
pub mod config;
pub mod diff;
pub mod digest;
pub mod doctor;
pub mod explain;
pub mod fault;
pub mod folio;
pub mod generations;
pub mod harm;
pub mod harvest;
pub mod impact;
pub mod inventory;
pub mod list;
pub mod log;
pub mod metrics;
pub mod model;
pub mod money;
pub mod names;
pub mod numbering;
pub mod publish;
pub mod reconcile;
pub mod resolve;
pub mod schema;
pub mod seal;
pub mod settle;
pub mod sheets;
pub mod store;
pub mod tables;
pub mod timely;
pub mod together;
pub mod verify;
pub mod watch;
pub mod whatif;
pub mod why;
pub mod zone;

#[cfg(test)]
mod testing;
