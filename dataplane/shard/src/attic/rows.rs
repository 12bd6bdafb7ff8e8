//! What is known of the Sms in the attic without reading them: 32 octets each.
//!
//! Ids go with time and rows come nearly in their order, so they stand in sorted chunks that
//! fill up one after the other: no pointer and no free space for each row.

use std::collections::{BTreeMap, BTreeSet};

use routing::MessageId;

use super::room::Place;

/// One Sms in the attic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Row {
    pub(super) id: MessageId,
    pub(super) place: Place,
    /// Octets at its place.
    pub(super) len: u32,
    /// When its validity is to be looked at, in seconds of the attic's clock.
    pub(super) expires_s: u32,
    /// A digest of its carrier and its destination.
    pub(super) to: u16,
    /// A digest of its source and its service_type.
    pub(super) kind: u16,
}

/// All rows of a shard, in the order of their ids.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// By the first id that may stand in each.
    chunks: BTreeMap<MessageId, Chunk>,
    /// When each chunk is to be looked at.
    soonest: BTreeSet<(u32, MessageId)>,
    len: usize,
}

#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<Row>,
    /// No row of it ends before.
    soonest: u32,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, id: MessageId) -> Option<&Row> {
        let rows = &self.chunks.range(..=id).next_back()?.1.rows;
        rows.binary_search_by_key(&id, |row| row.id).ok().map(|at| &rows[at])
    }

    pub(super) fn insert(&mut self, row: Row) {
        let key = self.chunks.range(..=row.id).next_back().map(|(key, _)| *key);
        let key = key.unwrap_or_else(|| self.add(row.id, Vec::new()));
        let full = self.chunks.get_mut(&key).filter(|chunk| chunk.rows.len() >= CHUNK);
        if let Some(chunk) = full {
            let is_last = chunk.rows.last().is_some_and(|last| last.id < row.id);
            let half = chunk.rows.split_off(if is_last { CHUNK } else { CHUNK / 2 });
            self.add(half.first().map_or(row.id, |first| first.id), half);
            return self.insert(row);
        }
        let Some(chunk) = self.chunks.get_mut(&key) else { return };
        let at = chunk.rows.partition_point(|known| known.id < row.id);
        chunk.rows.insert(at, row);
        self.len += 1;
        if row.expires_s < chunk.soonest {
            self.soonest.remove(&(chunk.soonest, key));
            chunk.soonest = row.expires_s;
            self.soonest.insert((row.expires_s, key));
        }
    }

    fn add(&mut self, key: MessageId, rows: Vec<Row>) -> MessageId {
        let soonest = rows.iter().map(|row| row.expires_s).min().unwrap_or(u32::MAX);
        self.soonest.insert((soonest, key));
        self.chunks.insert(key, Chunk { rows, soonest });
        key
    }

    pub(super) fn remove(&mut self, id: MessageId) -> Option<Row> {
        let (key, chunk) = self.chunks.range_mut(..=id).next_back()?;
        let at = chunk.rows.binary_search_by_key(&id, |row| row.id).ok()?;
        let (key, row) = (*key, chunk.rows.remove(at));
        self.len -= 1;
        self.tidy(key);
        Some(row)
    }

    /// A chunk has fewer rows: it takes no more memory than these need.
    fn tidy(&mut self, key: MessageId) {
        let Some(chunk) = self.chunks.get_mut(&key) else { return };
        if chunk.rows.is_empty() {
            self.soonest.remove(&(chunk.soonest, key));
            self.chunks.remove(&key);
        } else if chunk.rows.len() * 4 <= chunk.rows.capacity() {
            chunk.rows.shrink_to(chunk.rows.len() * 2);
        }
    }

    /// When the next row may end.
    pub(super) fn next(&self) -> Option<u32> {
        self.soonest.first().map(|(soonest, _)| *soonest)
    }

    /// Takes out what has ended by now, a chunk at most.
    pub(super) fn due(&mut self, now_s: u32) -> Vec<Row> {
        let Some((soonest, key)) = self.soonest.first().copied().filter(|(s, _)| *s <= now_s)
        else {
            return Vec::new();
        };
        let Some(chunk) = self.chunks.get_mut(&key) else { return Vec::new() };
        let due: Vec<Row> = chunk.rows.extract_if(.., |row| row.expires_s <= now_s).collect();
        self.len -= due.len();
        self.soonest.remove(&(soonest, key));
        chunk.soonest = chunk.rows.iter().map(|row| row.expires_s).min().unwrap_or(u32::MAX);
        self.soonest.insert((chunk.soonest, key));
        self.tidy(key);
        due
    }

    /// Rows in the order of their ids, from this one on.
    pub(super) fn from(&self, first: MessageId) -> impl Iterator<Item = &Row> {
        let start = self.chunks.range(..=first).next_back().map_or(first, |(key, _)| *key);
        let rows = self.chunks.range(start..).flat_map(|(_, chunk)| &chunk.rows);
        rows.skip_while(move |row| row.id < first)
    }

    /// Octets of memory that all of it takes, about.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        let rows: usize = self.chunks.values().map(|chunk| chunk.rows.capacity()).sum();
        // A B-tree's nodes are half full at worst.
        let index = size_of::<(MessageId, Chunk)>() + size_of::<(u32, MessageId)>();
        rows * size_of::<Row>() + self.chunks.len() * 2 * index
    }
}

/// Rows of a chunk: inserting one in the middle moves two KiB on average.
const CHUNK: usize = 128;

const _: () = assert!(size_of::<Row>() == 32, "what ten million of them take was promised");

#[cfg(test)]
mod tests;
