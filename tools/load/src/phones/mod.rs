//! The phones: thousands of SIP users behind a few UDP sockets.
//!
//! [`register`] brings them in before the run; [`answer`] answers what comes, at once and
//! without a memory of its own: the ledger knows which SMS came twice.

mod answer;
mod register;
mod sockets;

pub(crate) use sockets::Phones;
