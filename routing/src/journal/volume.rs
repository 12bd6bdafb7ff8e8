//! The file a shard writes blocks into.

use std::fmt;

use crate::octets::{Field, Reader, Short, Write};

/// The first [`VOLUME_HEADER_LEN`] octets of a volume.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VolumeHeader {
    /// The node that writes it.
    pub node: String,
    /// The shard that writes it.
    pub shard: u8,
    /// Which start of the process began it.
    pub epoch: u64,
    /// Its place in the sequence of volumes of this shard.
    pub number: u64,
    /// When it was begun, Unix nanoseconds.
    pub created_ns: u64,
}

/// Why a file is not a volume.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VolumeError {
    /// It does not begin as a volume does.
    NotAVolume,
    /// Written by another version of the treaty.
    Format {
        /// The version in the file.
        found: u32,
    },
    /// The header's checksum is wrong.
    Checksum,
}

impl VolumeHeader {
    /// The octets of the header.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(VOLUME_HEADER_LEN);
        out.put_raw(MAGIC);
        out.put_u32(FORMAT);
        out.put_u8(self.shard);
        out.put_u64(self.epoch);
        out.put_u64(self.number);
        out.put_u64(self.created_ns);
        self.node.put(&mut out);
        let crc = crc32fast::hash(&out);
        out.put_u32(crc);
        assert!(out.len() <= VOLUME_HEADER_LEN, "a node's name has at most 32 characters");
        out.resize(VOLUME_HEADER_LEN, 0);
        out
    }

    /// Reads the front of a volume.
    pub fn decode(octets: &[u8]) -> Result<Self, VolumeError> {
        let parse = || -> Result<(u32, Self, bool), Short> {
            let mut reader = Reader(octets);
            if reader.take(MAGIC.len())? != MAGIC {
                return Err(Short);
            }
            let format = reader.u32()?;
            let (shard, epoch, number) = (reader.u8()?, reader.u64()?, reader.u64()?);
            let created_ns = reader.u64()?;
            let node = String::take(&mut reader)?;
            let checked = octets.len() - reader.0.len();
            let sound = crc32fast::hash(&octets[..checked]) == reader.u32()?;
            Ok((format, Self { node, shard, epoch, number, created_ns }, sound))
        };
        judged(parse())
    }
}

/// What the front of a file is: its format, its header, and whether the checksum is right.
pub(super) fn judged<H>(parsed: Result<(u32, H, bool), Short>) -> Result<H, VolumeError> {
    match parsed {
        Err(Short) => Err(VolumeError::NotAVolume),
        Ok((found, ..)) if !(OLDEST..=FORMAT).contains(&found) => {
            Err(VolumeError::Format { found })
        }
        Ok((_, _, false)) => Err(VolumeError::Checksum),
        Ok((_, header, true)) => Ok(header),
    }
}

impl fmt::Display for VolumeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVolume => f.write_str("not a journal volume of Signalbox"),
            Self::Format { found } => {
                write!(f, "journal format {found}, this binary reads formats {OLDEST} to {FORMAT}")
            }
            Self::Checksum => f.write_str("the volume's header was changed after it was written"),
        }
    }
}

impl std::error::Error for VolumeError {}

/// The file name of a volume: `vol-0000000042.sbj`.
pub fn volume_name(number: u64) -> String {
    format!("vol-{number:010}.sbj")
}

/// The number a file name stands for.
pub fn volume_number(name: &str) -> Option<u64> {
    name.strip_prefix("vol-")?.strip_suffix(".sbj")?.parse().ok()
}

/// Where the first block begins.
pub const VOLUME_HEADER_LEN: usize = 4096;

const MAGIC: &[u8; 8] = b"SBVOL\r\n\0";

/// What is written. An older binary that met a record it does not know would take it for damage, so
/// each new kind of record is a new format.
pub(super) const FORMAT: u32 = 15;

/// The first format that is a part of what is read: 15 added orphans.
const OLDEST: u32 = 14;

#[cfg(test)]
mod tests;
