//! One shard's records on their way to disk.
//!
//! ```text
//!  stage ──▶ [batch][batch] ──poll_commit──▶ (the body writes and syncs) ──▶ handle_committed
//! ```
//! One commit is in flight; what comes meanwhile is one batch and becomes the next commit. Contacts
//! are patient: alone they begin no commit within a few milliseconds of the last, so that a storm
//! of them makes few, and an Sms seldom finds one in its way (promises.md E8). After
//! any error nothing more is recorded: pages that an fdatasync failed on are lost even if the
//! next one succeeds, so it is never repeated. The block may stand on disk all the same. It is
//! made void, with zeros in its place, before anybody is told that it was not recorded: what was
//! refused must not come back after a restart.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routing::journal::{
    BLOCK_HEADER_LEN, BlockHeader, Records, VOLUME_HEADER_LEN, begin_block, seal_block,
};
use shard::Moment;

use super::pass::Last;
use super::{Supply, Untold, Volume};

/// A block to be written at a place of a file and synced; then both come back.
#[derive(Debug)]
pub struct Commit {
    /// The volume.
    pub file: Arc<File>,
    /// Where.
    pub offset: u64,
    /// What.
    pub octets: Vec<u8>,
}

/// What a commit means to the shard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Every record up to this one is safe.
    Recorded(u64),
    /// It failed, and is made void first.
    Voiding,
    /// The journal failed.
    NotRecorded,
}

/// One shard's records on their way to disk.
#[derive(Debug)]
pub struct Writer {
    volume: Volume,
    offset: u64,
    supply: Supply,
    epoch: u64,
    /// Of the last block.
    sequence: u64,
    batches: VecDeque<Batch>,
    spare: Vec<Vec<u8>>,
    /// The last record of the commit in flight.
    flying: Option<u64>,
    /// What takes the place of the commit that failed.
    void: Option<Commit>,
    interval: Duration,
    /// No commit before this.
    not_before: Option<Instant>,
    /// And none of what is patient before this.
    patient_until: Option<Instant>,
    health: Health,
    /// What the shard knows about the room that is left.
    scarce: bool,
    commits: u64,
    untold: Option<Arc<Untold>>,
    /// The last record of what the shard was told when it started.
    told_upto: Option<u64>,
}

/// A block in the making.
#[derive(Debug)]
struct Batch {
    octets: Vec<u8>,
    records: u32,
    upto: u64,
    /// All of it may wait for others.
    is_patient: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Health {
    Sound,
    /// The volume is full and the next one is still being made.
    Waiting,
    /// Broken; the commit that failed is being made void.
    Voiding,
    /// Broken, and the shard has yet to hear it.
    Failed,
    /// Broken, and the shard knows.
    Told,
}

impl Writer {
    /// Continues behind what the last start of the process wrote.
    pub fn new(volume: Volume, supply: Supply, last: Last, interval: Duration) -> Self {
        Self {
            volume,
            offset: VOLUME_HEADER_LEN as u64,
            supply,
            epoch: last.epoch + 1,
            sequence: last.sequence,
            batches: VecDeque::new(),
            spare: Vec::new(),
            flying: None,
            void: None,
            interval,
            not_before: None,
            patient_until: None,
            health: Health::Sound,
            scarce: false,
            commits: 0,
            untold: None,
            told_upto: None,
        }
    }

    /// To it is said when what the past leaves in doubt is durable.
    pub fn telling(self, untold: Arc<Untold>) -> Self {
        Self { untold: Some(untold), ..self }
    }

    /// What the past leaves in doubt has been staged.
    pub fn all_is_told(&mut self) {
        let staged = self.batches.back().map(|batch| batch.upto).or(self.flying);
        match staged {
            _ if self.is_broken() => self.untold = None,
            Some(upto) => self.told_upto = Some(upto),
            None => self.tell(),
        }
    }

    fn tell(&mut self) {
        self.told_upto = None;
        self.untold.take().iter().for_each(|untold| untold.told());
    }

