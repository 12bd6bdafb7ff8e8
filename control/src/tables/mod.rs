//! Tables of rows that came as files: up to tens of millions of them, outside the model.
//!
//! A file is kept under its SHA-256 beside the store; the model names it ([`crate::model::Table`]).
//! What was made of it is kept in memory, so a commit that changes something else does not read
//! it again.

mod complaint;
mod csv;
mod folder;
mod won;

pub use csv::{Known, ROWS_MAX};
pub use folder::{Aside, FILE_OCTETS_MAX, Tables};
pub use won::Won;

#[cfg(test)]
mod tests;
