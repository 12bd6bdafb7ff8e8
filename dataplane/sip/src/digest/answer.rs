//! Answering a challenge, as a phone or a trunk does (RFC 7616 §3.4).

use std::fmt::Write as _;

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
    let mut value = String::new();
    let names = [username, challenge.realm, challenge.nonce];
    answer_with(challenge.algorithm, names, &ha1, asked, &mut value).then_some(())?;
    if let Some(opaque) = challenge.opaque {
        value.push_str(&format!(", opaque=\"{opaque}\""));
    }
    Some(value)
}

/// The same for username, realm and nonce of a challenge that is known already and a password of
/// which the hash is: appends the value without `opaque`. `false` for an algorithm we do not speak.
pub fn answer_with(
    algorithm: Algorithm,
    [username, realm, nonce]: [&str; 3],
    ha1: &Ha1,
    asked: &Asked<'_>,
    value: &mut String,
) -> bool {
    let nc = format!("{:08x}", asked.nonce_count);
    let (method, uri, cnonce) = (asked.method.as_str(), asked.uri, asked.cnonce);
    let terms = Terms { method, uri, nonce, nc: &nc, cnonce };
    let Some(response) = ResponseDigits::of(algorithm, ha1, &terms) else { return false };
    let written = write!(
        value,
        "Digest username=\"{}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{}\", algorithm={}, cnonce=\"{cnonce}\", qop={QOP}, nc={nc}",
        username.replace('\\', "\\\\").replace('"', "\\\""),
        response.as_str(),
        algorithm.as_str(),
    );
    written.is_ok()
}
