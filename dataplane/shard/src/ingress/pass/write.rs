//! A message as it is passed on: what we do not understand stays as it came.

use std::net::SocketAddr;

use routing::Transport;
use sip::transaction::{HashKey, Key};
use sip::{MAX_FORWARDS, Message, Name};

use crate::peers::lines::in_via;

/// Our Via.
pub(super) struct Hop<'a> {
    pub(super) local: SocketAddr,
    pub(super) transport: Transport,
    pub(super) branch: &'a str,
}

/// A request with our Via on top, the truth about where it came from in the one below it
/// (RFC 3261 §18.2.1, RFC 3581 §4), one hop less, and without the Route that led here.
pub(super) fn request(
    request: &Message<'_>,
    source: SocketAddr,
    hop: &Hop<'_>,
    path: Option<&str>,
) -> Vec<u8> {
    let mut out = String::with_capacity(1024);
    let method = request.method().map_or("", |method| method.as_str());
    out.push_str(&format!("{method} {} SIP/2.0\r\n", request.request_uri().unwrap_or_default()));
    let Hop { local, transport, branch } = hop;
    let rport = if transport.is_stream() { "" } else { ";rport" };
    let transport = in_via(*transport);
    out.push_str(&format!("Via: SIP/2.0/{transport} {local};branch={branch}{rport}\r\n"));
    vias(request, &mut out, |top| below(top, source));
    if let Some(path) = path {
        line(&mut out, "Path", path);
    }
    for route in request.values(Name::Route).skip(usize::from(path.is_none())) {
        // What an app was told to route by ends here: we are its outbound proxy.
        if path.is_none() {
            line(&mut out, "Route", route);
        }
    }
    let left = request.max_forwards().map_or(MAX_FORWARDS, |left| left.saturating_sub(1));
    line(&mut out, "Max-Forwards", &left.to_string());
    for (name, value) in request.headers() {
        if !WRITTEN.contains(&Name::of(name.as_bytes())) {
            line(&mut out, name, value);
        }
    }
    ended(out, request.body())
}

/// A response without our Via; `None` if nobody is below us.
pub(super) fn response(response: &Message<'_>) -> Option<Vec<u8>> {
    if response.values(Name::Via).count() < 2 {
        return None;
    }
    let mut out = String::with_capacity(1024);
    let status = response.status()?;
    out.push_str(&format!("SIP/2.0 {status} {}\r\n", sip::status::reason(status)));
    for via in response.values(Name::Via).skip(1) {
        line(&mut out, "Via", via);
    }
    for (name, value) in response.headers() {
        if Name::of(name.as_bytes()) != Name::Via {
            line(&mut out, name, value);
        }
    }
    Some(ended(out, response.body()))
}

fn vias(request: &Message<'_>, out: &mut String, first: impl Fn(&str) -> String) {
    for (at, via) in request.values(Name::Via).enumerate() {
        match at {
            0 => line(out, "Via", &first(via)),
            _ => line(out, "Via", via),
        }
    }
}

/// The Via that was on top, with the source it came from.
fn below(via: &str, source: SocketAddr) -> String {
    let mut text = String::with_capacity(via.len() + 40);
    for (at, param) in via.split(';').enumerate() {
        let name = param.split('=').next().unwrap_or_default().trim();
        let is_ours = at > 0 && ["rport", "received"].iter().any(|o| name.eq_ignore_ascii_case(o));
        if is_ours {
            if name.eq_ignore_ascii_case("rport") {
                text.push_str(&format!(";rport={}", source.port()));
            }
            continue;
        }
        text.push_str(if at > 0 { ";" } else { "" });
        text.push_str(param);
    }
    text.push_str(&format!(";received={}", source.ip().to_canonical()));
    text
}

fn line(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str(": ");
    out.push_str(value.trim());
    out.push_str("\r\n");
}

fn ended(head: String, body: &[u8]) -> Vec<u8> {
    let mut octets = head.into_bytes();
    octets.extend_from_slice(b"\r\n");
    octets.extend_from_slice(body);
    octets
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
