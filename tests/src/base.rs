//! What a node's thread does with old volumes: folds the front of each journal into a base.

use std::collections::BTreeSet;
use std::iter::repeat;

use routing::journal::{
    BaseHeader, BlockHeader, Record, Recovery, begin_block, read_base, seal_block,
};

use crate::disk::Disk;

/// The base of a node.
#[derive(Debug, Default)]
pub struct Base {
    /// The file, if there is one.
    octets: Vec<u8>,
    /// How many blocks of each disk it stands for.
    covered: Vec<usize>,
    /// How many blocks each disk had when the node started the last time.
    begun: Vec<usize>,
    /// When a life ended whose doubts are not told yet.
    ended_ns: Option<u64>,
    /// The shards that have not told theirs.
    untold: BTreeSet<u8>,
}

impl Base {
    /// Notes when the life ended that was read, until so many shards have told its doubts.
    pub fn note(&mut self, ended_ns: u64, shards: u8) {
        (self.ended_ns, self.untold) = (Some(ended_ns), (0..shards).collect());
    }

    /// A shard has told its doubts, durably.
    pub fn told(&mut self, shard: u8) {
        self.untold.remove(&shard);
        if self.untold.is_empty() {
            self.ended_ns = None;
        }
    }

    /// What a restart knows: the base, and what each disk says behind it.
    pub fn read(&self, disks: &[Disk]) -> Recovery {
        let ends: Vec<usize> = disks.iter().map(Disk::blocks).collect();
        self.read_upto(disks, &ends)
    }

    fn read_upto(&self, disks: &[Disk], ends: &[usize]) -> Recovery {
        let base = (!self.octets.is_empty()).then(|| read_base(&self.octets).expect("it is whole"));
        let mut recovery = base.map(|(_, recovery)| recovery).unwrap_or_default();
        if let Some(ended_ns) = self.ended_ns {
            recovery.ended_at(ended_ns);
        }
        let from = self.covered.iter().copied().chain(repeat(0));
        for ((disk, from), end) in disks.iter().zip(from).zip(ends) {
            disk.read_blocks(from..*end).for_each(|record| recovery.handle(record));
        }
        recovery
    }

    /// Folds what the life that ended now had finished: everything from before it, and of its
    /// own blocks as many as `choice` says, of each disk another share.
    pub fn fold(&mut self, disks: &[Disk], choice: u64) {
        let begun = self.begun.iter().copied().chain(repeat(0));
        let share = |(at, (disk, begun)): (u64, (&Disk, usize))| {
            let own = (disk.blocks() - begun) as u64;
            begun + (choice.wrapping_add(7 * at) % (own + 1)) as usize
        };
        let ends: Vec<usize> = (0..).zip(disks.iter().zip(begun)).map(share).collect();
        let recovery = self.read_upto(disks, &ends);
        let last_ns = recovery.last_ns();
        self.octets = encode(last_ns, &recovery.carry().map(Record::from).collect::<Vec<_>>());
        self.covered = ends;
        self.begun = disks.iter().map(Disk::blocks).collect();
    }
}

/// The file, some records in each block.
fn encode(last_ns: u64, records: &[Record]) -> Vec<u8> {
    let mut blocks = Vec::new();
    let mut header = BaseHeader { last_ns, ..BaseHeader::default() };
    for records in records.chunks(50) {
        let mut block = Vec::new();
        begin_block(&mut block);
        records.iter().for_each(|record| record.encode(&mut block));
        header.blocks += 1;
        let (count, sequence) = (records.len() as u32, header.blocks);
        seal_block(&mut block, BlockHeader { records: count, epoch: 1, sequence, at_ns: last_ns });
        blocks.extend(block);
    }
    [header.encode(), blocks].concat()
}
