//! What older volumes still say, folded into one file, so that a restart need not read them.
//!
//! ```text
//!  | header, 8192 octets: which volumes it stands for | blocks of records |
//! ```
//! The records are those of volumes; [`Recovery`] takes them first and goes on with the volumes
//! that are not covered. A base is written aside and gets its name when it is whole; its header
//! says how many blocks that is.

use super::read::{Blocks, Tail};
use super::recover::Recovery;
use super::volume::{FORMAT, VolumeError, judged};
use crate::octets::{Field, Reader, Short, Write};

/// The first [`BASE_HEADER_LEN`] octets of a base.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct BaseHeader {
    /// The node that wrote it.
    pub node: String,
    /// Its place in the sequence of bases of this node.
    pub number: u64,
    /// The latest start of the process that wrote anything it stands for.
    pub epoch: u64,
    /// The time of the latest record it stands for, Unix nanoseconds.
    pub last_ns: u64,
    /// How many blocks follow.
    pub blocks: u64,
    /// What it stands for, a row for each shard that ever wrote, ascending.
    pub covered: Vec<Covered>,
}

/// How far a base stands for the volumes of a shard.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Covered {
    /// The shard.
    pub shard: u8,
    /// The last volume that need not be read.
    pub volume: u64,
    /// The last block of that volume.
    pub sequence: u64,
}

impl BaseHeader {
    /// The octets of the header.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BASE_HEADER_LEN);
        out.put_raw(MAGIC);
        out.put_u32(FORMAT);
        self.node.put(&mut out);
        for number in [self.number, self.epoch, self.last_ns, self.blocks] {
            out.put_u64(number);
        }
        out.put_u32(u32::try_from(self.covered.len()).expect("there are at most 256 shards"));
        for row in &self.covered {
            out.put_u8(row.shard);
            out.put_u64(row.volume);
            out.put_u64(row.sequence);
        }
        let crc = crc32fast::hash(&out);
        out.put_u32(crc);
        assert!(out.len() <= BASE_HEADER_LEN, "256 rows and a name of 32 characters are shorter");
        out.resize(BASE_HEADER_LEN, 0);
        out
    }

    /// Reads the front of a base.
    pub fn decode(octets: &[u8]) -> Result<Self, VolumeError> {
        let parse = || -> Result<(u32, Self, bool), Short> {
            let mut reader = Reader(octets);
            if reader.take(MAGIC.len())? != MAGIC {
                return Err(Short);
            }
            let (format, node) = (reader.u32()?, String::take(&mut reader)?);
            let (number, epoch) = (reader.u64()?, reader.u64()?);
            let (last_ns, blocks) = (reader.u64()?, reader.u64()?);
            let rows = reader.u32()?;
            let row = |reader: &mut Reader<'_>| -> Result<Covered, Short> {
                let (shard, volume) = (reader.u8()?, reader.u64()?);
                Ok(Covered { shard, volume, sequence: reader.u64()? })
            };
            let covered = (0..rows).map(|_| row(&mut reader)).collect::<Result<_, _>>()?;
            let checked = octets.len() - reader.0.len();
            let sound = crc32fast::hash(&octets[..checked]) == reader.u32()?;
            Ok((format, Self { node, number, epoch, last_ns, blocks, covered }, sound))
        };
        judged(parse())
    }

    /// How far it stands for a shard's volumes.
    pub fn covers(&self, shard: u8) -> Covered {
        let row = self.covered.iter().find(|row| row.shard == shard);
        row.copied().unwrap_or_else(|| Covered { shard, ..Covered::default() })
    }
}

/// Reads a whole base; an error if one octet of it is not as it was written.
pub fn read_base(octets: &[u8]) -> Result<(BaseHeader, Recovery), VolumeError> {
    let header = BaseHeader::decode(octets)?;
    let mut recovery = Recovery::since(header.last_ns);
    let mut blocks = Blocks::new(octets, BASE_HEADER_LEN);
    let mut count = 0;
    for (_, block) in blocks.by_ref() {
        count += 1;
        recovery.handle_block(block.records).map_err(|_| VolumeError::Checksum)?;
    }
    let whole = count == header.blocks && blocks.damage().is_empty();
    if !whole || blocks.tail() != Tail::Clean {
        return Err(VolumeError::Checksum);
    }
    Ok((header, recovery))
}

/// The file name of a base: `base-0000000042.sbj`.
pub fn base_name(number: u64) -> String {
    format!("base-{number:010}.sbj")
}

/// The number a file name stands for.
pub fn base_number(name: &str) -> Option<u64> {
    name.strip_prefix("base-")?.strip_suffix(".sbj")?.parse().ok()
}

/// Where the first block begins: 256 rows of 17 octets and the numbers before them are less.
pub const BASE_HEADER_LEN: usize = 8192;

const MAGIC: &[u8; 8] = b"SBBASE\r\n";

#[cfg(test)]
mod tests;
