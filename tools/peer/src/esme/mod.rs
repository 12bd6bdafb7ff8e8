//! The ESME: somebody like TATA, who binds, submits and waits for receipts.
//!
//! [`plan`] says what to send to whom and in which order; [`campaign`] keeps the books, knows
//! no sockets and never forgets an SMS; [`bind`] is one session, from connecting to unbinding,
//! and [`talk`] what is said in it; [`run`] holds them together.

mod args;
mod bind;
mod campaign;
mod plan;
mod run;
mod talk;

pub(crate) use args::Args;
pub(crate) use plan::render;
pub(crate) use run::run;
