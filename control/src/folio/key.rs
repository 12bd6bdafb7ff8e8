//! The key that signs heads: Ed25519 (RFC 8032), and those that signed before it.
//!
//! The file has the seed of the key on its first line. Each line behind it hands over from one key
//! to the next, oldest first: both say so with their signatures, so that whoever trusts one key of
//! the chain can trust all of them. The seed of a key that was handed over is kept nowhere.

use std::fmt;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

use crate::fault::{Fault, Outcome};

/// A key that signs, and from which the key for hidden numbers follows.
pub struct ProofKey {
    pair: Ed25519KeyPair,
    /// Keys the hashes of hidden numbers; it stays when the key is another one.
    hiding: [u8; 32],
    /// How it came to be the key, oldest first.
    pub(super) chain: Vec<Handover>,
}

/// One key made another its successor; both have signed that.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Handover {
    /// The public half of the key before, hexadecimal.
    pub old: String,
    /// That of the key behind.
    pub new: String,
    /// What the key before signed of it, hexadecimal.
    pub by_old: String,
    /// What the key behind signed of it.
    pub by_new: String,
}

impl Handover {
    fn text(old: &str, new: &str) -> String {
        format!("signalbox key 1\nold {old}\nnew {new}\n")
    }

    fn parse(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("key ")?.split(' ').map(str::to_owned);
        let (old, new, by_old, by_new) =
            (words.next()?, words.next()?, words.next()?, words.next()?);
        words.next().is_none().then_some(Self { old, new, by_old, by_new })
    }

    /// Did both keys sign it?
    pub fn holds(&self) -> bool {
        let text = Self::text(&self.old, &self.new);
        is_signed(&text, &self.by_old, &self.old) && is_signed(&text, &self.by_new, &self.new)
    }
}

impl fmt::Display for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { old, new, by_old, by_new } = self;
        write!(f, "key {old} {new} {by_old} {by_new}")
    }
}

/// Does a chain of keys that hand over lead from one to the other?
pub fn leads(chain: &[Handover], from: &str, to: &str) -> bool {
    let mut at = from;
    for handover in chain.iter().skip_while(|handover| handover.old != from) {
        if at == to || handover.old != at || !handover.holds() {
            break;
        }
        at = &handover.new;
    }
    at == to
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
        let mut lines = text.lines().map(str::trim);
        let mut seed = [0; SEED_LEN];
        hex::decode_to_slice(lines.next().unwrap_or_default(), &mut seed)
            .map_err(|_| fault("a key is 64 hexadecimal digits"))?;
        let mut key = Self::of(&seed)?;
        for line in lines.filter(|line| !line.is_empty()) {
            if let Some(hiding) = line.strip_prefix("numbers ") {
                hex::decode_to_slice(hiding, &mut key.hiding)
                    .map_err(|_| fault("numbers are hidden by 64 hexadecimal digits"))?;
                continue;
            }
            let handover = Handover::parse(line).filter(Handover::holds);
            key.chain.push(handover.ok_or_else(|| fault("a key was not handed over so"))?);
        }
        let oldest = key.chain.first().map(|first| first.old.clone());
        if oldest.is_some_and(|oldest| !leads(&key.chain, &oldest, &key.public())) {
            return Err(fault("its keys do not lead to the first line"));
        }
        Ok(key)
    }

    /// Makes the key of a file hand over to a new one, which takes its place there.
    pub fn rotate(path: &Path) -> Outcome<Self> {
        let old = Self::open(path)?;
        let (seed, mut new) = Self::random()?;
        let text = Handover::text(&old.public(), &new.public());
        let (by_old, by_new) = (old.sign(&text), new.sign(&text));
        let handover = Handover { old: old.public(), new: new.public(), by_old, by_new };
        (new.chain, new.hiding) = (old.chain, old.hiding);
        new.chain.push(handover);
        let fault =
            |error: std::io::Error| Fault::failed(format!("proof key {}: {error}", path.display()));
        let mut aside = path.as_os_str().to_owned();
        aside.push(".new");
        let aside = Path::new(&aside);
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            let mut file = options.open(aside)?;
            writeln!(file, "{}\nnumbers {}", hex::encode(seed), hex::encode(new.hiding))?;
            new.chain.iter().try_for_each(|handover| writeln!(file, "{handover}"))?;
            file.sync_all()?;
            std::fs::rename(aside, path)?;
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            std::fs::File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
        };
        write().map_err(fault)?;
        Ok(new)
    }

    fn random() -> Outcome<([u8; SEED_LEN], Self)> {
        let mut seed = [0; SEED_LEN];
        getrandom::fill(&mut seed).map_err(|error| Fault::failed(format!("proof key: {error}")))?;
        Ok((seed, Self::of(&seed)?))
    }

    /// Makes a key in a file that does not exist yet.
    pub fn create(path: &Path) -> Outcome<Self> {
        let fault = |error: String| Fault::failed(format!("proof key {}: {error}", path.display()));
        let (seed, key) = Self::random()?;
        let write = || -> std::io::Result<()> {
            let mut options = std::fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", hex::encode(seed))?;
            file.sync_all()
        };
        write().map_err(|error| fault(error.to_string()))?;
        Ok(key)
    }

    /// The key of a seed.
    pub fn of(seed: &[u8; SEED_LEN]) -> Outcome<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|error| Fault::failed(format!("proof key: {error}")))?;
        let hiding = Sha256::new().chain_update(b"signalbox numbers").chain_update(seed);
        Ok(Self { pair, hiding: hiding.finalize().into(), chain: Vec::new() })
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

#[cfg(test)]
mod tests;
