//! The body on epoll: for kernels and containers that refuse io_uring.
//!
//! Level-triggered; sockets are read and written directly, the journal by a thread of its own
//! ([`scribe`]).

mod body;
mod link;
mod scribe;
mod token;

pub use body::Epoll;
