//! What a restart reads: every volume of every shard there ever was.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use routing::journal::{
    BASE_HEADER_LEN, BaseHeader, Contacts, Doubt, Final, Open, Orphan, Recovery, Restored, Spent,
    VolumeError, VolumeHeader, volume_number,
};
use routing::{Sms, Target, home};
use rustix::fs::{Advice, fadvise};

use super::base;
use super::ended::{self, Untold};
use super::pass::{Last, Pass, ReadError, numbered, shard_dirs};

/// What a shard must know again after a restart.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Open flights, as they are kept.
    pub flights: Vec<Open>,
    /// What its sender may not have heard of.
    pub doubtful: Vec<Box<Sms>>,
    /// What was in doubt already, oldest first.
    pub doubts: Vec<Doubt>,
    /// Receipts that were answered and are about no Sms that was known, oldest first.
    pub orphans: Vec<Orphan>,
    /// The contacts of its accounts.
    pub contacts: Vec<Contacts>,
    /// How Sms ended whose ids name it.
    pub finals: Vec<Final>,
    /// What carriers have spent whose bank it is.
    pub spent: Vec<Spent>,
}

/// What the journals of a node hold, dealt out to its shards.
#[derive(Debug)]
pub struct Read {
    /// Where each shard's journal ends, in the order of shards.
    pub lasts: Vec<Last>,
    /// What each shard must know again, in the order of shards.
    pub recovered: Vec<Recovered>,
    /// The last volume of each shard there ever was, running or not, that nobody writes any more.
    pub finished: BTreeMap<u8, u64>,
    /// The base that was read; an empty one if there was none.
    pub base: BaseHeader,
    /// How many blocks were read, those of the base left out.
    pub blocks: u64,
    /// How many places are damaged.
    pub damage: u64,
    /// Until every shard has told what it doubts.
    pub untold: Arc<Untold>,
}

/// Is all of it of the format that this version writes? Nobody is served before that is known, and
/// no more is read for it than how the files begin.
pub fn judge(journal: &Path) -> Result<(), ReadError> {
    for path in base::all(journal)? {
        judge_one(path, |front| BaseHeader::decode(front).err())?;
    }
    for dir in shard_dirs(journal)?.into_values() {
        for path in numbered(&dir, volume_number)?.into_values() {
            judge_one(path, |front| VolumeHeader::decode(front).err())?;
        }
    }
    Ok(())
}

/// Other faults than another format are told of when all of the file is read.
fn judge_one(path: PathBuf, error: impl Fn(&[u8]) -> Option<VolumeError>) -> Result<(), ReadError> {
    let mut front = Vec::with_capacity(BASE_HEADER_LEN);
    let read = File::open(&path)
        .and_then(|file| file.take(BASE_HEADER_LEN as u64).read_to_end(&mut front));
    match (read, error(&front)) {
        (Err(source), _) => Err(ReadError::Io { path, source }),
        (Ok(_), Some(source @ VolumeError::Format { .. })) => {
            Err(ReadError::Format { path, source })
        }
        (Ok(_), _) => Ok(()),
    }
}

/// Reads the newest base and what every shard wrote after it, and deals out what is open to
/// `shards` shards.
pub fn read(journal: &Path, node: &str, shards: u8) -> Result<Read, ReadError> {
    let (base, recovery) = base::newest(journal)?;
    let mut pass = Pass::new(node, recovery);
    let at_note = |source| ReadError::Io { path: journal.to_owned(), source };
    if let Some(ended_ns) = ended::noted(journal).map_err(at_note)? {
        pass.recovery.ended_at(ended_ns);
    }
    let mut lasts = BTreeMap::new();
    for (shard, dir) in shard_dirs(journal)? {
        settle(&dir)?;
        lasts.insert(shard, pass.shard(&dir, covered(&base, shard), u64::MAX)?);
    }
    let epoch = lasts.values().map(|last| last.epoch).fold(base.epoch, u64::max);
    let last_of = |shard: u8| {
        let last = lasts.get(&shard).copied().unwrap_or_else(|| covered(&base, shard));
        Last { epoch, ..last }
    };
    // Volumes that were made ahead are taken over by their shard, if that runs.
    let finished = |(shard, last): (&u8, &Last)| {
        let unused = last.unused.filter(|_| *shard < shards);
        (*shard, unused.map_or(last.volume, |(first, _)| first - 1))
    };
    let untold = Untold::note(journal, pass.recovery.ended_ns(), shards);
    Ok(Read {
        lasts: (0..shards).map(last_of).collect(),
        recovered: deal(pass.recovery, shards),
        finished: lasts.iter().map(finished).collect(),
        base,
        blocks: pass.blocks,
        damage: pass.damage,
        untold: Arc::new(untold),
    })
}

/// What a process wrote that was killed may not be on disk yet, and what a disk refused may still
/// be in memory: what is read from here on is on disk.
fn settle(dir: &Path) -> Result<(), ReadError> {
    for path in numbered(dir, volume_number)?.into_values().rev().take(UNSETTLED) {
        let at = |source| ReadError::Io { path: path.clone(), source };
        let file = File::open(&path).map_err(at)?;
        file.sync_data().map_err(at)?;
        // Without this the same is read, only from memory.
        let _ = fadvise(&file, 0, None, Advice::DontNeed);
    }
    Ok(())
}

/// Where the volumes of a shard begin that a base does not stand for.
pub(super) fn covered(base: &BaseHeader, shard: u8) -> Last {
    let row = base.covers(shard);
    Last { volume: row.volume, epoch: base.epoch, sequence: row.sequence, unused: None }
}

/// Gives every shard its own.
fn deal(recovery: Recovery, shards: u8) -> Vec<Recovered> {
    let mut shares = Vec::new();
    shares.resize_with(usize::from(shards), Recovered::default);
    let at_home = |id| usize::from(home(id, shards));
    let restored =
        recovery.give_away(DOUBT_NS, |open| shares[at_home(open.target())].flights.push(open));
    let Restored { doubtful, doubts, orphans, contacts, finals, spent, .. } = restored;
    for sms in doubtful {
        let (Target::Account(id) | Target::Connection { connection: id, .. }) = sms.target;
        shares[at_home(id)].doubtful.push(sms);
    }
    for doubt in doubts {
        let concerned = (0..shards).zip(&mut shares);
        let concerned = concerned.filter(|(shard, _)| doubt.concerns(*shard, shards));
        concerned.for_each(|(_, share)| share.doubts.push(doubt));
    }
    for orphan in orphans {
        shares[at_home(orphan.connection)].orphans.push(orphan);
    }
    for known in contacts {
        shares[at_home(known.account)].contacts.push(known);
    }
    for spent in spent {
        shares[at_home(spent.carrier)].spent.push(spent);
    }
    for ended in finals {
        shares[usize::from(ended.told.shard() % shards)].finals.push(ended);
    }
    shares
}

/// The last volume that was written, and one that was made ahead.
const UNSETTLED: usize = 2;

/// An answer that was not written within five seconds is one the sender gave up on.
const DOUBT_NS: u64 = 5_000_000_000;
