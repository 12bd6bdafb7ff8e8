//! The first 64 octets of a file of rows.

use super::header::{SnapshotError, checksum, front, read_front};
use super::rows::RowsName;
use crate::octets::Write;

/// What stands before the rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct RowsHeader {
    pub(super) name: RowsName,
    pub(super) len: u64,
    pub(super) crc: u32,
}

impl RowsHeader {
    pub(super) fn encode(&self) -> Vec<u8> {
        front(MAGIC, self.crc, |out| {
            out.put_u64(self.len);
            out.put_raw(&self.name.0);
        })
    }

    pub(super) fn decode(octets: &[u8]) -> Result<Self, SnapshotError> {
        read_front(MAGIC, octets, |crc, reader| {
            let (len, name) = (reader.u64()?, RowsName(reader.array()?));
            Ok(Self { name, len, crc })
        })
    }

    /// The checksum covers the header's own words too.
    pub(super) fn checksum(name: RowsName, archive: &[u8]) -> u32 {
        checksum([&name.0], archive)
    }
}

const MAGIC: &[u8; 8] = b"SBROWS\r\n";
