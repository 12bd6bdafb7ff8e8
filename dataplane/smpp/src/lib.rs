//! SMPP 3.3, 3.4 and 5.0: octets and sessions, no sockets.
//!
//! Two halves. The codec ([`frame`], [`Header`], [`pdu`], [`tlv`], [`time`],
//! [`receipt`]) reads PDUs as borrowed views of the buffer they arrived in and
//! appends PDUs to a `Vec<u8>`; it asks for no memory of its own. The session
//! ([`session::Session`]) says who may say what when, hands out sequence numbers,
//! remembers what was asked, and knows when to be impatient.
//!
//! What stays true: no octets a peer can send make this crate panic, read past a
//! PDU, or lose its place in the stream; whatever it encodes is well formed.

pub mod address;
pub mod command;
pub mod error;
pub mod field;
pub mod frame;
pub mod header;
pub mod message_state;
pub mod pdu;
pub mod receipt;
pub mod session;
pub mod status;
pub mod time;
pub mod tlv;
pub mod version;

pub use address::{Address, npi, ton};
pub use command::Command;
pub use error::FieldError;
pub use field::Field;
pub use frame::{Frame, FrameError};
pub use header::{HEADER_LEN, Header};
pub use message_state::MessageState;
pub use pdu::{Bind, BindKind, BindResp, Pdu, ShortMessage, SubmitResp};
pub use receipt::Receipt;
pub use session::Session;
pub use status::Status;
pub use time::Validity;
pub use tlv::{Tlv, TlvBuffer, Tlvs};
pub use version::Version;
