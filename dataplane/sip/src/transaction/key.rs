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
            let port = via.port.unwrap_or_else(|| via.transport.default_port());
            hash.fields(Kind::Request, [branch, method.as_str()]);
            hash.word((via.host.len() as u64) << 16 | u64::from(port));
            hash.lower(via.host);
            return Self(hash.finish());
        }
        // RFC 2543: no unique branch, so everything that a retransmission repeats (§17.2.3).
        let to = request.to().tag().unwrap_or_default();
        let from = request.from().tag().unwrap_or_default();
        let uri = request.request_uri().unwrap_or_default();
        hash.fields(Kind::Old, [uri, to, from]);
        let via = request.header(Name::Via).unwrap_or_default();
        hash.fields(Kind::Old, [request.call_id(), method.as_str(), via]);
        hash.word(request.cseq().number.into());
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
        hash.fields(Kind::Client, [branch, method.as_str()]);
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
        let (from, cseq) = (request.from().tag().unwrap_or_default(), request.cseq());
        hash.fields(Kind::Merge, [from, request.call_id(), cseq.method.as_str()]);
        hash.word(cseq.number.into());
        Some(Self(hash.finish()))
    }
}

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein), over whole words.
///
/// What it is given begins with what it is and how long its fields are, so that fields cannot flow
/// into each other and each may begin with a word of its own.
struct SipHash {
    v: [u64; 4],
    words: u64,
}

impl SipHash {
    #[inline]
    fn new(HashKey([k0, k1]): HashKey) -> Self {
        let v = [
            k0 ^ 0x736f_6d65_7073_6575,
            k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            k0 ^ 0x6c79_6765_6e65_7261,
            k1 ^ 0x7465_6462_7974_6573,
        ];
        Self { v, words: 0 }
    }

    /// Texts of some kind, none longer than a message.
    #[inline]
    fn fields<const N: usize>(&mut self, kind: Kind, fields: [&str; N]) {
        const { assert!(N <= 3, "a word has room for a kind and three lengths") }
        let lengths = fields.iter().rev().fold(0, |all, text| all << 16 | text.len() as u64);
        self.word(lengths << 16 | kind as u64);
        fields.iter().for_each(|text| self.octets(text.as_bytes(), |word| word));
    }

    /// A text without regard to case; its length is part of a field before it.
    #[inline]
    fn lower(&mut self, text: &str) {
        let lower = |word: u64| {
            u64::from_le_bytes(word.to_le_bytes().map(|octet| octet.to_ascii_lowercase()))
        };
        self.octets(text.as_bytes(), lower);
    }

    /// Words of eight octets, the last one filled up with zeros.
    #[inline]
    fn octets(&mut self, octets: &[u8], meant: impl Fn(u64) -> u64) {
        let (words, rest) = octets.as_chunks::<8>();
        words.iter().for_each(|word| self.word(meant(u64::from_le_bytes(*word))));
        let spare = 64 - 8 * rest.len() as u32;
        match octets.last_chunk::<8>() {
            _ if rest.is_empty() => {}
            // The octets before those of the rest are shifted out.
            Some(last) => self.word(meant(u64::from_le_bytes(*last) >> spare)),
            None => {
                let word = rest.iter().rev().fold(0, |word, octet| word << 8 | u64::from(*octet));
                self.word(meant(word));
            }
        }
    }

    #[inline]
    fn word(&mut self, word: u64) {
        self.words += 1;
        self.mix(word);
    }

    #[inline]
    fn mix(&mut self, word: u64) {
        self.v[3] ^= word;
        self.rounds(2);
        self.v[0] ^= word;
    }

    #[inline]
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

    #[inline]
    fn finish(mut self) -> u128 {
        // The last word tells how many octets there were, modulo 256.
        self.mix((self.words * 8) << 56);
        self.v[2] ^= 0xee;
        self.rounds(4);
        let low = self.v.iter().fold(0, |all, word| all ^ word);
        self.v[1] ^= 0xdd;
        self.rounds(4);
        let high = self.v.iter().fold(0, |all, word| all ^ word);
        u128::from(low) | u128::from(high) << 64
    }
}

/// What a key is made of.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Request,
    /// A request without a unique branch.
    Old,
    Client,
    Merge,
}

#[cfg(test)]
mod tests;
