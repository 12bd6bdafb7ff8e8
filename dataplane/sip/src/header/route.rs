//! Route, Path and Service-Route: hops a request must visit (RFC 3261 §20.34, RFC 3327).

use crate::error::{ParseError, What};
use crate::header::NameAddr;
use crate::uri::Uri;

/// The URI of one element of a Route, Path or Service-Route header.
///
/// Brackets are required there, since without them the parameters would not be the URI's.
pub fn route_uri(text: &str) -> Result<Uri<'_>, ParseError> {
    if !text.contains('<') {
        return Err(ParseError::new(What::Address, 0));
    }
    NameAddr::parse(text)?.uri()
}
