//! Reads one shard's journal, a batch at a time.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use routing::journal::{Blocks, Tail, VOLUME_HEADER_LEN, VolumeHeader, volume_name, volume_number};

use crate::store::{Batch, Cursor};

/// Reads on where the cursor stands.
pub struct ShardReader {
    folder: PathBuf,
    cursor: Cursor,
    /// How much is read at once.
    chunk: usize,
    /// A torn tail that was looked at in full, and the file as it was then.
    stalled: Option<(u64, u64, SystemTime)>,
    /// The number the next block should have; 0 if any will do.
    complained: bool,
}

/// A batch and how far in time the journal was read with it.
pub struct Read {
    /// What was read.
    pub batch: Batch,
    /// When the last block was sealed, Unix nanoseconds.
    pub at_ns: u64,
}

impl ShardReader {
    /// Reads the volumes of a folder from a cursor on.
    pub fn new(folder: PathBuf, cursor: Cursor) -> Self {
        Self { folder, cursor, chunk: CHUNK_MIN, stalled: None, complained: false }
    }

    /// Where the next batch begins.
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The next batch, or `None` if nothing is there yet. The batch counts as taken: if it could
    /// not be stored, make a new reader from the stored cursor.
    pub fn read(&mut self) -> io::Result<Option<Read>> {
        loop {
            if let Some(read) = self.read_volume(false)? {
                return Ok(Some(read));
            }
            let Some(next) = self.next_begun()? else { return Ok(None) };
            // Whatever the writer wrote before it began the next volume is there by now.
            if let Some(read) = self.read_volume(true)? {
                return Ok(Some(read));
            }
            (self.cursor.volume, self.cursor.offset) = (next, 0);
            self.complained = false;
        }
    }

