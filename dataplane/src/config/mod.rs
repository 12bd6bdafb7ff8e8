//! `node.toml`: what one node is told when it starts.
//!
//! The file is read in two steps: [`raw`] says what the text holds and where, [`check`] says
//! whether it makes sense. Whatever is wrong names file, line, column and cure.

mod check;
mod error;
mod file;
mod raw;
mod secure;

pub use error::ConfigError;
pub use file::{Config, Environment, Hep, Journal, Stream};
pub use raw::{Io, Runtime};

#[cfg(test)]
mod tests;
