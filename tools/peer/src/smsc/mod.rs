//! The SMSC: a message centre that behaves as it is told, well or badly.
//!
//! [`behaviour`] is what it was told, one request after the other; [`receipts`] what it still
//! owes; [`session`] one ESME that came; [`run`] holds them together.

mod args;
mod behaviour;
mod receipts;
mod run;
mod session;

pub(crate) use args::Args;
pub(crate) use run::run;
