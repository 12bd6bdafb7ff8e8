//! The peers as processes, talking to each other and to a small registrar.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod esme_smsc;
mod phone;
mod process;
mod registrar;
