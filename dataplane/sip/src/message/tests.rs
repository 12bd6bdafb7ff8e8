//! Messages: torture on the way in, injection on the way out, streams in between.

mod injection;
mod stream;
mod torture;

use std::net::SocketAddr;

use super::{Builder, MAX_FORWARDS, Message, Party, Request, Response};
use crate::{Method, Transport};

fn source() -> SocketAddr {
    "192.0.2.9:40000".parse().unwrap()
}

/// A MESSAGE with some of its lines replaced.
fn message(replaced: &[(&str, &str)]) -> String {
    let mut text = "MESSAGE sip:b@x SIP/2.0\r\n\
         Via: SIP/2.0/UDP h;branch=z9hG4bKa\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:a@x>;tag=f\r\n\
         To: <sip:b@x>\r\n\
         Call-ID: c1\r\n\
         CSeq: 1 MESSAGE\r\n\
         Content-Length: 2\r\n\
         \r\n\
         hi"
    .to_owned();
    for (old, new) in replaced {
        assert!(text.contains(old), "{old}");
        text = text.replace(old, new);
    }
    text
}

fn request() -> Request<'static> {
    Request {
        method: Method::Message,
        uri: "sip:b@x",
        transport: Transport::Udp,
        sent_by: "h",
        branch: "z9hG4bKa",
        rport: false,
        max_forwards: MAX_FORWARDS,
        route: "",
        from: Party { user: "a", host: "x", tag: Some("f"), ..Party::default() },
        to: Party { user: "b", host: "x", ..Party::default() },
        call_id: "c1",
        cseq: 1,
    }
}

fn answer(request: &Message<'_>, status: u16) -> String {
    let mut out = Vec::new();
    let response = Response { status, to_tag: Some("t"), source: source() };
    Builder::response(&mut out, request, &response).finish().unwrap();
    String::from_utf8(out).unwrap()
}