    /// Takes whole records, the last of which is number `upto`.
    pub fn stage(&mut self, upto: u64, count: u32, octets: &[u8]) {
        self.gather(upto, count, octets);
        // A batch goes after those before it.
        self.batches.iter_mut().for_each(|batch| batch.is_patient = false);
    }

    /// As [`stage`](Self::stage), of records that may wait a few milliseconds for others.
    pub fn stage_patient(&mut self, upto: u64, count: u32, octets: &[u8]) {
        self.gather(upto, count, octets);
    }

    fn gather(&mut self, upto: u64, count: u32, octets: &[u8]) {
        if self.is_broken() {
            // While a commit is made void, the shard is told of its end.
            if self.health != Health::Voiding {
                self.health = Health::Failed;
            }
            return;
        }
        if octets.len() <= self.batch_max() {
            return self.append(upto, count, octets);
        }
        let mut rest = Records(octets);
        for record in (1..=u64::from(count)).map(|at| upto + at - u64::from(count)) {
            let before = rest.0;
            let _ = rest.next();
            self.append(record, 1, &before[..before.len() - rest.0.len()]);
        }
    }

    fn append(&mut self, upto: u64, count: u32, octets: &[u8]) {
        let max = self.batch_max();
        let fits = |batch: &Batch| batch.octets.len() + octets.len() <= max + BLOCK_HEADER_LEN;
        if !self.batches.back().is_some_and(fits) {
            let mut block = self.spare.pop().unwrap_or_default();
            begin_block(&mut block);
            // What is full need not wait for more.
            self.batches.iter_mut().for_each(|batch| batch.is_patient = false);
            self.batches.push_back(Batch { octets: block, records: 0, upto, is_patient: true });
        }
        let batch = self.batches.back_mut().expect("there is one now");
        batch.octets.extend_from_slice(octets);
        batch.records += count;
        batch.upto = upto;
    }

    /// What to write and sync now, if it is time.
    pub fn poll_commit(&mut self, at: Moment) -> Option<Commit> {
        if self.void.is_some() {
            return self.void.take();
        }
        let due = self.earliest().is_none_or(|earliest| earliest <= at.now);
        if self.flying.is_some() || self.is_broken() || !due {
            return None;
        }
        self.make_room(self.batches.front()?.octets.len())?;
        let Batch { mut octets, records, upto, .. } = self.batches.pop_front()?;
        self.sequence += 1;
        let (epoch, sequence) = (self.epoch, self.sequence);
        seal_block(&mut octets, BlockHeader { records, epoch, sequence, at_ns: at.unix_ns });
        let commit = Commit { file: Arc::clone(&self.volume.file), offset: self.offset, octets };
        self.offset += commit.octets.len() as u64;
        self.flying = Some(upto);
        self.not_before = (!self.interval.is_zero()).then(|| at.now + self.interval);
        self.patient_until = Some(at.now + PATIENCE);
        Some(commit)
    }

    /// The next commit begins no sooner than this.
    fn earliest(&self) -> Option<Instant> {
        let waits = self.batches.front().is_some_and(|batch| batch.is_patient);
        let patient = self.patient_until.filter(|_| waits);
        self.not_before.max(patient)
    }

    /// Turns to the next volume if a block of `len` octets has no place in this one.
    fn make_room(&mut self, len: usize) -> Option<()> {
        let end = self.offset + len.next_multiple_of(BLOCK_ALIGNMENT) as u64;
        if end <= self.volume.len {
            return Some(());
        }
        match self.supply.poll() {
            None => {
                self.health = Health::Waiting;
                None
            }
            Some(Ok(volume)) => {
                self.health = Health::Sound;
                self.volume = volume;
                self.offset = VOLUME_HEADER_LEN as u64;
                Some(())
            }
            // What waits is written when there is room again; nothing new is accepted meanwhile.
            Some(Err(error)) if is_full(&error) => {
                self.health = Health::Waiting;
                None
            }
            Some(Err(error)) => {
                self.fail(&error);
                None
            }
        }
    }

