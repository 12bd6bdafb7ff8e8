//! What fuzzers do with octets: one function for each target, total over all octets, with laws
//! that must hold whatever comes.
//!
//! `tests/fuzz` gives each of them to libFuzzer; `tests/tests/fuzz.rs` replays the corpus in
//! every `make test`. A finding becomes a file of the corpus, and stays.

mod body;
mod codec;
mod flow;
mod join;
mod relay;
mod session;
mod shard;
mod transaction;

pub use body::body;
pub use codec::{receipt, stream, text};
pub use flow::{flow, sip_stream, websocket};
pub use relay::relay;
pub use session::session;
pub use shard::{carrier, connection, datagram};
pub use transaction::transaction;

/// A target: its name, which is its corpus's folder, and what it does with octets.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("smpp_stream", stream),
    ("smpp_receipt", receipt),
    ("smpp_session", session),
    ("text", text),
    ("shard_carrier", carrier),
    ("shard_connection", connection),
    ("shard_datagram", datagram),
    ("shard_flow", flow),
    ("sip_body", body),
    ("sip_relay", relay),
    ("sip_stream", sip_stream),
    ("sip_websocket", websocket),
    ("sip_transaction", transaction),
];
