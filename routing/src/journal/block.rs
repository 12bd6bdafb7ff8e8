//! What is committed together: a header with a checksum, then records.
//!
//! ```text
//!  0        4        8        12       16               24               32               40
//!  | magic  |  crc   |  len   | records|     epoch      |    sequence    |    at_ns       |
//!  | payload: records, padded with zeros to a multiple of eight                           |
//! ```
//! The checksum covers everything after itself, the padding left out.

use super::record::Records;
use crate::octets::{Reader, Short, Write};

/// The numbers of a block.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct BlockHeader {
    /// How many records it holds.
    pub records: u32,
    /// Which start of the process wrote it.
    pub epoch: u64,
    /// Counts the blocks of a shard, across volumes and epochs.
    pub sequence: u64,
    /// When it was sealed, Unix nanoseconds.
    pub at_ns: u64,
}

/// A block whose checksum is right.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Its numbers.
    pub header: BlockHeader,
    /// Its records.
    pub records: Records<'a>,
    /// How many octets it takes in the volume, with header and padding.
    pub len: usize,
}

/// Empties a buffer and leaves room for the header; records follow, then [`seal_block`].
pub fn begin_block(out: &mut Vec<u8>) {
    out.clear();
    out.resize(BLOCK_HEADER_LEN, 0);
}

/// Fills in the header over the records that were appended, and pads.
pub fn seal_block(out: &mut Vec<u8>, header: BlockHeader) {
    let payload = out.len().checked_sub(BLOCK_HEADER_LEN).expect("begin_block made the room");
    let len = u32::try_from(payload).expect("a block stays far below 4 GiB");
    let mut head = Vec::with_capacity(BLOCK_HEADER_LEN);
    head.put_u32(MAGIC);
    head.put_u32(0);
    head.put_u32(len);
    head.put_u32(header.records);
    head.put_u64(header.epoch);
    head.put_u64(header.sequence);
    head.put_u64(header.at_ns);
    out[..BLOCK_HEADER_LEN].copy_from_slice(&head);
    let crc = crc32fast::hash(&out[CRC_FROM..]);
    out[4..8].copy_from_slice(&crc.to_le_bytes());
    out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
}

/// Reads the block at the front of `octets`; `Short` if there is none whose checksum is right.
pub(super) fn read_block(octets: &[u8]) -> Result<Block<'_>, Short> {
    let mut reader = Reader(octets);
    if reader.u32()? != MAGIC {
        return Err(Short);
    }
    let (crc, payload) = (reader.u32()?, reader.u32()? as usize);
    let header = BlockHeader {
        records: reader.u32()?,
        epoch: reader.u64()?,
        sequence: reader.u64()?,
        at_ns: reader.u64()?,
    };
    let records = reader.take(payload)?;
    if crc32fast::hash(&octets[CRC_FROM..BLOCK_HEADER_LEN + payload]) != crc {
        return Err(Short);
    }
    let len = (BLOCK_HEADER_LEN + payload).next_multiple_of(ALIGNMENT);
    Ok(Block { header, records: Records(records), len })
}

/// How many octets stand before the records of a block.
pub const BLOCK_HEADER_LEN: usize = 40;

/// Blocks begin at multiples of this.
pub(super) const ALIGNMENT: usize = 8;

/// Where the checksum begins to look.
const CRC_FROM: usize = 8;

/// `SBLK`.
pub(super) const MAGIC: u32 = u32::from_le_bytes(*b"SBLK");
