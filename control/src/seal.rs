//! The site's seal over passwords that a peer must hear in the clear.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use routing::Sealed;

/// The key that both processes read from a file.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
}

/// Why there is no seal.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The file cannot be read or made.
    #[error("key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file does not hold a key.
    #[error("key file {path}: a key is 64 hexadecimal digits")]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("key file {path} can be read by others; run: chmod 600 {path}")]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The system gives no random octets.
    #[error("the system gives no random octets: {0}")]
    Random(getrandom::Error),
}

impl Seal {
    /// Reads the key, or makes one if there is no such file.
    pub fn open(path: &Path) -> Result<Self, SealError> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let fault = |source| SealError::File { path: path.to_owned(), source };
                let mode = std::fs::metadata(path).map_err(fault)?.permissions().mode();
                if mode & 0o007 != 0 {
                    return Err(SealError::Exposed { path: path.to_owned() });
                }
                Self::parse(&text).ok_or_else(|| SealError::Malformed { path: path.to_owned() })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(source) => Err(SealError::File { path: path.to_owned(), source }),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut key = [0; KEY_LEN];
        hex::decode_to_slice(text.trim(), &mut key).ok()?;
        Some(Self { cipher: XChaCha20Poly1305::new(&Key::from(key)) })
    }

    fn create(path: &Path) -> Result<Self, SealError> {
        let mut key = [0; KEY_LEN];
        getrandom::fill(&mut key).map_err(SealError::Random)?;
        let write = || -> std::io::Result<()> {
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", hex::encode(key))?;
            file.sync_all()
        };
        write().map_err(|source| SealError::File { path: path.to_owned(), source })?;
        Ok(Self { cipher: XChaCha20Poly1305::new(&Key::from(key)) })
    }

    /// Seals a password: a random nonce, then the ciphertext.
    pub fn seal(&self, password: &str) -> Result<Sealed, SealError> {
        let mut sealed = vec![0; NONCE_LEN];
        getrandom::fill(&mut sealed).map_err(SealError::Random)?;
        let nonce = XNonce::try_from(sealed.as_slice()).expect("the vector has a nonce's length");
        let payload = Payload { msg: password.as_bytes(), aad: AAD };
        let ciphertext = self.cipher.encrypt(&nonce, payload).expect("a password is short");
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// The password under the seal; `None` if it was sealed with another key or changed.
    pub fn unseal(&self, sealed: &[u8]) -> Option<String> {
        let (nonce, msg) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        let clear = self.cipher.decrypt(&nonce, Payload { msg, aad: AAD }).ok()?;
        String::from_utf8(clear).ok()
    }
}

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 24;
const AAD: &[u8] = b"signalbox";

#[cfg(test)]
mod tests;
