//! The body on io_uring: one ring per shard, every operation asynchronous, one system call a
//! turn.
//!
//! Accept and receive are multishot and fill provided buffers; each link has at most one send
//! under way; the journal's write and fdatasync are a linked pair. What an operation points to
//! lives in the link's slot, in the commit under way, or in a box of the body; slots are freed
//! only when no operation of theirs is left, and dropping the body waits for all of them.

mod body;
mod buffers;
mod commit;
mod link;
mod ring;
mod token;

pub use body::Uring;
