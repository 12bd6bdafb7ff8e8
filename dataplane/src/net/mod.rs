//! What both bodies know about sockets: how to open them, what waits to be written, and how far
//! a link has come.

mod buffer;
mod socket;
mod tcp;
mod udp;

pub use buffer::Outbox;
pub use socket::{OpenError, Sockets, accepted, dialler};
pub use tcp::{Link, Links, Stage};
pub use udp::Letters;
