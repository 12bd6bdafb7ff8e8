//! A response we want to send (RFC 3261 §8.2.6, RFC 3581 §4).

use std::net::SocketAddr;

/// What a response adds to the request it answers.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// 100 to 699.
    pub status: u16,
    /// Our tag, used if the request's To has none; every response but 100 needs one (§8.2.6.2).
    pub to_tag: Option<&'a str>,
    /// Where the request came from; goes into the topmost Via as `received` and `rport`.
    pub source: SocketAddr,
}
