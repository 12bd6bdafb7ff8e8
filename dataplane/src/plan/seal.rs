//! The site's seal: the key under which control hides passwords in a plan.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use routing::ArchivedOutbind;
use routing::snapshot::Snapshot;
use shard::{Adopted, Secrets};
use zeroize::Zeroizing;

/// The site's seal (XChaCha20-Poly1305).
#[derive(Clone)]
pub struct Seal {
    key: Zeroizing<[u8; 32]>,
}

/// Why a key file is no seal.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It cannot be read.
    #[error("key file {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others may read it.
    #[error("key file {path} has mode {mode:04o}, others may read it: chmod 0600 {path}")]
    Mode {
        /// Which.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds something else.
    #[error("key file {path} does not hold 64 hex digits: copy the one that control made")]
    Content {
        /// Which.
        path: PathBuf,
    },
}

impl Seal {
    /// Reads a key file: 64 hex digits, for its owner's eyes only.
    pub fn read(path: &Path) -> Result<Self, SealError> {
        let at = |source| SealError::Io { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(at)?;
        let mode = file.metadata().map_err(at)?.mode() & 0o7777;
        if mode & exposed(path) != 0 {
            return Err(SealError::Mode { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.by_ref().take(TEXT_MAX).read_to_string(&mut text).map_err(at)?;
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(text.trim(), &mut *key)
            .map_err(|_| SealError::Content { path: path.to_owned() })?;
        Ok(Self { key })
    }

    /// A seal made of these octets.
    pub fn new(key: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(key) }
    }

    /// The key itself.
    pub fn key(&self) -> [u8; 32] {
        *self.key
    }

    /// Opens what was sealed: nonce followed by ciphertext and tag.
    pub fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        cipher.decrypt(&XNonce::from(*nonce), Payload { msg, aad: CONTEXT }).ok()
    }

    /// Hides something; the nonce must never be used again. `None` if it is too long.
    pub fn seal(&self, msg: &[u8], nonce: [u8; NONCE_LEN]) -> Option<Vec<u8>> {
        let cipher = XChaCha20Poly1305::new((&*self.key).into());
        let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg, aad: CONTEXT }).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    /// Opens every password of a plan. One that does not open is missing afterwards.
    pub fn unseal(&self, snapshot: Snapshot) -> Adopted {
        let mut secrets = Secrets::default();
        let mut closed = 0;
        let mut open =
            |id: u32, sealed: &[u8], into: &mut std::collections::BTreeMap<_, _>| match self
                .open(sealed)
            {
                Some(secret) => drop(into.insert(id, secret)),
                None => closed += 1,
            };
        for environment in snapshot.plan().environments.iter() {
            for carrier in environment.carriers.iter() {
                let id = carrier.id.to_native();
                open(id, &carrier.password, &mut secrets.carriers);
                let summons = carrier.contract.outbind.as_ref();
                if let Some(outbind) = summons.map(|summons| &summons.outbind).filter(has_secret) {
                    open(id, &outbind.password, &mut secrets.carrier_outbinds);
                }
            }
            for connection in environment.connections.iter() {
                let id = connection.id.to_native();
                // A trunk that asks for no password has none.
                if connection.trunk().is_none() || !connection.password.is_empty() {
                    open(id, &connection.password, &mut secrets.connections);
                }
                if let Some(outbind) = connection.manner.outbind.as_ref().filter(has_secret) {
                    open(id, &outbind.password, &mut secrets.connection_outbinds);
                }
            }
        }
        if closed > 0 {
            let generation = snapshot.generation();
            tracing::warn!(generation, closed, "passwords sealed with another key: cannot bind");
        }
        Adopted { snapshot, secrets: Arc::new(secrets) }
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

/// The permissions that give a key away. What systemd hands over as a credential it opens to the
/// service's user by an access list, whose mask stands where the group's permissions do.
fn exposed(path: &Path) -> u32 {
    let granted = std::env::var_os("CREDENTIALS_DIRECTORY");
    if granted.is_some_and(|folder| path.starts_with(folder)) { 0o007 } else { 0o077 }
}

fn has_secret(outbind: &&ArchivedOutbind) -> bool {
    !outbind.password.is_empty()
}

const NONCE_LEN: usize = 24;

/// What the seal is for; control seals with the same words.
const CONTEXT: &[u8] = b"signalbox";

/// 64 digits and some white space.
const TEXT_MAX: u64 = 128;
