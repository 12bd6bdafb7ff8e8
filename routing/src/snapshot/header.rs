//! The first 64 octets of a snapshot: enough to refuse a wrong file with a reason.

use std::fmt;

use super::rows::RowsName;
use crate::octets::{Reader, Write};

/// What stands before the archive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) generation: u64,
    pub(super) len: u64,
    /// How many names of files of rows stand between the header and the archive.
    pub(super) names: u32,
    pub(super) crc: u32,
}

/// Why a file is not a snapshot we may obey.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SnapshotError {
    /// It does not begin as a snapshot does.
    NotASnapshot,
    /// Written by another version of the treaty.
    Format {
        /// The version in the file.
        found: u32,
    },
    /// The file is shorter or longer than its header says.
    Length {
        /// The length the header promises.
        expected: u64,
        /// The length of what is there.
        found: u64,
    },
    /// Its octets were changed after it was written.
    Checksum,
    /// The archive does not validate although its checksum is right.
    Archive,
    /// It names a file of rows that is not there or does not check out.
    Rows(RowsName),
    /// The octets do not lie at an address an archive can be read from.
    Alignment,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_LEN);
        out.put_raw(MAGIC);
        out.put_u32(FORMAT);
        out.put_u32(self.crc);
        out.put_u64(self.generation);
        out.put_u64(self.len);
        out.put_u32(self.names);
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
        let (generation, len) = (reader.u64().map_err(short)?, reader.u64().map_err(short)?);
        let names = reader.u32().map_err(short)?;
        if reader.0.iter().any(|octet| *octet != 0) {
            return Err(SnapshotError::Checksum);
        }
        Ok(Self { generation, len, names, crc })
    }

    /// The checksum covers the header's own numbers too.
    pub(super) fn checksum(generation: u64, names: u32, behind: &[u8]) -> u32 {
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&generation.to_le_bytes());
        hasher.update(&names.to_le_bytes());
        hasher.update(&(behind.len() as u64).to_le_bytes());
        hasher.update(behind);
        hasher.finalize()
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASnapshot => f.write_str("not a snapshot of Signalbox"),
            Self::Format { found } => {
                write!(f, "snapshot format {found}, this binary reads format {FORMAT}")
            }
            Self::Length { expected, found } => {
                write!(f, "snapshot of {expected} octets has {found}")
            }
            Self::Checksum => f.write_str("the snapshot's checksum does not match its octets"),
            Self::Archive => f.write_str("the snapshot's archive does not validate"),
            Self::Rows(name) => {
                write!(f, "{}, a file of rows, is not there or not good", name.file_name())
            }
            Self::Alignment => f.write_str("the snapshot lies at an odd address"),
        }
    }
}

impl std::error::Error for SnapshotError {}

/// How many octets stand before the names and the archive: a line of memory, on which the tables
/// of the archive count.
pub const HEADER_LEN: usize = 64;

const MAGIC: &[u8; 8] = b"SBPLAN\r\n";

/// Grows with every change of a type that the archive holds.
pub(super) const FORMAT: u32 = 17;
