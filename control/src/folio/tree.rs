//! The tree over the records of a folio (RFC 6962 §2.1): its root, and the path to a leaf.

use sha2::{Digest, Sha256};

/// A hash of SHA-256.
pub type Hash = [u8; 32];

/// A tree that grows leaf by leaf and remembers one hash for each of its heights.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Whole subtrees, the largest first; their sizes are the ones in the binary count of leaves.
    whole: Vec<Hash>,
    leaves: u64,
}

/// Where the neighbour of a path stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Side {
    /// Before what is known.
    Left,
    /// Behind it.
    Right,
}

impl Tree {
    /// Adds a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.leaves.trailing_ones() {
            let left = self.whole.pop().expect("each one of the count stands for a subtree");
            hash = node(&left, &hash);
        }
        self.whole.push(hash);
        self.leaves += 1;
    }

    /// How many leaves it has.
    pub fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The root; that of no leaves is the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut smallest_first = self.whole.iter().rev();
        let Some(mut root) = smallest_first.next().copied() else {
            return Sha256::digest([]).into();
        };
        for left in smallest_first {
            root = node(left, &root);
        }
        root
    }
}

/// The hash of a record.
pub fn leaf(record: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(record).finalize().into()
}

/// The neighbours on the way from a leaf to the root, the nearest first.
pub fn path(leaves: &[Hash], index: usize) -> Vec<(Side, Hash)> {
    if leaves.len() <= 1 {
        return Vec::new();
    }
    // The largest power of two that is smaller than the count.
    let cut = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(cut);
    let (mut way, neighbour) = if index < cut {
        (path(left, index), (Side::Right, root(right)))
    } else {
        (path(right, index - cut), (Side::Left, root(left)))
    };
    way.push(neighbour);
    way
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests;
