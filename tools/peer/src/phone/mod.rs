//! The phones: SIP user agents over UDP, one or many behind one socket.
//!
//! [`account`] registers one user and keeps it registered; [`inbox`] takes MESSAGEs and keeps
//! the books about them; [`outbox`] sends them; [`calls`] are the requests on their way;
//! [`wire`] says who we are on the wire; [`phones`] and [`run`] hold them together.

mod account;
mod args;
mod calls;
mod inbox;
mod outbox;
mod phones;
mod run;
mod wire;

pub(crate) use args::Args;
pub(crate) use run::run;
