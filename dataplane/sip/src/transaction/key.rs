//! What makes two messages belong to one transaction (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2).

use crate::header::Name;
use crate::message::Message;
use crate::method::Method;

/// The secret under which keys are made, so that nobody can choose two that collide.
///
/// The same secret gives the same keys: a simulation passes a constant.
#[derive(Clone, Copy, Debug)]
pub struct HashKey(pub [u64; 2]);

/// A transaction, as 128 bits of keyed hash (SipHash-2-4-128).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(pub u128);

impl Key {
    /// The server transaction a request belongs to (§17.2.3); ACK belongs to its INVITE.
    pub fn of_request(secret: HashKey, request: &Message<'_>) -> Self {
        let via = request.via();
        let mut hash = SipHash::new(secret);
        let method = match request.cseq().method {
            Method::Ack => Method::Invite,
            other => other,
        };
        if let (true, Some(branch)) = (via.has_cookie(), via.branch) {
            hash.field(b"3261");
            hash.field(branch.as_bytes());
            hash.lower(via.host);
            hash.write(&via.port.unwrap_or_else(|| via.transport.default_port()).to_be_bytes());
            hash.field(method.as_str().as_bytes());
            return Self(hash.finish());
        }
        // RFC 2543: no unique branch, so everything that a retransmission repeats (§17.2.3).
        hash.field(b"2543");
        hash.field(request.request_uri().unwrap_or_default().as_bytes());
        hash.field(request.to().tag().unwrap_or_default().as_bytes());
        hash.field(request.from().tag().unwrap_or_default().as_bytes());
        hash.field(request.call_id().as_bytes());
        hash.write(&request.cseq().number.to_be_bytes());
        hash.field(method.as_str().as_bytes());
        hash.field(request.header(Name::Via).unwrap_or_default().as_bytes());
        Self(hash.finish())
    }

    /// The client transaction a response belongs to: branch and method (§17.1.3).
    pub fn of_response(secret: HashKey, response: &Message<'_>) -> Self {
        let branch = response.via().branch.unwrap_or_default();
        Self::of_branch(secret, branch, response.cseq().method)
    }

    /// The client transaction of a request we send.
    pub fn of_branch(secret: HashKey, branch: &str, method: Method<'_>) -> Self {
        let mut hash = SipHash::new(secret);
        hash.field(b"client");
        hash.field(branch.as_bytes());
        hash.field(method.as_str().as_bytes());
        Self(hash.finish())
    }

    /// What copies of one request that came by several ways have in common (§8.2.2.2).
    ///
    /// If a request has the same merge key as one still in progress but another transaction key,
    /// its answer is 482. `None` inside a dialog.
    pub fn of_merge(secret: HashKey, request: &Message<'_>) -> Option<Self> {
        if request.to().tag().is_some() {
            return None;
        }
        let mut hash = SipHash::new(secret);
        hash.field(b"merge");
        hash.field(request.from().tag().unwrap_or_default().as_bytes());
        hash.field(request.call_id().as_bytes());
        hash.write(&request.cseq().number.to_be_bytes());
        hash.field(request.cseq().method.as_str().as_bytes());
        Some(Self(hash.finish()))
    }
}

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein).
struct SipHash {
    v: [u64; 4],
    /// Octets not yet mixed in, little-endian from the low end.
    tail: u64,
    length: usize,
}

impl SipHash {
    fn new(HashKey([k0, k1]): HashKey) -> Self {
        let v = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { v, tail: 0, length: 0 }
    }

    /// One field with its length, so that fields cannot flow into each other.
    fn field(&mut self, octets: &[u8]) {
        self.write(&(octets.len() as u64).to_le_bytes());
        self.write(octets);
    }

    /// One field without regard to case.
    fn lower(&mut self, text: &str) {
        self.write(&(text.len() as u64).to_le_bytes());
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        words.iter().for_each(|word| self.write(&word.to_ascii_lowercase()));
        let mut last = [0; 8];
        for (lower, octet) in last.iter_mut().zip(rest) {
            *lower = octet.to_ascii_lowercase();
        }
        self.short(&last[..rest.len()]);
    }

    fn write(&mut self, octets: &[u8]) {
        let (words, rest) = octets.as_chunks::<8>();
        // What the tail holds already stays before each word.
        let held = (self.length % 8 * 8) as u32;
        for word in words {
            let word = u64::from_le_bytes(*word);
            self.mix(self.tail | word << held);
            self.tail = word.checked_shr(64 - held).unwrap_or(0);
        }
        self.length += words.len() * 8;
        self.short(rest);
    }

    /// Less than eight octets.
    fn short(&mut self, octets: &[u8]) {
        let (held, count) = (self.length % 8, octets.len());
        let word = octets.iter().rev().fold(0, |word, octet| word << 8 | u64::from(*octet));
        self.tail |= word << (held * 8);
        self.length += count;
        if held + count >= 8 {
            self.mix(self.tail);
            // What the word had no room for; nothing if it just fitted.
            self.tail = word.checked_shr(64 - held as u32 * 8).unwrap_or(0);
        }
    }

    fn mix(&mut self, word: u64) {
        self.v[3] ^= word;
        self.rounds(2);
        self.v[0] ^= word;
    }

    fn rounds(&mut self, count: usize) {
        let [mut v0, mut v1, mut v2, mut v3] = self.v;
        for _ in 0..count {
            v0 = v0.wrapping_add(v1);
            v1 = v1.rotate_left(13) ^ v0;
            v0 = v0.rotate_left(32);
            v2 = v2.wrapping_add(v3);
            v3 = v3.rotate_left(16) ^ v2;
            v0 = v0.wrapping_add(v3);
            v3 = v3.rotate_left(21) ^ v0;
            v2 = v2.wrapping_add(v1);
            v1 = v1.rotate_left(17) ^ v2;
            v2 = v2.rotate_left(32);
        }
        self.v = [v0, v1, v2, v3];
    }

    fn finish(mut self) -> u128 {
        let last = self.tail | ((self.length as u64) & 0xff) << 56;
        self.mix(last);
        self.v[2] ^= 0xee;
        self.rounds(4);
        let low = self.v.iter().fold(0, |all, word| all ^ word);
        self.v[1] ^= 0xdd;
        self.rounds(4);
        let high = self.v.iter().fold(0, |all, word| all ^ word);
        u128::from(low) | u128::from(high) << 64
    }
}

#[cfg(test)]
mod tests;
