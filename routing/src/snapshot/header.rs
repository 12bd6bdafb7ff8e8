//! The first 64 octets of a snapshot: enough to refuse a wrong file with a reason.

use std::fmt;

use super::rows::RowsName;
use crate::octets::{Reader, Short, Write};

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
        front(MAGIC, self.crc, |out| {
            out.put_u64(self.generation);
            out.put_u64(self.len);
            out.put_u32(self.names);
        })
    }

    pub(super) fn decode(octets: &[u8]) -> Result<Self, SnapshotError> {
        read_front(MAGIC, octets, |crc, reader| {
            let (generation, len) = (reader.u64()?, reader.u64()?);
            Ok(Self { generation, len, names: reader.u32()?, crc })
        })
    }

    /// The checksum covers the header's own numbers too.
    pub(super) fn checksum(generation: u64, names: u32, behind: &[u8]) -> u32 {
        checksum([&generation.to_le_bytes(), &names.to_le_bytes()], behind)
    }
}

/// The first octets of a file of ours: its kind, the format, its checksum and whatever its kind
/// has to say, filled up with zeros.
pub(super) fn front(magic: &[u8; 8], crc: u32, rest: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER_LEN);
    out.put_raw(magic);
    out.put_u32(FORMAT);
    out.put_u32(crc);
    rest(&mut out);
    out.resize(HEADER_LEN, 0);
    out
}

/// The inverse of [`front`]: another kind, another format and octets that should be zero are
/// refused.
pub(super) fn read_front<T>(
    magic: &[u8; 8],
    octets: &[u8],
    rest: impl FnOnce(u32, &mut Reader<'_>) -> Result<T, Short>,
) -> Result<T, SnapshotError> {
    let short = |_| SnapshotError::NotASnapshot;
    let mut reader = Reader(octets.get(..HEADER_LEN).ok_or(SnapshotError::NotASnapshot)?);
    if reader.take(magic.len()).map_err(short)? != magic {
        return Err(SnapshotError::NotASnapshot);
    }
    let (found, crc) = (reader.u32().map_err(short)?, reader.u32().map_err(short)?);
    if found != FORMAT {
        return Err(SnapshotError::Format { found });
    }
    let header = rest(crc, &mut reader).map_err(short)?;
    if reader.0.iter().any(|octet| *octet != 0) {
        return Err(SnapshotError::Checksum);
    }
    Ok(header)
}

/// The checksum of what a front says, of how many octets are behind it, and of these.
pub(super) fn checksum<const PARTS: usize>(front: [&[u8]; PARTS], behind: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    front.into_iter().for_each(|part| hasher.update(part));
    hasher.update(&(behind.len() as u64).to_le_bytes());
    hasher.update(behind);
    hasher.finalize()
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
const FORMAT: u32 = 21;
