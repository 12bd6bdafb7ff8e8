//! One pass over volumes: their records into a recovery, their damage into the log.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use routing::journal::{
    Blocks, Recovery, Tail, VOLUME_HEADER_LEN, VolumeError, VolumeHeader, volume_number,
};
use rustix::fs::{Advice, fadvise};

/// Where a shard's journal ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Last {
    /// The highest number of a volume.
    pub volume: u64,
    /// The highest epoch of the node.
    pub epoch: u64,
    /// The sequence number of the last block.
    pub sequence: u64,
    /// The first of those at the end that were made ahead and never written, and its length.
    pub unused: Option<(u64, u64)>,
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

/// One pass over volumes.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) node: &'a str,
    pub(super) recovery: Recovery,
    pub(super) blocks: u64,
    pub(super) damage: u64,
    buffer: Vec<u8>,
}

impl<'a> Pass<'a> {
    /// One that goes on with what is known.
    pub(super) fn new(node: &'a str, recovery: Recovery) -> Self {
        Self { node, recovery, blocks: 0, damage: 0, buffer: Vec::new() }
    }

    /// Reads those of a shard's volumes in order that come after `last`, up to a number.
    pub(super) fn shard(
        &mut self,
        dir: &Path,
        mut last: Last,
        upto: u64,
    ) -> Result<Last, ReadError> {
        let volumes = numbered(dir, volume_number)?.into_iter();
        let from = last.volume;
        let is_asked = |number: u64| from < number && number <= upto;
        let mut volumes = volumes.filter(|(number, _)| is_asked(*number)).peekable();
        while let Some((number, path)) = volumes.next() {
            if let Some((_, next)) = volumes.peek() {
                fetch(next);
            }
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
            if self.recovery.handle_block(block.records).is_err() {
                self.damaged(path, offset, "a record of this block is unreadable");
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
        // A life that was short left its first volume and the one ahead of it.
        let first = last.unused.unwrap_or((last.volume, octets.len() as u64));
        last.unused = unused.then_some(first);
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

/// The disk reads it while the one before is looked through.
fn fetch(path: &Path) {
    // It is only sooner there.
    let _ = fs::File::open(path).map(|file| fadvise(&file, 0, None, Advice::WillNeed));
}

/// The entries of a directory whose names are numbers, ascending; none if it does not exist.
pub(super) fn numbered(
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

/// The folders of all shards that ever wrote, by shard.
pub(super) fn shard_dirs(journal: &Path) -> Result<BTreeMap<u8, PathBuf>, ReadError> {
    let number = |name: &str| name.strip_prefix("shard-")?.parse::<u8>().ok().map(u64::from);
    let dirs = numbered(journal, number)?.into_iter();
    Ok(dirs.filter_map(|(shard, dir)| Some((u8::try_from(shard).ok()?, dir))).collect())
}