    /// The next volume that holds a block. A volume that is only prepared does not count: the
    /// writer may still write into the one before.
    fn next_begun(&mut self) -> io::Result<Option<u64>> {
        let mut numbers = volumes(&self.folder)?;
        numbers.sort_unstable();
        if numbers.last().is_some_and(|last| *last < self.cursor.volume) {
            tracing::warn!(
                node = self.cursor.node,
                shard = self.cursor.shard,
                "the journal begins again; it is harvested from its first volume"
            );
            self.cursor.volume = 0;
            self.cursor.offset = 0;
            self.cursor.sequence = 0;
        }
        for number in numbers.into_iter().filter(|number| *number > self.cursor.volume) {
            let octets = self.octets(number, 0, CHUNK_MAX)?;
            if Blocks::new(&octets, VOLUME_HEADER_LEN).next().is_some() {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }

    /// What the current volume still has; `to_end` looks behind damage as far as the file goes.
    fn read_volume(&mut self, to_end: bool) -> io::Result<Option<Read>> {
        let Some((len, changed)) = self.header()? else { return Ok(None) };
        let file = self.open(self.cursor.volume)?;
        let offset = self.cursor.offset;
        let rest = usize::try_from(len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let known = self.stalled == Some((offset, len, changed)) && !to_end;
        let mut want = if to_end { rest } else { self.chunk };
        loop {
            // A volume's header in front, because that is how blocks are aligned and counted.
            let mut octets = vec![0; VOLUME_HEADER_LEN];
            octets.extend(self.octets(self.cursor.volume, offset, want)?);
            let mut blocks = Blocks::new(&octets, VOLUME_HEADER_LEN);
            if let Some(read) = self.batch(&mut blocks)? {
                // What a power cut could still take away must not be on a bill.
                file.sync_data()?;
                self.chunk = want.saturating_mul(4).min(CHUNK_MAX);
                return Ok(Some(read));
            }
            let torn = blocks.tail() == Tail::Torn;
            if to_end && torn {
                self.complain("torn at its end", offset);
            }
            if want >= rest || !torn || known {
                self.chunk = CHUNK_MIN;
                if torn && settled(changed) {
                    self.stalled = Some((offset, len, changed));
                }
                return Ok(None);
            }
            want = want.saturating_mul(4).min(rest);
        }
    }

    /// The records of all blocks. One that cannot be read stops the harvest before its block:
    /// a bill must not be written around a gap.
    fn batch(&mut self, blocks: &mut Blocks<'_>) -> io::Result<Option<Read>> {
        let mut batch = Batch::default();
        let mut at_ns = None;
        for (_, block) in &mut *blocks {
            let sequence = block.header.sequence;
            if self.cursor.sequence != 0 && sequence != self.cursor.sequence {
                tracing::error!(
                    node = self.cursor.node,
                    shard = self.cursor.shard,
                    expected = self.cursor.sequence,
                    found = sequence,
                    "blocks of the journal are missing"
                );
            }
            for (place, record) in block.records.enumerate() {
                let record = record.map_err(|_| self.unreadable(sequence, place))?;
                batch.handle(sequence, place, record);
            }
            self.cursor.sequence = sequence + 1;
            at_ns = Some(block.header.at_ns);
        }
        for damage in blocks.damage() {
            let offset = self.cursor.offset + (damage.offset - VOLUME_HEADER_LEN) as u64;
            tracing::error!(
                node = self.cursor.node,
                shard = self.cursor.shard,
                volume = self.cursor.volume,
                offset,
                len = damage.len,
                "the journal is damaged; what stands behind it is taken"
            );
        }
        let Some(at_ns) = at_ns else { return Ok(None) };
        self.cursor.offset += (blocks.offset() - VOLUME_HEADER_LEN) as u64;
        batch.cursor = self.cursor.clone();
        Ok(Some(Read { batch, at_ns }))
    }

    fn unreadable(&self, sequence: u64, place: usize) -> io::Error {
        io::Error::other(format!(
            "{}: record {place} of block {sequence} cannot be read: is control older than the \
             dataplane of node {}?",
            self.folder.join(volume_name(self.cursor.volume)).display(),
            self.cursor.node
        ))
    }

    /// Checks the volume's header; its length and when it was changed, or `None` if there is no
    /// volume to read yet.
    fn header(&mut self) -> io::Result<Option<(u64, SystemTime)>> {
        if self.cursor.volume == 0 {
            return Ok(None);
        }
        let metadata = match self.open(self.cursor.volume) {
            Ok(file) => file.metadata()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        if self.cursor.offset == 0 {
            let octets = self.octets(self.cursor.volume, 0, VOLUME_HEADER_LEN)?;
            match VolumeHeader::decode(&octets) {
                Ok(header) if header.shard == self.cursor.shard => {}
                Ok(_) => {
                    self.complain("the volume of another shard", 0);
                    return Ok(None);
                }
                Err(_) => return Ok(None),
            }
            self.cursor.offset = VOLUME_HEADER_LEN as u64;
        }
        Ok(Some((metadata.len(), metadata.modified()?)))
    }

    /// Opens a volume where its shard writes it, or where it was put when no restart needed it.
    fn open(&self, volume: u64) -> io::Result<File> {
        let name = volume_name(volume);
        match File::open(self.folder.join(&name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                File::open(self.folder.join(SPENT).join(name))
            }
            opened => opened,
        }
    }

    /// Deletes what is harvested and spent, but for the newest `keep` octets of it.
    pub fn delete_spent(&self, keep: u64) -> io::Result<()> {
        let spent = self.folder.join(SPENT);
        let mut numbers = volumes_in(&spent)?;
        numbers.retain(|number| *number < self.cursor.volume);
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        let mut kept = 0;
        for number in numbers {
            let path = spent.join(volume_name(number));
            kept += fs::metadata(&path)?.len();
            if kept > keep {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    fn octets(&self, volume: u64, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let file = self.open(volume)?;
        let there = file.metadata()?.len().saturating_sub(offset);
        let len = len.min(usize::try_from(there).unwrap_or(usize::MAX));
        let mut octets = vec![0; len];
        let mut filled = 0;
        while filled < len {
            match file.read_at(&mut octets[filled..], offset + filled as u64)? {
                0 => break,
                count => filled += count,
            }
        }
        octets.truncate(filled);
        Ok(octets)
    }

    fn complain(&mut self, what: &str, offset: u64) {
        if !std::mem::replace(&mut self.complained, true) {
            tracing::warn!(
                node = self.cursor.node,
                shard = self.cursor.shard,
                volume = self.cursor.volume,
                offset,
                "a journal volume is {what}"
            );
        }
    }
}

/// The numbers of a shard's volumes, spent or not, in no order.
fn volumes(folder: &Path) -> io::Result<Vec<u64>> {
    // In this order, so that one that is being moved is seen at least once.
    let mut numbers = volumes_in(folder)?;
    numbers.extend(volumes_in(&folder.join(SPENT))?);
    Ok(numbers)
}

/// The numbers of the volumes in a folder, in no order.
fn volumes_in(folder: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(entries.flatten().filter_map(|entry| volume_number(entry.file_name().to_str()?)).collect())
}

/// Was the file left alone for longer than its time stamps are coarse?
fn settled(changed: SystemTime) -> bool {
    let changed = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let age_ns = u128::from(crate::clock::unix_ns()).saturating_sub(changed.as_nanos());
    age_ns > SETTLED_NS
}

/// In a shard's folder, where its node puts the volumes that no restart needs: ours from then on.
const SPENT: &str = "spent";

/// What is read when little is expected.
const CHUNK_MIN: usize = 64 * 1024;

/// What is read at once at most, unless one block is larger: some twenty thousand records, so a
/// transaction stays below a tenth of a second.
const CHUNK_MAX: usize = 4 * 1024 * 1024;

const SETTLED_NS: u128 = 1_000_000_000;
