//! What a restart reads: every volume of every shard there ever was.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use routing::journal::{
    Blocks, Contacts, Final, Flight, Recovery, Restored, Tail, VOLUME_HEADER_LEN, VolumeError,
    VolumeHeader, volume_number,
};
use routing::{Sms, Target, home};

/// Where a shard's journal ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Last {
    /// The highest number of a volume.
    pub volume: u64,
    /// The highest epoch of the node.
    pub epoch: u64,
    /// The sequence number of the last block.
    pub sequence: u64,
    /// The last volume and its length, if it was made ahead and never written.
    pub unused: Option<(u64, u64)>,
}

/// What a shard must know again after a restart.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Open flights.
    pub flights: Vec<Flight>,
    /// What its sender may not have heard of.
    pub doubtful: Vec<Sms>,
    /// The contacts of its accounts.
    pub contacts: Vec<Contacts>,
    /// How Sms ended whose ids name it.
    pub finals: Vec<Final>,
}

/// What the journals of a node hold, dealt out to its shards.
#[derive(Debug, Default)]
pub struct Read {
    /// Where each shard's journal ends, in the order of shards.
    pub lasts: Vec<Last>,
    /// What each shard must know again, in the order of shards.
    pub recovered: Vec<Recovered>,
    /// How many blocks were read.
    pub blocks: u64,
    /// How many places are damaged.
    pub damage: u64,
}

/// The journal cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The disk or the file system says no.
    #[error("journal: {path}: {source}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Written by another version of Signalbox.
    #[error("journal: {path}: {source}; start the version that wrote it")]
    Format {
        /// Where.
        path: PathBuf,
        /// Which.
        source: VolumeError,
    },
}

/// One pass over all journals.
struct Pass<'a> {
    node: &'a str,
    recovery: Recovery,
    blocks: u64,
    damage: u64,
    buffer: Vec<u8>,
}

/// Reads the journals of every shard and deals out what is open to `shards` shards.
pub fn read(journal: &Path, node: &str, shards: u8) -> Result<Read, ReadError> {
    let mut pass =
        Pass { node, recovery: Recovery::default(), blocks: 0, damage: 0, buffer: Vec::new() };
    let mut lasts = BTreeMap::new();
    for (shard, dir) in numbered(journal, shard_number)? {
        lasts.insert(shard, pass.shard(&dir)?);
    }
    let epoch = lasts.values().map(|last| last.epoch).max().unwrap_or(0);
    let last_of = |shard: u8| {
        let last = lasts.get(&u64::from(shard)).copied().unwrap_or_default();
        Last { epoch, ..last }
    };
    Ok(Read {
        lasts: (0..shards).map(last_of).collect(),
        recovered: deal(pass.recovery, shards),
        blocks: pass.blocks,
        damage: pass.damage,
    })
}

/// Gives every shard its own.
fn deal(recovery: Recovery, shards: u8) -> Vec<Recovered> {
    let mut shares = Vec::new();
    shares.resize_with(usize::from(shards), Recovered::default);
    let Restored { flights, doubtful, contacts, finals } = recovery.finish(DOUBT_NS);
    for flight in flights {
        shares[owner(&flight.sms, shards)].flights.push(flight);
    }
    for sms in doubtful {
        shares[owner(&sms, shards)].doubtful.push(sms);
    }
    for known in contacts {
        shares[usize::from(home(known.account, shards))].contacts.push(known);
    }
    for ended in finals {
        shares[usize::from(ended.told.shard() % shards)].finals.push(ended);
    }
    shares
}

