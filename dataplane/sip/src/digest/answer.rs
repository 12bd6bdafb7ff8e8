//! Answering a challenge, as a phone or a trunk does (RFC 7616 §3.4).

use crate::digest::hash::{Ha1, QOP, ResponseDigits, Terms};
use crate::header::{Algorithm, Challenge};
use crate::method::Method;

/// What is to be authenticated.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method of the request.
    pub method: Method<'a>,
    /// Its Request-URI.
    pub uri: &'a str,
    /// A random text of ours; letters and digits.
    pub cnonce: &'a str,
    /// How often this nonce was used, this time included.
    pub nonce_count: u32,
}

/// The value of the Authorization header that answers the topmost challenge we can answer.
///
/// `None` if there is no such challenge among them (RFC 8760 §2.4).
pub fn answer<'c>(
    challenges: impl IntoIterator<Item = Challenge<'c>>,
    username: &str,
    password: &str,
    asked: &Asked<'_>,
) -> Option<String> {
    let known = |found: &Challenge<'_>| found.algorithm != Algorithm::Other && found.offers_auth();
    let challenge = challenges.into_iter().find(known)?;
    let ha1 = Ha1::of(username, challenge.realm, password);
    let nc = format!("{:08x}", asked.nonce_count);
    let terms = Terms {
        method: asked.method.as_str(),
        uri: asked.uri,
        nonce: challenge.nonce,
        nc: &nc,
        cnonce: asked.cnonce,
    };
    let response = ResponseDigits::of(challenge.algorithm, &ha1, &terms)?;
    let mut value = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{}\", \
         algorithm={}, cnonce=\"{}\", qop={QOP}, nc={nc}",
        username.replace('\\', "\\\\").replace('"', "\\\""),
        challenge.realm,
        challenge.nonce,
        asked.uri,
        response.as_str(),
        challenge.algorithm.as_str(),
        asked.cnonce,
    );
    if let Some(opaque) = challenge.opaque {
        value.push_str(&format!(", opaque=\"{opaque}\""));
    }
    Some(value)
}
