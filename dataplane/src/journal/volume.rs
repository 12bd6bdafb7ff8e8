//! One file of the journal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use routing::journal::{VOLUME_HEADER_LEN, VolumeHeader, volume_name};

/// A volume that is ready to be written: full length, full of zeros, its name on disk.
#[derive(Clone, Debug)]
pub struct Volume {
    /// The file.
    pub file: Arc<File>,
    /// Its place in the shard's sequence.
    pub number: u64,
    /// Its length in octets.
    pub len: u64,
}

/// The directory of a shard's volumes.
pub(super) fn shard_dir(journal: &Path, shard: u8) -> PathBuf {
    journal.join(format!("shard-{shard:02}"))
}

/// Makes a directory of ours, with those above it.
pub(super) fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

impl Volume {
    /// Makes a volume: written aside, synced, then given its name.
    pub fn create(dir: &Path, header: &VolumeHeader, len: u64) -> io::Result<Self> {
        let (aside, name) = (dir.join(ASIDE), dir.join(volume_name(header.number)));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&aside)?;
        file.write_all(&header.encode())?;
        let zeros = vec![0; ZEROS_LEN];
        let mut rest = len.saturating_sub(VOLUME_HEADER_LEN as u64);
        while rest > 0 {
            let piece = rest.min(ZEROS_LEN as u64);
            file.write_all(&zeros[..piece as usize])?;
            // All of it at once would keep the commits of the shards waiting for the disk.
            file.sync_data()?;
            rest -= piece;
        }
        file.sync_all()?;
        fs::rename(&aside, &name)?;
        File::open(dir)?.sync_all()?;
        Ok(Self { file: Arc::new(file), number: header.number, len })
    }

    /// Takes over a volume that was made ahead but never written, under a new header.
    pub fn take_over(dir: &Path, header: &VolumeHeader, len: u64) -> io::Result<Self> {
        let name = dir.join(volume_name(header.number));
        let file = OpenOptions::new().read(true).write(true).open(name)?;
        file.write_all_at(&header.encode(), 0)?;
        file.sync_all()?;
        Ok(Self { file: Arc::new(file), number: header.number, len })
    }
}

/// In a shard's directory, where volumes are that no restart needs: control's to keep or delete.
pub(super) const SPENT: &str = "spent";

/// The name of a volume in the making; a leftover is overwritten.
const ASIDE: &str = "next.tmp";
const ZEROS_LEN: usize = 1 << 20;
