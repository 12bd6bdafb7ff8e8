//! Reading a SIP message: what a MESSAGE with credentials costs.

use std::hint::black_box;
use std::time::Instant;

use sip::{Message, Name};

use crate::mind::Figures;

/// A MESSAGE of 700 octets with credentials, as an app behind a NAT sends it.
pub fn message() -> Vec<u8> {
    let head = "MESSAGE sip:491701234567@env1.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.168.178.23:50612;branch=z9hG4bK.d81Ho2kRQ;rport\r\n\
        Max-Forwards: 70\r\n\
        From: \"Alice\" <sip:100001@env1.example>;tag=4jW0Ug~7T\r\n\
        To: <sip:491701234567@env1.example>\r\n\
        Call-ID: Vk3nRqmF0h\r\n\
        CSeq: 21 MESSAGE\r\n\
        User-Agent: LinphoneAndroid/5.2.5 (Pixel 8a)\r\n\
        Proxy-Authorization: Digest realm=\"env1.example\", \
        nonce=\"18c2f0a4b5d6e7f8a9b0c1d2e3f40516\", \
        algorithm=SHA-256, username=\"100001\", uri=\"sip:491701234567@env1.example\", \
        response=\"8a1f2b3c4d5e6f708192a3b4c5d6e7f80123456789abcdef0123456789abcdef\", \
        cnonce=\"yBzpOeJ0\", nc=00000002, qop=auth\r\n\
        Content-Type: text/plain;charset=UTF-8\r\n\
        Content-Length: 40\r\n\r\n";
    let body = "The quick brown fox jumps over the dog.\n";
    let octets = format!("{head}{body}").into_bytes();
    debug_assert_eq!(octets.len(), OCTETS, "the promise is about so many");
    octets
}

/// Reads it with all that is needed to know who sends it; returns something of everything read.
#[inline(never)]
pub fn read(octets: &[u8]) -> usize {
    let Ok(message) = Message::parse(octets) else { return 0 };
    let credentials = message.credentials(Name::ProxyAuthorization).flatten().next();
    let proof = credentials.map_or(0, |found| found.response.len() + found.username.len());
    proof + message.body().len() + message.call_id().len()
}

/// Reads it so many times, for a profiler that counts.
pub fn repeat(times: u32) {
    let octets = message();
    for _ in 0..times {
        black_box(read(black_box(&octets)));
    }
}

/// The best of many rounds: what reading one costs.
pub fn measure(clock: fn() -> Instant) -> Figures {
    let octets = message();
    assert_ne!(read(&octets), 0, "it is a good message");
    let before = crate::allocations();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = clock();
        for _ in 0..ROUND {
            black_box(read(black_box(&octets)));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(ROUND));
    }
    let messages = u64::from(ROUNDS * ROUND);
    let allocations = (crate::allocations() - before) as f64 / messages as f64;
    Figures { sms: messages, nanos: best, allocations }
}

/// What issue 4 promises for.
pub const OCTETS: usize = 700;

const ROUNDS: u32 = 200;
const ROUND: u32 = 2_000;
