//! What both bodies know about sockets: how to open them, what waits to be written, and how far
//! a link has come.

mod buffer;
mod secure;
mod socket;
mod tcp;
pub mod tls;
mod udp;

pub use buffer::Outbox;
pub use secure::{Next, Security};
pub use socket::{Fixed, OpenError, PAUSE, Sockets, accepted, dialler, is_out_of_files};
pub use tcp::{End, Link, Links, Stage};
pub use udp::Letters;
