//! The interface: HTTP with JSON on a unix socket.
//!
//! Every answer is JSON; a refusal is `{error, code, cure}` and its status follows from the
//! code. Who asks is taken from the socket (`SO_PEERCRED`), so a draft always has an author.

mod answer;
mod doctor;
mod flow;
mod happened;
mod model;
mod peer;
mod reasons;
mod server;
mod tables;

pub use answer::Refused;
pub(crate) use happened::ask;
pub use peer::Peer;
pub use server::{Control, Listening, routes, serve};