    /// Whether the shard must spare the room that is left, if that has changed.
    pub fn poll_scarce(&mut self) -> Option<bool> {
        let is_scarce = self.supply.is_scarce();
        (std::mem::replace(&mut self.scarce, is_scarce) != is_scarce).then_some(is_scarce)
    }

    /// The commit is done, or failed; its buffer is ours again.
    pub fn handle_committed(&mut self, mut octets: Vec<u8>, result: io::Result<()>) -> Verdict {
        let upto = self.flying.take().expect("only a commit in flight completes");
        match (self.health, result) {
            (Health::Voiding, result) => {
                if let Err(error) = result {
                    tracing::error!(%error, "what was refused last may come back at a restart");
                }
                self.health = Health::Told;
                Verdict::NotRecorded
            }
            (Health::Failed | Health::Told, _) => Verdict::NotRecorded,
            (Health::Sound | Health::Waiting, Ok(())) => {
                self.commits += 1;
                if octets.capacity() <= SPARE_MAX && self.spare.len() < 2 {
                    self.spare.push(octets);
                }
                if self.told_upto.is_some_and(|told| told <= upto) {
                    self.tell();
                }
                Verdict::Recorded(upto)
            }
            (Health::Sound | Health::Waiting, Err(error)) => {
                self.fail(&error);
                let offset = self.offset - octets.len() as u64;
                octets.fill(0);
                self.void = Some(Commit { file: Arc::clone(&self.volume.file), offset, octets });
                self.flying = Some(upto);
                self.health = Health::Voiding;
                Verdict::Voiding
            }
        }
    }

    fn fail(&mut self, error: &io::Error) {
        tracing::error!(volume = self.volume.number, %error, "journal failed: restart the node");
        self.batches.clear();
        self.health = Health::Failed;
    }

    /// What is written into a file that has no name any more is lost with the process. Call it a
    /// few times a second.
    pub fn look_after(&mut self) {
        if !self.is_broken()
            && self.volume.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
        {
            self.fail(&io::Error::other("its volume was deleted"));
        }
    }

    /// Once per failure: the shard must hear that nothing more is recorded.
    pub fn poll_failed(&mut self) -> bool {
        let failed = self.health == Health::Failed;
        if failed {
            self.health = Health::Told;
        }
        failed
    }

    /// When to call [`poll_commit`](Self::poll_commit) although nothing else happens.
    pub fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        if self.flying.is_some() || self.batches.is_empty() {
            return None;
        }
        match self.health {
            Health::Sound => Some(self.earliest().unwrap_or(now)),
            Health::Waiting => Some(now + VOLUME_POLL),
            Health::Voiding | Health::Failed | Health::Told => None,
        }
    }

    /// Is everything on disk that ever will be?
    pub fn is_idle(&self) -> bool {
        self.flying.is_none() && self.batches.is_empty()
    }

    /// How many commits succeeded.
    pub fn commits(&self) -> u64 {
        self.commits
    }

    fn is_broken(&self) -> bool {
        matches!(self.health, Health::Voiding | Health::Failed | Health::Told)
    }

    /// The largest payload of a block: four of them share a volume, or a commit takes too long.
    fn batch_max(&self) -> usize {
        let room = (self.volume.len as usize - VOLUME_HEADER_LEN) / 4;
        room.min(BATCH_MAX)
    }
}

/// Room may come back: the disk, or our share of it, is full.
fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Whoever registers waits so long at most for others to be committed with.
const PATIENCE: Duration = Duration::from_millis(2);

/// At 1 GB/s, 4 ms of writing.
const BATCH_MAX: usize = 4 << 20;

/// Buffers up to this are kept for the next block: a full batch, in a buffer that grew by doubling.
/// Given back they would be cleared by the kernel for every block anew.
const SPARE_MAX: usize = 2 * BATCH_MAX;

/// As `seal_block` pads.
const BLOCK_ALIGNMENT: usize = 8;

/// How often to ask for a volume that is being made.
const VOLUME_POLL: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests;
