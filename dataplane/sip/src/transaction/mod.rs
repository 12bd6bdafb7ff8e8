//! Non-INVITE transactions (RFC 3261 §17, RFC 4320): what is sent again, and for how long.
//!
//! The machines hold no octets and no addresses. Their owner keeps what it sent and asks them
//! whether to send it again.

mod key;
mod timers;

pub mod client;
pub mod server;

pub use key::{HashKey, Key};
pub use timers::Timers;
