//! The key that signs heads: Ed25519 (RFC 8032).

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Outcome};

/// A key that signs, and from which the key for hidden numbers follows.
pub struct ProofKey {
    pair: Ed25519KeyPair,
    /// Keys the hashes of hidden numbers.
    hiding: [u8; 32],
}

impl ProofKey {
    /// Reads the key: 64 hexadecimal digits.
    pub fn open(path: &Path) -> Outcome<Self> {
        let fault = |what: &str| Fault::failed(format!("proof key {}: {what}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| {
            fault(&error.to_string())
                .cure("make one: signalbox-control --config FILE --new-proof-key")
        })?;
        let mode = std::fs::metadata(path).map_err(|error| fault(&error.to_string()))?;
        if mode.permissions().mode() & 0o007 != 0 {
            return Err(fault("others can read it").cure(format!("chmod 600 {}", path.display())));
        }
        let mut seed = [0; SEED_LEN];
        hex::decode_to_slice(text.trim(), &mut seed)
            .map_err(|_| fault("a key is 64 hexadecimal digits"))?;
        Self::of(&seed)
    }

    /// Makes a key in a file that does not exist yet.
    pub fn create(path: &Path) -> Outcome<Self> {
        let fault = |error: String| Fault::failed(format!("proof key {}: {error}", path.display()));
        let mut seed = [0; SEED_LEN];
        getrandom::fill(&mut seed).map_err(|error| fault(error.to_string()))?;
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", hex::encode(seed))?;
            file.sync_all()
        };
        write().map_err(|error| fault(error.to_string()))?;
        Self::of(&seed)
    }

    /// The key of a seed.
    pub fn of(seed: &[u8; SEED_LEN]) -> Outcome<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|error| Fault::failed(format!("proof key: {error}")))?;
        let hiding = Sha256::new().chain_update(b"signalbox numbers").chain_update(seed);
        Ok(Self { pair, hiding: hiding.finalize().into() })
    }

    /// The key that everybody may know, hexadecimal.
    pub fn public(&self) -> String {
        hex::encode(self.pair.public_key().as_ref())
    }

    /// The signature of a text, hexadecimal. Signed again it is the same.
    pub fn sign(&self, text: &str) -> String {
        hex::encode(self.pair.sign(text.as_bytes()).as_ref())
    }

    /// What stands for a number that is hidden: the same for the same number, and not to be
    /// found by trying all numbers without the key.
    pub(super) fn pseudonym(&self, number: &str) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.hiding);
        let tag = ring::hmac::sign(&key, number.as_bytes());
        format!("#{}", hex::encode(&tag.as_ref()[..PSEUDONYM_LEN]))
    }
}

/// Was the text signed with that key?
pub fn is_signed(text: &str, signature: &str, key: &str) -> bool {
    let (Ok(signature), Ok(key)) = (hex::decode(signature), hex::decode(key)) else {
        return false;
    };
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key);
    key.verify(text.as_bytes(), &signature).is_ok()
}

const SEED_LEN: usize = 32;

/// Sixteen octets: no two numbers of the world share one.
const PSEUDONYM_LEN: usize = 16;
