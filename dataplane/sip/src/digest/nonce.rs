//! Nonces that carry their own age (RFC 7616 §3.3, §5.4).
//!
//! A nonce is the moment of its making and a seal over that moment and a context, in
//! hexadecimal. Only we can make one, none outlives its lifetime, and there is nothing to keep.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::digest::hash::hex;

/// The secret nonces are sealed with; all shards of a machine share it.
#[derive(Clone)]
pub struct NonceKey {
    seal: Hmac<Sha256>,
}

/// A nonce we made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Nonce([u8; NONCE_LEN]);

/// What a nonce that came back is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Age {
    /// We made it, not long ago.
    Fresh,
    /// We made it, too long ago; ask again with `stale=true`.
    Stale,
    /// We never made it, or for another context.
    Forged,
}

impl Nonce {
    /// The nonce as it stands in a challenge.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

impl NonceKey {
    /// Takes a secret of 32 random octets.
    pub fn new(secret: [u8; 32]) -> Self {
        let seal = Hmac::new_from_slice(&secret).expect("HMAC takes a key of any length");
        Self { seal }
    }

    /// Makes a nonce; it is unique if the moment is. The context, such as realm and source
    /// address, must be the same at the check; it does not travel.
    pub fn make(&self, context: &[u8], now_unix_ns: u64) -> Nonce {
        let made = now_unix_ns.to_be_bytes();
        let mut octets = [0; NONCE_LEN / 2];
        let (time, seal) = octets.split_at_mut(made.len());
        time.copy_from_slice(&made);
        seal.copy_from_slice(&self.seal(context, made)[..SEAL_LEN]);
        Nonce(hex(&octets))
    }

    /// Judges a nonce that came back.
    pub fn check(&self, nonce: &str, context: &[u8], now_unix_ns: u64, lifetime: Duration) -> Age {
        let Some(made) = made_at(nonce) else { return Age::Forged };
        if !same(nonce.as_bytes(), self.make(context, made).as_str().as_bytes()) {
            return Age::Forged;
        }
        // A nonce from farther in the future is one from before our clock was set back.
        match (now_unix_ns + AHEAD_NS).checked_sub(made).map(|age| age.saturating_sub(AHEAD_NS)) {
            Some(age) if u128::from(age) <= lifetime.as_nanos() => Age::Fresh,
            Some(_) | None => Age::Stale,
        }
    }

    fn seal(&self, context: &[u8], made: [u8; 8]) -> [u8; 32] {
        let mut seal = self.seal.clone();
        seal.update(&made);
        seal.update(context);
        seal.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NonceKey(..)")
    }
}

/// When a nonce says it was made, in nanoseconds since 1970: true of one that
/// [`NonceKey::check`] calls ours.
pub fn made_at(nonce: &str) -> Option<u64> {
    nonce.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok())
}

/// Compares without telling by its duration how much was right.
pub(crate) fn same(ours: &[u8], theirs: &[u8]) -> bool {
    let differ = ours.iter().zip(theirs).fold(0, |differ, (our, their)| differ | (our ^ their));
    ours.len() == theirs.len() && std::hint::black_box(differ) == 0
}

/// How far ahead of the clock a nonce may be: of those made at one moment each is made a
/// little after the one before, so that no two are equal.
const AHEAD_NS: u64 = 1_000_000_000;

/// Octets of seal in a nonce; 128 bits cannot be guessed.
const SEAL_LEN: usize = 16;

/// Characters of a nonce: two for each octet of moment and seal.
pub const NONCE_LEN: usize = 2 * (8 + SEAL_LEN);
