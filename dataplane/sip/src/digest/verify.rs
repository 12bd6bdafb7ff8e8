//! Judging the answer to a challenge (RFC 7616 §3.4).

use crate::digest::hash::{Ha1, QOP, ResponseDigits, Terms};
use crate::digest::nonce::same;
use crate::header::Credentials;
use crate::method::Method;
use crate::uri::Uri;

/// Why credentials are not accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Denied {
    /// An algorithm we did not offer.
    Algorithm,
    /// Another quality of protection than `auth`, or none (RFC 8760 §2.6).
    Qop,
    /// No usable nonce count or client nonce.
    Count,
    /// Made for another request.
    Uri,
    /// The password is wrong.
    Response,
}

impl std::fmt::Display for Denied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Algorithm => "algorithm not offered",
            Self::Qop => "quality of protection not offered",
            Self::Count => "no nonce count or client nonce",
            Self::Uri => "made for another request",
            Self::Response => "wrong password",
        })
    }
}

/// Whether credentials prove knowledge of the password behind `ha1`.
///
/// The nonce is judged by [`NonceKey::check`](super::NonceKey::check), the nonce count by
/// whoever remembers the last one.
pub fn verify(
    credentials: &Credentials<'_>,
    method: Method<'_>,
    request_uri: &str,
    ha1: &Ha1,
) -> Result<(), Denied> {
    if !credentials.qop.eq_ignore_ascii_case(QOP) {
        return Err(Denied::Qop);
    }
    if credentials.cnonce.is_empty() || credentials.nonce_count().is_none_or(|count| count == 0) {
        return Err(Denied::Count);
    }
    if !same_uri(credentials.uri, request_uri) {
        return Err(Denied::Uri);
    }
    let terms = Terms {
        method: method.as_str(),
        uri: credentials.uri,
        nonce: credentials.nonce,
        nc: credentials.nc,
        cnonce: credentials.cnonce,
    };
    let ours = ResponseDigits::of(credentials.algorithm, ha1, &terms).ok_or(Denied::Algorithm)?;
    let theirs = credentials.response.as_bytes();
    let right = same(ours.as_str().as_bytes(), theirs);
    if right { Ok(()) } else { Err(Denied::Response) }
}

/// Whether the digest was made for this request (RFC 3261 §22.4 item 5).
fn same_uri(claimed: &str, actual: &str) -> bool {
    let equivalent = || Some(Uri::parse(claimed).ok()?.equivalent(&Uri::parse(actual).ok()?));
    claimed == actual || equivalent().unwrap_or(false)
}
