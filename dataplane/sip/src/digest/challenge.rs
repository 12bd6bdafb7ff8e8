//! Asking for a password (RFC 7616 §3.3).

use crate::digest::hash::QOP;
use crate::digest::nonce::Nonce;
use crate::header::{Algorithm, Name};
use crate::message::Builder;

/// The algorithms we speak, the better first (RFC 8760 §2.3).
pub const OFFER: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Md5];

/// Adds one challenge for each algorithm of `offer`, in its order.
///
/// `name` is `WwwAuthenticate` in a 401 and `ProxyAuthenticate` in a 407. `stale` says that the
/// password was right and only the nonce too old.
pub fn challenge(
    builder: &mut Builder<'_>,
    name: Name,
    offer: &[Algorithm],
    realm: &str,
    nonce: &Nonce,
    stale: bool,
) {
    for algorithm in offer {
        builder.line(name.as_str(), |line| {
            line.put("Digest realm=");
            line.quoted(realm);
            line.put(", nonce=");
            line.quoted(nonce.as_str());
            line.put(if stale { ", stale=true" } else { "" });
            line.put(", algorithm=");
            line.put(algorithm.as_str());
            line.put(", qop=");
            line.quoted(QOP);
        });
    }
}
