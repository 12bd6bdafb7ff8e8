//! Digest authentication (RFC 7616, RFC 8760): MD5 and SHA-256, quality of protection `auth`.
//!
//! The server side keeps nothing about a nonce it gave away: the nonce carries its own age and
//! a seal. Of a nonce that came back and proved something it keeps the [`Counts`]. Passwords
//! never come here; control computes [`Ha1`] once and the snapshot carries it.

mod answer;
mod challenge;
mod count;
mod hash;
mod nonce;
mod verify;

pub use answer::{Asked, answer, answer_with};
pub use challenge::{OFFER, challenge};
pub use count::Counts;
pub use hash::Ha1;
pub(crate) use hash::hex;
pub(crate) use nonce::same;
pub use nonce::{Age, NONCE_LEN, Nonce, NonceKey, made_at};
pub use verify::{Denied, verify};

#[cfg(test)]
mod tests;
