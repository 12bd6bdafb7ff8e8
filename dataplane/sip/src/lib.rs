//! SIP without sockets or clocks: octets, transactions, digest and the rules of a registrar.
//!
//! Two tiers of wire type. [`Message`] is a *view*: one pass over a datagram, no allocation,
//! every field a slice of the octets that came in. [`Request`] and [`Response`] are *meanings*:
//! what we want to say, which [`Builder`] encodes so that no value can become a header of its
//! own. Streams are cut by [`Framer`] and by the frames of a [`websocket`]. Around them stand the
//! non-INVITE transactions of RFC 3261 §17 as plain state machines ([`transaction`]), digest
//! authentication of RFC 7616 and 8760 ([`digest`]), what bodies are wrapped in ([`body`],
//! [`cpim`]) and what they report ([`imdn`]), and RFC 3261 §10.3 as a pure function of
//! the contacts of one address-of-record ([`registrar`]).
//!
//! What stays true: no octets from a peer can make this crate panic or allocate without bound;
//! time is always an argument; the same inputs give the same outputs.

mod error;
mod header;
mod message;
mod method;
mod scan;
mod scanner;
mod uri;
mod wide;

pub mod body;
pub mod cpim;
pub mod digest;
pub mod imdn;
pub mod outbound;
pub mod registrar;
pub mod rp;
pub mod status;
pub mod stun;
pub mod transaction;
pub mod websocket;

pub use error::{BuildError, ParseError, What};
pub use header::{
    Algorithm, CSeq, Challenge, Contact, ContactValue, ContentType, Credentials, Date, Name,
    NameAddr, Transport, Via, route_uri,
};
pub use message::{
    Builder, Cut, FrameError, Framer, Glance, HEADERS_MAX, MAX_FORWARDS, MESSAGE_MAX, Message,
    Party, Request, Response, StartLine,
};
pub use method::Method;
pub use scan::{Param, Params, Values, unquote};
pub use scanner::{Scanners, has_credentials};
pub use uri::{Scheme, Uri};

#[cfg(test)]
mod tests;
