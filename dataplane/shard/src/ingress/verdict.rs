//! What its start line says of a request, before anything else is looked at (RFC 3261 §8.2.1,
//! §8.2.2.1).

use sip::{Message, Method, Uri, What};

/// The status of a request that cannot be served whoever asks; `None` if it can.
pub(crate) fn unserved(request: &Message<'_>) -> Option<u16> {
    match request.method()? {
        Method::Register | Method::Message | Method::Options => of_uri(request.request_uri()?),
        Method::Invite
        | Method::Ack
        | Method::Cancel
        | Method::Bye
        | Method::Subscribe
        | Method::Notify
        | Method::Publish
        | Method::Info => Some(405),
        Method::Other(_) => Some(501),
    }
}

/// A Request-URI of a scheme that we do not know, or of one that we do and malformed.
fn of_uri(uri: &str) -> Option<u16> {
    match Uri::parse(uri).err()?.what {
        What::Scheme => Some(416),
        _ => Some(400),
    }
}
