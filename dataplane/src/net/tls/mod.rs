//! TLS between the octets of a socket and those of a shard, for SMPP now and for SIP and
//! WebSocket as they come.
//!
//! ```text
//!  socket ──octets──▶ Stream::take_in ──▶ shard         Keys: what listeners and diallers use,
//!  socket ◀──outbox── Stream::put     ◀── shard         replaced whole when a file changes
//! ```
//!
//! A [`Stream`] makes no system call and reads no clock of ours; it holds no buffer while
//! nothing is half received. TLS 1.2 and 1.3 are spoken, nothing older; nothing is resumed and no
//! early data is taken, so every link was agreed on by the certificates of its day.

mod files;
mod keys;
mod stream;
mod validity;
mod watch;

pub use files::{ClientCertificates, Dialler, FileError, Identity, Listener};
pub use keys::{Files, KeyError, Keys};
pub use stream::{Heard, Stream};
pub use watch::watch;

#[cfg(test)]
pub(crate) mod tests;
