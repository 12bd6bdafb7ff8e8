//! What its start line and its To say of a request, before anything else is looked at
//! (RFC 3261 §8.2.1, §8.2.2.1, §10.3).

use sip::{Message, Method, Uri, What};

/// The status of a request that cannot be served whoever asks; `None` if it can.
pub(crate) fn unserved(request: &Message<'_>) -> Option<u16> {
    match request.method()? {
        Method::Register => of_uri(request.request_uri()?).or_else(|| of_record(request)),
        Method::Message | Method::Options => of_uri(request.request_uri()?),
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

/// An address of record is a SIP or SIPS URI (RFC 3261 §10.2); who says it as a tel URI means a
/// number, and hears whether we know it.
fn of_record(request: &Message<'_>) -> Option<u16> {
    request.to().uri().is_err().then_some(400)
}
