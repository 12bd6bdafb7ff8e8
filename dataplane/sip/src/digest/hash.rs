//! The hashes of a digest (RFC 7616 §3.4.1 to §3.4.3).

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::header::Algorithm;

/// `H(username:realm:password)` for both algorithms: all that a server needs of a password.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Ha1 {
    /// By MD5.
    pub md5: [u8; 16],
    /// By SHA-256.
    pub sha256: [u8; 32],
}

impl Ha1 {
    /// Computes both hashes.
    pub fn of(username: &str, realm: &str, password: &str) -> Self {
        let parts = [username, realm, password].map(str::as_bytes);
        Self { md5: joined::<Md5>(&parts).into(), sha256: joined::<Sha256>(&parts).into() }
    }
}

impl std::fmt::Debug for Ha1 {
    /// Says nothing: whoever has these hashes can log in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ha1(..)")
    }
}

/// What goes into a response besides the password; every value as it stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) nc: &'a str,
    pub(crate) cnonce: &'a str,
}

/// A response in hexadecimal: 32 or 64 digits.
pub(crate) struct ResponseDigits {
    digits: [u8; 64],
    length: usize,
}

impl ResponseDigits {
    /// Computes the response for `qop=auth`; `None` for an algorithm we do not speak.
    pub(crate) fn of(algorithm: Algorithm, ha1: &Ha1, terms: &Terms<'_>) -> Option<Self> {
        match algorithm {
            Algorithm::Md5 => Some(Self::by::<Md5, 32>(&ha1.md5, terms)),
            Algorithm::Sha256 => Some(Self::by::<Sha256, 64>(&ha1.sha256, terms)),
            Algorithm::Other => None,
        }
    }

    fn by<D: Digest, const N: usize>(ha1: &[u8], terms: &Terms<'_>) -> Self {
        let ha2 = joined::<D>(&[terms.method.as_bytes(), terms.uri.as_bytes()]);
        let (ha1, ha2) = (hex::<N>(ha1), hex::<N>(&ha2));
        let (nonce, nc, cnonce) = (terms.nonce, terms.nc, terms.cnonce);
        let outer = joined::<D>(&[
            &ha1,
            nonce.as_bytes(),
            nc.as_bytes(),
            cnonce.as_bytes(),
            QOP.as_bytes(),
            &ha2,
        ]);
        let mut digits = [0; 64];
        digits[..N].copy_from_slice(&hex::<N>(&outer));
        Self { digits, length: N }
    }

    pub(crate) fn as_str(&self) -> &str {
        let digits = self.digits.get(..self.length).unwrap_or_default();
        std::str::from_utf8(digits).expect("hexadecimal digits are ASCII")
    }
}

/// `H(part:part:...)`.
fn joined<D: Digest>(parts: &[&[u8]]) -> sha2::digest::Output<D> {
    let mut hash = D::new();
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hash.finalize()
}

/// Octets as lower-case hexadecimal digits, as many as fit.
pub(crate) fn hex<const N: usize>(octets: &[u8]) -> [u8; N] {
    let mut digits = [b'0'; N];
    for (pair, octet) in digits.as_chunks_mut::<2>().0.iter_mut().zip(octets) {
        *pair = PAIRS[usize::from(*octet)];
    }
    digits
}

pub(crate) const QOP: &str = "auth";

/// The two digits of each octet.
const PAIRS: [[u8; 2]; 256] = {
    let (mut pairs, mut octet) = ([[0; 2]; 256], 0);
    while octet < 256 {
        pairs[octet] = [DIGITS[octet >> 4], DIGITS[octet & 15]];
        octet += 1;
    }
    pairs
};

const DIGITS: [u8; 16] = *b"0123456789abcdef";
