//! What both bodies know about sockets: how to open them, what waits to be written, and how far
//! a link has come.

mod buffer;
mod socket;
mod tcp;
mod udp;

pub use buffer::Outbox;
pub use socket::{OpenError, PAUSE, Sockets, accepted, dialler, is_out_of_files};
pub use tcp::{Link, Links, Stage};
pub use udp::Letters;
