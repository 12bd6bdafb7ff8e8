//! A message as it is passed on: what we do not understand stays as it came.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;

use routing::Transport;
use sip::outbound::FlowWord;
use sip::transaction::{HashKey, Key};
use sip::{MAX_FORWARDS, Message, Name};

use crate::peers::lines::in_via;

/// Our Via.
pub(super) struct Hop<'a> {
    pub(super) local: SocketAddr,
    pub(super) transport: Transport,
    pub(super) branch: &'a dyn fmt::Display,
}

/// Our Path: by which token, and where we are heard.
pub(super) struct Path {
    pub(super) word: FlowWord,
    pub(super) heard_at: SocketAddr,
    pub(super) secure: &'static str,
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { word, heard_at, secure } = self;
        write!(f, "<sip:{word}@{heard_at}{secure};lr;ob>")
    }
}

/// A request with our Via on top, the truth about where it came from in the one below it
/// (RFC 3261 §18.2.1, RFC 3581 §4), one hop less, and without the Route that led here.
pub(super) fn request(
    request: &Message<'_>,
    source: SocketAddr,
    hop: &Hop<'_>,
    path: Option<&Path>,
    out: &mut Vec<u8>,
) {
    let method = request.method().map_or("", |method| method.as_str());
    put(out, format_args!("{method} {} SIP/2.0\r\n", request.request_uri().unwrap_or_default()));
    let Hop { local, transport, branch } = hop;
    let rport = if transport.is_stream() { "" } else { ";rport" };
    let transport = in_via(*transport);
    put(out, format_args!("Via: SIP/2.0/{transport} {local};branch={branch}{rport}\r\n"));
    for (at, via) in request.values(Name::Via).enumerate() {
        match at {
            0 => below(via, source, out),
            _ => line(out, "Via", via),
        }
    }
    if let Some(path) = path {
        put(out, format_args!("Path: {path}\r\n"));
    }
    for route in request.values(Name::Route).skip(usize::from(path.is_none())) {
        // What an app was told to route by ends here: we are its outbound proxy.
        if path.is_none() {
            line(out, "Route", route);
        }
    }
    let left = request.max_forwards().map_or(MAX_FORWARDS, |left| left.saturating_sub(1));
    put(out, format_args!("Max-Forwards: {left}\r\n"));
    for (name, value) in request.headers() {
        if !WRITTEN.contains(&Name::of(name.as_bytes())) {
            line(out, name, value);
        }
    }
    ended(out, request.body());
}

/// A response without our Via; `false` if nobody is below us.
pub(super) fn response(response: &Message<'_>, out: &mut Vec<u8>) -> bool {
    let Some(status) = response.status() else { return false };
    if response.values(Name::Via).count() < 2 {
        return false;
    }
    put(out, format_args!("SIP/2.0 {status} {}\r\n", sip::status::reason(status)));
    for via in response.values(Name::Via).skip(1) {
        line(out, "Via", via);
    }
    for (name, value) in response.headers() {
        if Name::of(name.as_bytes()) != Name::Via {
            line(out, name, value);
        }
    }
    ended(out, response.body());
    true
}

/// The Via that was on top, with the source it came from.
fn below(via: &str, source: SocketAddr, out: &mut Vec<u8>) {
    out.extend_from_slice(b"Via: ");
    for (at, param) in via.trim().split(';').enumerate() {
        let name = param.split('=').next().unwrap_or_default().trim();
        let is_ours = at > 0 && ["rport", "received"].iter().any(|o| name.eq_ignore_ascii_case(o));
        if is_ours {
            if name.eq_ignore_ascii_case("rport") {
                put(out, format_args!(";rport={}", source.port()));
            }
            continue;
        }
        out.extend_from_slice(if at > 0 { b";" } else { b"" });
        out.extend_from_slice(param.as_bytes());
    }
    put(out, format_args!(";received={}\r\n", source.ip().to_canonical()));
}

fn line(out: &mut Vec<u8>, name: &str, value: &str) {
    for piece in [name, ": ", value.trim(), "\r\n"] {
        out.extend_from_slice(piece.as_bytes());
    }
}

fn ended(out: &mut Vec<u8>, body: &[u8]) {
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(body);
}

fn put(out: &mut Vec<u8>, what: fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a Vec takes whatever is written to it");
}

/// The same for a retransmission, another for any other request (RFC 3261 §16.11).
pub(super) fn likeness(secret: HashKey, request: &Message<'_>) -> u64 {
    Key::of_request(secret, request).0 as u64
}

/// What is not copied, because it is written anew.
const WRITTEN: [Name; 3] = [Name::Via, Name::Route, Name::MaxForwards];

/// Octets that a request gains on its way through: a Via and a Path with their tokens.
pub(super) const ADDED: usize = 400;

#[cfg(test)]
mod tests;
