//! WebSocket as SIP uses it (RFC 6455, RFC 7118), the server's side, without sockets.
//!
//! [`Handshake`] reads the HTTP request that opens a connection and writes its 101. From then on
//! a [`Decoder`] cuts frames off the stream and puts the pieces of messages together, and
//! [`put_frame`] writes ours. No extension is offered, so that nothing is ever compressed.

mod frame;
mod handshake;

pub use frame::{Decoder, Event, Opcode, Violation, put_close, put_frame, put_message};
pub use handshake::{Handshake, Refused};

#[cfg(test)]
mod tests;
