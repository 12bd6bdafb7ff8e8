//! Tapes on disk: sealed, one file for each shard.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use routing::Reader;
use shard::ShardId;

use super::code::{Noted, entries};
use super::ring::Ring;
use super::taped::Keeper;
use crate::clock;
use crate::plan::Seal;

/// A tape that was read.
#[derive(Debug)]
pub struct Recorded {
    /// Whose it is.
    pub shard: ShardId,
    /// How many shards its node had.
    pub shards: u8,
    /// It reaches back to the birth of the shard, and nothing is left out.
    pub whole: bool,
    /// When the shard was born: nanoseconds since the node began, and since 1970.
    pub born: (u64, u64),
    /// What stands on it.
    pub entries: Vec<Noted>,
}

/// Why a tape cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// The file.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was sealed with another seal, or is no tape.
    #[error("{path} is no tape of this site: is this the key_file of its node?")]
    Sealed {
        /// Which.
        path: PathBuf,
    },
    /// What stands in it makes no sense.
    #[error("{path}: damaged at entry {entry}, or of another version")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Where.
        entry: usize,
    },
}

/// Writes the tape of a shard.
pub(super) fn write(keeper: &Keeper, shard: ShardId, ring: &Ring) -> io::Result<()> {
    let mut octets = vec![FORMAT, shard.0, keeper.shards, u8::from(ring.whole)];
    octets.extend_from_slice(&ring.born.0.to_le_bytes());
    octets.extend_from_slice(&ring.born.1.to_le_bytes());
    octets.extend_from_slice(&ring.octets());
    let sealed = keeper
        .seal
        .seal(&octets, nonce(shard))
        .ok_or_else(|| io::Error::other("the tape is too long to be sealed"))?;
    let at = clock::read().unix_ns / 1_000_000_000;
    let path = keeper.directory.join(format!("{at}-shard-{:02}.{SUFFIX}", shard.0));
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    file.write_all(&sealed)
}

/// Never used again: no other process of the site has this number at this nanosecond.
fn nonce(shard: ShardId) -> [u8; 24] {
    let mut nonce = [0; 24];
    nonce[..8].copy_from_slice(&clock::read().unix_ns.to_le_bytes());
    nonce[8..12].copy_from_slice(&std::process::id().to_le_bytes());
    nonce[12] = shard.0;
    nonce[13..17].copy_from_slice(b"tape");
    nonce
}

/// The oldest tapes make room for `wanted` at most.
pub(super) fn make_room(directory: &Path, wanted: usize) -> io::Result<()> {
    let mut paths = tapes_in(directory)?;
    paths.sort_unstable();
    let too_many = (paths.len() + 1).saturating_sub(wanted);
    paths.iter().take(too_many).try_for_each(fs::remove_file)
}

fn tapes_in(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let is_tape = |path: &PathBuf| path.extension().is_some_and(|end| end == SUFFIX);
    paths.filter(|path| path.as_ref().map_or(true, is_tape)).collect()
}

/// The tapes of one death: a file, or the newest of each shard in a folder.
pub fn read_all(path: &Path, seal: &Seal) -> Result<Vec<Recorded>, TapeError> {
    let at = |source| TapeError::Io { path: path.to_owned(), source };
    if !path.is_dir() {
        return Ok(vec![read(path, seal)?]);
    }
    let mut paths = tapes_in(path).map_err(at)?;
    paths.sort_unstable();
    let mut tapes: Vec<Recorded> = Vec::new();
    for path in paths.iter().rev() {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let shard = name.rsplit('-').next().and_then(|number| number.parse::<u8>().ok());
        if tapes.iter().all(|tape| Some(tape.shard.0) != shard) {
            tapes.push(read(path, seal)?);
        }
    }
    if tapes.is_empty() {
        return Err(at(io::Error::new(io::ErrorKind::NotFound, "holds no tape")));
    }
    tapes.sort_unstable_by_key(|tape| tape.shard);
    Ok(tapes)
}

fn read(path: &Path, seal: &Seal) -> Result<Recorded, TapeError> {
    let sealed =
        fs::read(path).map_err(|source| TapeError::Io { path: path.to_owned(), source })?;
    let octets = seal.open(&sealed).ok_or_else(|| TapeError::Sealed { path: path.to_owned() })?;
    let damaged = |entry| TapeError::Damaged { path: path.to_owned(), entry };
    let mut reader = Reader(&octets);
    let [format, shard, shards, whole] = reader.array().map_err(|_| damaged(0))?;
    if format != FORMAT {
        return Err(damaged(0));
    }
    let mut time = || reader.u64().map_err(|_| damaged(0));
    let born = (time()?, time()?);
    let mut read = Vec::new();
    for entry in entries(reader.0) {
        read.push(entry.map_err(|_| damaged(read.len() + 1))?);
    }
    Ok(Recorded { shard: ShardId(shard), shards, whole: whole != 0, born, entries: read })
}

const FORMAT: u8 = 1;
const SUFFIX: &str = "tape";