impl Pass<'_> {
    /// Reads one shard's volumes in order.
    fn shard(&mut self, dir: &Path) -> Result<Last, ReadError> {
        let mut last = Last::default();
        for (number, path) in numbered(dir, volume_number)? {
            if last.volume != 0 && number != last.volume + 1 {
                self.damaged(&path, 0, "a volume before this one is missing");
            }
            last.volume = number;
            self.volume(&path, &mut last)?;
        }
        Ok(last)
    }

    fn volume(&mut self, path: &Path, last: &mut Last) -> Result<(), ReadError> {
        let mut octets = std::mem::take(&mut self.buffer);
        octets.clear();
        let at = |source| ReadError::Io { path: path.to_owned(), source };
        let mut file = fs::File::open(path).map_err(at)?;
        io::Read::read_to_end(&mut file, &mut octets).map_err(at)?;
        let sound = self.header(path, &octets, last)?;
        let before = self.blocks;
        let mut blocks = Blocks::new(&octets, VOLUME_HEADER_LEN);
        for (offset, block) in blocks.by_ref() {
            if last.sequence != 0 && block.header.sequence != last.sequence + 1 {
                self.damaged(path, offset, "blocks before this one are missing");
            }
            last.sequence = last.sequence.max(block.header.sequence);
            last.epoch = last.epoch.max(block.header.epoch);
            self.blocks += 1;
            for record in block.records {
                match record {
                    Ok(record) => self.recovery.handle(record),
                    Err(_) => self.damaged(path, offset, "a record of this block is unreadable"),
                }
            }
        }
        for damage in blocks.damage() {
            self.damaged(path, damage.offset, "octets that are no block were skipped");
        }
        let torn = blocks.tail() == Tail::Torn;
        if torn {
            let (path, offset) = (path.display(), blocks.offset());
            tracing::info!(%path, offset, "dropped the torn tail of a commit never answered");
        }
        let unused = sound && !torn && self.blocks == before;
        last.unused = unused.then_some((last.volume, octets.len() as u64));
        self.buffer = octets;
        Ok(())
    }

    /// Checks the header; the blocks have checksums of their own and are read in any case.
    fn header(&mut self, path: &Path, octets: &[u8], last: &mut Last) -> Result<bool, ReadError> {
        match VolumeHeader::decode(octets) {
            Ok(header) => {
                if header.node != self.node {
                    let (path, node) = (path.display(), &header.node);
                    tracing::warn!(%path, %node, "a journal of another node, recovered as ours");
                }
                last.epoch = last.epoch.max(header.epoch);
                Ok(true)
            }
            Err(source @ VolumeError::Format { .. }) => {
                Err(ReadError::Format { path: path.to_owned(), source })
            }
            Err(VolumeError::NotAVolume | VolumeError::Checksum) => {
                self.damaged(path, 0, "the volume's header is unreadable");
                Ok(false)
            }
        }
    }

    fn damaged(&mut self, path: &Path, offset: usize, what: &str) {
        self.damage += 1;
        tracing::warn!(path = %path.display(), offset, "journal damaged: {what}");
    }
}

/// The shard that owns an Sms.
fn owner(sms: &Sms, shards: u8) -> usize {
    let id = match sms.target {
        Target::Account(account) => account,
        Target::Connection { connection, .. } => connection,
    };
    usize::from(home(id, shards))
}

/// The entries of a directory whose names are numbers, ascending; none if it does not exist.
fn numbered(
    dir: &Path,
    number: impl Fn(&str) -> Option<u64>,
) -> Result<BTreeMap<u64, PathBuf>, ReadError> {
    let at = |source| ReadError::Io { path: dir.to_owned(), source };
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(at)?,
    };
    let mut found = BTreeMap::new();
    for entry in entries {
        let entry = entry.map_err(at)?;
        if let Some(number) = entry.file_name().to_str().and_then(&number) {
            found.insert(number, entry.path());
        }
    }
    Ok(found)
}

fn shard_number(name: &str) -> Option<u64> {
    name.strip_prefix("shard-")?.parse().ok().filter(|shard| *shard <= 255)
}

/// An answer that was not written within five seconds is one the sender gave up on.
const DOUBT_NS: u64 = 5_000_000_000;
