//! The journals of a node on a disk, by the writer that a node has, which may die at any octet.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crossbeam::channel::{Receiver, unbounded};
use dataplane::clock;
use dataplane::journal::{Finished, Supply, Writer, read};
use routing::journal::{Record, VOLUME_HEADER_LEN};

/// The journals of a node that runs.
#[derive(Debug)]
pub struct Volumes {
    journal: PathBuf,
    shards: u8,
    shelves: Vec<Shelf>,
}

/// One shard's journal.
#[derive(Debug)]
struct Shelf {
    writer: Writer,
    upto: u64,
    /// Nobody folds volumes here; the supply wants somebody to tell.
    _finished: Receiver<Finished>,
}

impl Volumes {
    /// Starts as a node does: reads what there is, and goes on behind it in new volumes.
    pub fn open(journal: &Path, shards: u8) -> Self {
        std::fs::create_dir_all(journal).expect("the folder of a test can be made");
        let known = read(journal, NODE, shards).expect("what a node wrote can be read");
        let shelf = |(shard, last)| {
            let (sender, finished) = unbounded();
            let (volume, supply) = Supply::start(journal, NODE, shard, last, VOLUME_LEN, sender)
                .expect("there is room for small volumes");
            let writer = Writer::new(volume, supply, last, std::time::Duration::ZERO);
            Shelf { writer, upto: 0, _finished: finished }
        };
        let shelves = (0..).zip(known.lasts).map(shelf).collect();
        Self { journal: journal.to_owned(), shards, shelves }
    }

    /// What the bank of the node's carriers knows after a restart, in millionths.
    pub fn spent(&self) -> i64 {
        let known = read(&self.journal, NODE, self.shards).expect("what a node wrote can be read");
        known.recovered.iter().flat_map(|shard| &shard.spent).map(|one| one.micros).sum()
    }

    /// Commits some records of a shard: written, synced, told.
    pub fn write(&mut self, shard: usize, records: &[Record]) {
        let shelf = &mut self.shelves[shard];
        shelf.stage(records);
        while !shelf.writer.is_idle() {
            match shelf.writer.poll_commit(at()) {
                Some(commit) => {
                    put(&commit.file, &commit.octets, commit.offset);
                    commit.file.sync_data().expect("the disk of a test works");
                    shelf.writer.handle_committed(commit.octets, Ok(()));
                }
                // The next volume is being made.
                None => std::thread::yield_now(),
            }
        }
    }

    /// Dies while a shard commits some records, of which `permille` of the octets arrive, and
    /// starts again. Nobody was told of them.
    pub fn die(mut self, shard: usize, records: &[Record], permille: usize) -> Self {
        let shelf = &mut self.shelves[shard];
        shelf.stage(records);
        let commit = loop {
            match shelf.writer.poll_commit(at()) {
                Some(commit) => break commit,
                None => std::thread::yield_now(),
            }
        };
        let arrived = commit.octets.len() * permille / 1000;
        put(&commit.file, &commit.octets[..arrived], commit.offset);
        let Self { journal, shards, shelves } = self;
        drop(shelves);
        Self::open(&journal, shards)
    }
}

impl Shelf {
    fn stage(&mut self, records: &[Record]) {
        let mut octets = Vec::new();
        records.iter().for_each(|record| record.encode(&mut octets));
        self.upto += records.len() as u64;
        let count = u32::try_from(records.len()).expect("a commit of the simulator is small");
        self.writer.stage(self.upto, count, &octets);
    }
}

/// Long ago, so that whoever reads up to now reads all of it.
fn at() -> shard::Moment {
    shard::Moment { unix_ns: 1_700_000_000_000_000_000, ..clock::read() }
}

fn put(file: &File, octets: &[u8], offset: u64) {
    file.write_all_at(octets, offset).expect("the disk of a test has room");
}

/// The node of the environment that carriers bind to.
const NODE: &str = "env1";

/// A few commits each, so that a day has several.
const VOLUME_LEN: u64 = (VOLUME_HEADER_LEN + (128 << 10)) as u64;
