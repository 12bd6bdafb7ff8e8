//! A disk that commits after a while and loses at a crash what it had not committed.

use std::ops::Range;

use routing::journal::{Record, Records};

/// The journal of one shard.
#[derive(Debug, Default)]
pub struct Disk {
    /// Blocks that survive everything.
    durable: Vec<Vec<u8>>,
    /// What is being committed: the number of its last record, and the records.
    committing: Option<(u64, Vec<u8>)>,
    /// What waits for the next commit.
    staged: Option<(u64, Vec<u8>)>,
    /// The next commit fails, and all after it.
    pub broken: bool,
    /// How many records are durable.
    pub records: u64,
}

impl Disk {
    /// Takes records; says whether a commit must begin.
    pub fn stage(&mut self, upto: u64, octets: &[u8]) -> bool {
        let staged = self.staged.get_or_insert_with(|| (0, Vec::new()));
        staged.0 = upto;
        staged.1.extend_from_slice(octets);
        self.begin()
    }

    /// Begins a commit if there is something to commit and none is on its way.
    pub fn begin(&mut self) -> bool {
        if self.committing.is_some() || self.staged.is_none() {
            return false;
        }
        self.committing = self.staged.take();
        true
    }

    /// The commit has ended: the number of its last record and its records, or it failed.
    pub fn committed(&mut self) -> Option<(u64, Vec<Record>)> {
        let (upto, octets) = self.committing.take()?;
        if self.broken {
            self.staged = None;
            return None;
        }
        let records = decode(&octets);
        self.records += records.len() as u64;
        self.durable.push(octets);
        Some((upto, records))
    }

    /// The power is gone. What was being committed may have arrived, whole or not at all;
    /// returns the records that did and that nobody was told of.
    pub fn crash(&mut self, arrived: bool) -> Vec<Record> {
        self.staged = None;
        let Some((_, octets)) = self.committing.take() else { return Vec::new() };
        if !arrived || self.broken {
            return Vec::new();
        }
        let records = decode(&octets);
        self.records += records.len() as u64;
        self.durable.push(octets);
        records
    }

    /// Everything that survived, oldest first.
    pub fn read(&self) -> impl Iterator<Item = Record> + '_ {
        self.read_blocks(0..self.blocks())
    }

    /// What survived and stands in some of the blocks.
    pub fn read_blocks(&self, blocks: Range<usize>) -> impl Iterator<Item = Record> + '_ {
        self.durable[blocks].iter().flat_map(|octets| decode(octets))
    }

    /// The number of the last record that is not durable yet.
    pub fn last_waiting(&self) -> Option<u64> {
        self.staged.as_ref().or(self.committing.as_ref()).map(|(upto, _)| *upto)
    }

    /// Is nothing on its way?
    pub fn is_idle(&self) -> bool {
        self.committing.is_none() && self.staged.is_none()
    }

    /// How many blocks survive everything.
    pub fn blocks(&self) -> usize {
        self.durable.len()
    }
}

fn decode(octets: &[u8]) -> Vec<Record> {
    Records(octets).map(|record| record.expect("a shard writes whole records")).collect()
}
