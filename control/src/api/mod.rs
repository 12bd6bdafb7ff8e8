//! The interface: HTTP with JSON on a unix socket.
//!
//! Every answer is JSON; a refusal is a problem of RFC 9457 with `code` and `cure`, and its status
//! follows from the code. Who asks is taken from the socket (`SO_PEERCRED`), so a draft always has
//! an author.

mod access;
mod accounts;
mod answer;
mod bookings;
mod capture;
mod closed;
mod conditional;
mod contract;
mod doctor;
mod flow;
mod guard;
mod happened;
mod import;
mod model;
mod numbers;
mod once;
mod pages;
mod paging;
mod peer;
mod reasons;
mod remote;
mod server;
mod shapes;
mod sheets;
mod tables;
mod tokens;

pub use answer::Refused;
pub(crate) use happened::ask;
pub use peer::Peer;
pub use remote::Remote;
pub use server::{Control, Listening, routes, serve};
