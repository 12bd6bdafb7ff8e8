//! Reads a volume, its damaged parts told from its end.

use super::block::{ALIGNMENT, Block, MAGIC, read_block};
use super::volume::VOLUME_HEADER_LEN;

/// The blocks of a volume, in order, from an offset.
///
/// Damage in the middle (a valid block follows) is skipped and counted; damage at the end is
/// the torn tail of a commit that was never answered, or one that is being written right now.
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    volume: &'a [u8],
    offset: usize,
    damage: Vec<Damage>,
}

/// Octets between two valid blocks that are no block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Damage {
    /// Where it begins in the volume.
    pub offset: usize,
    /// How many octets were skipped.
    pub len: usize,
}

/// What stands behind the last valid block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tail {
    /// Zeros, or the end of the file: nothing was begun.
    Clean,
    /// The beginning of a block that is not whole.
    Torn,
}

impl<'a> Blocks<'a> {
    /// Reads a whole volume, header included, from `offset` on; an offset inside the volume's
    /// header means the first block.
    pub fn new(volume: &'a [u8], offset: usize) -> Self {
        let offset = offset.max(VOLUME_HEADER_LEN).next_multiple_of(ALIGNMENT);
        Self { volume, offset, damage: Vec::new() }
    }

    /// Where the next block begins; continue here when the volume has grown.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// What was skipped so far.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// What stands at [`offset`](Self::offset), once the iterator has ended.
    pub fn tail(&self) -> Tail {
        let rest = self.volume.get(self.offset..).unwrap_or_default();
        let begun = rest.iter().take(ALIGNMENT).any(|octet| *octet != 0);
        if begun { Tail::Torn } else { Tail::Clean }
    }

    /// The next valid block behind damage at the current offset.
    fn after_damage(&self) -> Option<(usize, Block<'a>)> {
        let from = self.offset + ALIGNMENT;
        // Behind the last block there may be millions of words, all of them zero.
        let words = self.volume.get(from..)?.chunks_exact(ALIGNMENT);
        let is_magic = |word: &[u8]| word.first_chunk() == Some(&MAGIC.to_le_bytes());
        let found = words.enumerate().filter(|(_, word)| is_magic(word));
        let mut places = found.map(|(count, _)| from + count * ALIGNMENT);
        places.find_map(|at| Some((at, read_block(&self.volume[at..]).ok()?)))
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = (usize, Block<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.volume.get(self.offset..)?;
        let (at, block) = match read_block(rest) {
            Ok(block) => (self.offset, block),
            Err(_) => self.after_damage()?,
        };
        if at > self.offset {
            self.damage.push(Damage { offset: self.offset, len: at - self.offset });
        }
        self.offset = at + block.len;
        Some((at, block))
    }
}

#[cfg(test)]
mod tests;
