//! A request we want to send (RFC 3261 §8.1.1, RFC 3428).

use crate::header::Transport;
use crate::method::Method;

/// What every request of ours says. Further headers are added on the [`Builder`](crate::Builder).
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is asked.
    pub method: Method<'a>,
    /// The Request-URI.
    pub uri: &'a str,
    /// The transport in our Via.
    pub transport: Transport<'a>,
    /// The `host[:port]` in our Via.
    pub sent_by: &'a str,
    /// The branch in our Via, cookie included (§8.1.1.7).
    pub branch: &'a str,
    /// Whether we ask to be answered at our source port (RFC 3581 §3).
    pub rport: bool,
    /// Usually [`MAX_FORWARDS`].
    pub max_forwards: u8,
    /// The hops to visit, as the contact's Path said them; empty for none.
    pub route: &'a str,
    /// Who asks; must have a tag.
    pub from: Party<'a>,
    /// Who is asked.
    pub to: Party<'a>,
    /// The Call-ID.
    pub call_id: &'a str,
    /// The number in CSeq, below 2^31.
    pub cseq: u32,
}

/// One side of a request: `"display" <sip:user@host>;tag=tag`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Party<'a> {
    /// Any text; quotes are escaped and control characters become spaces. Empty for none.
    pub display: &'a str,
    /// Any text; what a user part cannot hold is percent-escaped. Empty for none.
    pub user: &'a str,
    /// `host[:port]`.
    pub host: &'a str,
    /// The tag, if there is one yet.
    pub tag: Option<&'a str>,
}

/// Hops a fresh request may take (§8.1.1.6).
pub const MAX_FORWARDS: u8 = 70;
