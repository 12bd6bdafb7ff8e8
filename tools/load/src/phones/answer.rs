//! What a phone answers: 200, at once.

use std::net::SocketAddr;

use sip::{Builder, Message, Method, Response};

/// What came.
#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// A MESSAGE; it is answered.
    Message {
        /// Its text.
        body: &'a [u8],
        /// Its Call-ID.
        call_id: &'a str,
    },
    /// A response, or another request.
    Other,
    /// No SIP.
    Garbage,
}

/// Reads a datagram and appends the answer to `out`, if there is one; says where it goes.
pub(super) fn hear<'a>(
    datagram: &'a [u8],
    source: SocketAddr,
    out: &mut Vec<u8>,
) -> (SocketAddr, Heard<'a>) {
    let Ok(message) = Message::parse(datagram) else { return (source, Heard::Garbage) };
    let status = match message.method() {
        Some(Method::Message | Method::Options) => 200,
        Some(Method::Ack) | None => return (source, Heard::Other),
        Some(_) => 405,
    };
    let response = Response { status, to_tag: Some(TAG), source };
    if Builder::response(out, &message, &response).finish().is_err() {
        return (source, Heard::Garbage);
    }
    let heard = match message.method() {
        Some(Method::Message) => {
            Heard::Message { body: message.body(), call_id: message.call_id() }
        }
        Some(_) | None => Heard::Other,
    };
    (message.via().reply_to(source), heard)
}

/// Nobody has a dialog with these phones, so one tag is as good as many.
const TAG: &str = "load";
