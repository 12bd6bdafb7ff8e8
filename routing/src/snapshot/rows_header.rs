//! The first 64 octets of a file of rows.

use super::header::{FORMAT, HEADER_LEN, SnapshotError};
use super::rows::RowsName;
use crate::octets::{Reader, Write};

/// What stands before the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RowsHeader {
    pub(super) name: RowsName,
    pub(super) len: u64,
    pub(super) crc: u32,
}

impl RowsHeader {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN);
        out.put_raw(MAGIC);
        out.put_u32(FORMAT);
        out.put_u32(self.crc);
        out.put_u64(self.len);
        out.put_raw(&self.name.0);
        out.resize(HEADER_LEN, 0);
        out
    }

    pub(super) fn decode(octets: &[u8]) -> Result<Self, SnapshotError> {
        let mut reader = Reader(octets.get(..HEADER_LEN).ok_or(SnapshotError::NotASnapshot)?);
        let short = |_| SnapshotError::NotASnapshot;
        if reader.take(MAGIC.len()).map_err(short)? != MAGIC {
            return Err(SnapshotError::NotASnapshot);
        }
        let (found, crc) = (reader.u32().map_err(short)?, reader.u32().map_err(short)?);
        if found != FORMAT {
            return Err(SnapshotError::Format { found });
        }
        let len = reader.u64().map_err(short)?;
        let name = reader.take(32).map_err(short)?;
        let name = RowsName(name.try_into().map_err(|_| SnapshotError::NotASnapshot)?);
        if reader.0.iter().any(|octet| *octet != 0) {
            return Err(SnapshotError::Checksum);
        }
        Ok(Self { name, len, crc })
    }

    /// The checksum covers the header's own words too.
    pub(super) fn checksum(name: RowsName, archive: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&name.0);
        hasher.update(&(archive.len() as u64).to_le_bytes());
        hasher.update(archive);
        hasher.finalize()
    }
}

const MAGIC: &[u8; 8] = b"SBROWS\r\n";
