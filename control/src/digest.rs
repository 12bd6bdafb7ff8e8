//! What the dataplane needs to check a SIP password without knowing it (RFC 7616 §3.4.2).

use md5::{Digest, Md5};
use sha2::Sha256;

/// MD5(user:realm:password).
pub fn ha1_md5(user: &str, realm: &str, password: &str) -> [u8; 16] {
    Md5::digest(secret(user, realm, password)).into()
}

/// SHA-256(user:realm:password).
pub fn ha1_sha256(user: &str, realm: &str, password: &str) -> [u8; 32] {
    Sha256::digest(secret(user, realm, password)).into()
}

fn secret(user: &str, realm: &str, password: &str) -> String {
    format!("{user}:{realm}:{password}")
}

#[cfg(test)]
mod tests;
