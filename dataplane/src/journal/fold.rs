//! Folds old volumes into a base, so that a restart reads little and old volumes may go.
//!
//! ```text
//!  volumes nobody writes any more ──▶ base n+1      (base n is kept: n+1 might get damaged)
//!  volumes that base n stands for ──▶ shard-NN/spent/   (control's from then on)
//! ```
//! A thread of low priority does it from what is on disk; no shard knows of it. It may die
//! anywhere: what was not renamed yet is done again. A volume rests before it is folded, until
//! nobody doubts any more what it closed, so that what is read at once is little. However many have
//! rested, a few are folded at a time: a node that is killed again and again gets on all the same.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError};
use routing::journal::{BaseHeader, Covered, volume_number};

use super::base;
use super::ended;
use super::pass::{Pass, numbered, shard_dirs};
use super::read::covered;
use super::volume::{self, SPENT};
use crate::clock;

/// A shard writes this volume no more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Finished {
    /// The shard.
    pub shard: u8,
    /// The volume's number.
    pub volume: u64,
}

/// Folds volumes that nobody writes any more.
#[derive(Debug)]
pub struct Folder {
    journal: PathBuf,
    node: String,
    volume_len: u64,
    /// By shard, the last volume that is finished and has rested.
    finished: BTreeMap<u8, u64>,
    /// What was finished, when, and has not rested yet.
    resting: VecDeque<(Instant, Finished)>,
    /// The newest base.
    base: BaseHeader,
    /// Its octets.
    base_len: u64,
}

impl Folder {
    /// One that knows what was finished before the node started, which needs no rest any more.
    pub fn new(
        journal: PathBuf,
        node: String,
        volume_len: u64,
        finished: BTreeMap<u8, u64>,
        base: BaseHeader,
    ) -> Self {
        let newest = journal.join(routing::journal::base_name(base.number));
        let base_len = fs::metadata(newest).map_or(0, |metadata| metadata.len());
        let resting = VecDeque::new();
        Self { journal, node, volume_len, finished, resting, base, base_len }
    }

    /// Folds whenever it is worth it, until nobody finishes volumes any more.
    pub fn run(mut self, finished: &Receiver<Finished>) {
        let mut catches_up = true;
        loop {
            let before = self.unfolded();
            if self.is_due()
                && let Err(error) = self.fold(clock::read().unix_ns)
            {
                tracing::error!(%error, "old volumes are not folded; all are kept");
            }
            let goes_on = self.is_due() && self.unfolded() < before;
            if catches_up && !goes_on {
                // What earlier lives left is read by every start until it is folded, and this
                // life may be short. The rest is a courtesy: without it the work is the same.
                let _ = rustix::process::nice(19);
                catches_up = false;
            }
            let wait = if goes_on { Duration::ZERO } else { LOOK_EVERY };
            match finished.recv_timeout(wait) {
                Ok(volume) => self.resting.push_back((clock::now(), volume)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.rest(clock::now());
        }
    }

    /// Takes up what has rested.
    fn rest(&mut self, now: Instant) {
        while let Some((since, Finished { shard, volume })) = self.resting.front().copied()
            && since + REST <= now
        {
            self.finished.insert(shard, volume);
            self.resting.pop_front();
        }
    }

    /// Is there so much new that the old is worth being written again?
    fn is_due(&self) -> bool {
        let new = self.unfolded();
        new >= FOLD_VOLUMES && new * self.volume_len >= self.base_len
    }

    /// How many volumes could be folded.
    fn unfolded(&self) -> u64 {
        let of =
            |(shard, volume): (&u8, &u64)| volume.saturating_sub(self.base.covers(*shard).volume);
        self.finished.iter().map(of).sum()
    }

    /// The last volume of a shard that the next base stands for: some at a time, but as much as the
    /// base itself, which is written again each time.
    fn upto(&self, old: &BaseHeader, shard: u8) -> u64 {
        let finished = self.finished.get(&shard).copied().unwrap_or(0);
        let most = FOLD_VOLUMES.max(self.base_len.div_ceil(self.volume_len));
        finished.min(old.covers(shard).volume.saturating_add(most))
    }

    /// Writes the next base, of what is closed at that time, Unix nanoseconds, and gives away what
    /// the one before stands for.
    pub fn fold(&mut self, now_ns: u64) -> io::Result<()> {
        let (old, recovery) = base::newest(&self.journal).map_err(io::Error::other)?;
        let mut pass = Pass::new(&self.node, recovery);
        pass.recovery.alive_at(now_ns);
        if let Some(ended_ns) = ended::noted(&self.journal)? {
            pass.recovery.ended_at(ended_ns);
        }
        let mut rows = Vec::new();
        let mut epoch = old.epoch;
        for (shard, dir) in shard_dirs(&self.journal).map_err(io::Error::other)? {
            let upto = self.upto(&old, shard);
            let last = pass.shard(&dir, covered(&old, shard), upto).map_err(io::Error::other)?;
            rows.push(Covered { shard, volume: last.volume, sequence: last.sequence });
            epoch = epoch.max(last.epoch);
        }
        if pass.damage > 0 {
            return Err(io::Error::other("volumes are damaged: signalbox-inspect says where"));
        }
        let header = BaseHeader {
            node: self.node.clone(),
            number: old.number + 1,
            epoch,
            last_ns: pass.recovery.last_ns(),
            blocks: 0,
            covered: rows,
        };
        self.base_len = base::write(&self.journal, header.clone(), pass.recovery.carry())?;
        let (number, octets) = (header.number, self.base_len);
        tracing::info!(number, octets, volumes_of = pass.blocks, "old volumes folded");
        self.base = header;
        self.give_away(&old)
    }

    /// Volumes that two bases stand for are control's, and bases before these two nobody's.
    fn give_away(&self, old: &BaseHeader) -> io::Result<()> {
        for (shard, dir) in shard_dirs(&self.journal).map_err(io::Error::other)? {
            let upto = old.covers(shard).volume;
            give_away(&dir, upto)?;
        }
        let bases = base::all(&self.journal).map_err(io::Error::other)?;
        for path in bases.iter().rev().skip(BASES_KEPT) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

fn give_away(dir: &Path, upto: u64) -> io::Result<()> {
    let volumes = numbered(dir, volume_number).map_err(io::Error::other)?;
    let spent = dir.join(SPENT);
    let mut moved = false;
    for path in volumes.range(..=upto).map(|(_, path)| path) {
        if !moved {
            volume::make_dir(&spent)?;
        }
        fs::rename(path, spent.join(path.file_name().expect("a volume has a name")))?;
        moved = true;
    }
    if moved {
        File::open(&spent)?.sync_all()?;
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

/// Longer than what carriers sent is remembered when it is closed, for whoever may send it again.
/// What apps sent is remembered for longer, and is carried on for that time.
const REST: Duration = Duration::from_secs(20);

/// How often to look whether something has rested.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Fewer finished volumes than these are read by a restart sooner than they are folded.
const FOLD_VOLUMES: u64 = 8;

/// The newest, and one more for the day it is damaged.
const BASES_KEPT: usize = 2;

#[cfg(test)]
mod tests;
