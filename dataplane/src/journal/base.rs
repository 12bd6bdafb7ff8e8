//! Bases as files: written whole or not at all, the one before kept for the day one is damaged.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use routing::journal::{
    BaseHeader, BlockHeader, Carried, Recovery, VolumeError, base_name, base_number, begin_block,
    read_base, seal_block,
};

use super::pass::{ReadError, numbered};

/// The newest base that is whole, with what it says; an empty one if there is none.
pub(super) fn newest(journal: &Path) -> Result<(BaseHeader, Recovery), ReadError> {
    for path in numbered(journal, base_number)?.into_values().rev() {
        let octets =
            fs::read(&path).map_err(|source| ReadError::Io { path: path.clone(), source })?;
        match read_base(&octets) {
            Ok(read) => return Ok(read),
            Err(source @ VolumeError::Format { .. }) => {
                return Err(ReadError::Format { path, source });
            }
            Err(error) => {
                let path = path.display();
                tracing::error!(%path, %error, "a damaged base; the one before is read");
            }
        }
    }
    Ok((BaseHeader::default(), Recovery::default()))
}

/// Writes a base: aside, synced, then given its name. Returns how many octets it has.
pub(super) fn write(
    journal: &Path,
    mut header: BaseHeader,
    records: impl Iterator<Item = Carried>,
) -> io::Result<u64> {
    let aside = journal.join(ASIDE);
    let file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    let mut out = BufWriter::with_capacity(BLOCK_LEN, file);
    out.write_all(&header.encode())?;
    let (mut block, mut count) = (Vec::new(), 0);
    begin_block(&mut block);
    for record in records {
        record.encode(&mut block);
        count += 1;
        if block.len() >= BLOCK_LEN {
            write_block(&mut out, &mut block, &mut count, &mut header)?;
        }
    }
    if count > 0 {
        write_block(&mut out, &mut block, &mut count, &mut header)?;
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let len = file.stream_position()?;
    file.rewind()?;
    file.write_all(&header.encode())?;
    file.sync_all()?;
    fs::rename(&aside, journal.join(base_name(header.number)))?;
    File::open(journal)?.sync_all()?;
    Ok(len)
}

fn write_block(
    out: &mut impl Write,
    block: &mut Vec<u8>,
    count: &mut u32,
    header: &mut BaseHeader,
) -> io::Result<()> {
    header.blocks += 1;
    let records = std::mem::take(count);
    let (epoch, sequence, at_ns) = (header.epoch, header.blocks, header.last_ns);
    seal_block(block, BlockHeader { records, epoch, sequence, at_ns });
    out.write_all(block)?;
    begin_block(block);
    Ok(())
}

/// All bases there are, oldest first.
pub(super) fn all(journal: &Path) -> Result<Vec<PathBuf>, ReadError> {
    Ok(numbered(journal, base_number)?.into_values().collect())
}

/// The name of a base in the making; a leftover is overwritten.
const ASIDE: &str = "base.tmp";

/// How much is sealed at once.
const BLOCK_LEN: usize = 1 << 20;
