//! Prefixes in one sorted array, asked from the longest length down.
//!
//! A packed number orders first by length and then by digits, so the prefixes of one length
//! lie together and a lookup is one binary search for each length that occurs.

use std::collections::BTreeMap;

use rkyv::{Archive, Deserialize, Serialize};

use crate::Number;

/// A map from prefixes to values; the longest prefix of a number wins.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PrefixTable {
    /// Packed prefixes, ascending.
    keys: Vec<u64>,
    /// The value of the key at the same place.
    values: Vec<u32>,
    /// Which lengths occur: bit n for prefixes of n digits.
    lengths: u32,
    /// The value of the empty prefix, which is every number's.
    root: Option<u32>,
}

impl PrefixTable {
    /// Builds the table; `None` is the empty prefix, and a repeated prefix takes the later value.
    pub fn build(entries: impl IntoIterator<Item = (Option<Number>, u32)>) -> Self {
        let (mut sorted, mut root) = (BTreeMap::new(), None);
        for (prefix, value) in entries {
            match prefix {
                Some(prefix) => _ = sorted.insert(prefix, value),
                None => root = Some(value),
            }
        }
        let lengths = sorted.keys().fold(0, |lengths, prefix: &Number| lengths | 1 << prefix.len());
        let (keys, values) =
            sorted.into_iter().map(|(prefix, value)| (prefix.packed(), value)).unzip();
        Self { keys, values, lengths, root }
    }
}

impl ArchivedPrefixTable {
    /// The value of the longest prefix of a number.
    pub fn longest(&self, number: Number) -> Option<u32> {
        let lengths = self.lengths.to_native();
        for len in (1..=number.len()).rev().filter(|len| lengths & 1 << len != 0) {
            let prefix = number.prefix(len)?;
            if let Some(value) = self.exact(prefix) {
                return Some(value);
            }
        }
        self.root.as_ref().map(|value| value.to_native())
    }

    /// The value of exactly this prefix.
    pub fn exact(&self, prefix: Number) -> Option<u32> {
        let at = self.keys.binary_search_by_key(&prefix.packed(), |key| key.to_native()).ok()?;
        self.values.get(at).map(|value| value.to_native())
    }

    /// How many prefixes there are, the empty one not counted.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Is there no prefix at all?
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.root.is_none()
    }
}

#[cfg(test)]
mod tests;
