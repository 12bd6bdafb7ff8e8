//! Other tables for the longest prefix, as simple as they can be and still be fast.

mod fst;
mod hash;
mod trie;

pub use self::fst::FstTable;
pub use hash::HashTable;
pub use trie::TrieTable;
