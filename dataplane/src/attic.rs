//! The file of a shard's attic, and the thread that writes and reads it.
//!
//! It is as swap: what stands in it stands in the journal too, so it is never synced, and empty
//! after a start. Orders are carried out one after the other, so that what is read was written.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, unbounded};
use routing::MessageId;
use rustix::fs::fstatvfs;
use shard::{Input, Place, ShardId};

use crate::mesh::Bell;

/// The way to the thread that writes and reads, which ends with it. Its queues are as long as a
/// shard leaves orders unanswered: it bounds them itself.
#[derive(Debug)]
pub struct Attic {
    orders: Sender<Order>,
    answers: Receiver<Answer>,
}

#[derive(Debug)]
enum Order {
    Write { id: MessageId, offset: u64, octets: Vec<u8> },
    Read { id: MessageId, offset: u64, len: u32 },
}

#[derive(Debug)]
enum Answer {
    Stowed { id: MessageId, is_kept: bool },
    Fetched { id: MessageId, octets: Option<Vec<u8>> },
}

impl Attic {
    /// Makes the file anew and starts the thread, which wakes the shard by its bell.
    pub fn open(data: &Path, shard: ShardId, bell: Arc<Bell>) -> io::Result<Self> {
        let dir = data.join("attic");
        DirBuilder::new().recursive(true).mode(0o700).create(&dir)?;
        let mut options = OpenOptions::new();
        let path = dir.join(format!("shard-{:02}", shard.0));
        let file =
            options.read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let (orders, ordered) = unbounded();
        let (answering, answers) = unbounded();
        let mut keeper = Keeper { file, checked: 0, failed: false };
        std::thread::Builder::new().name(format!("attic-{}", shard.0)).spawn(move || {
            for order in ordered {
                if answering.send(keeper.carry_out(order)).is_err() {
                    return;
                }
                bell.wake_sleeper();
            }
        })?;
        Ok(Self { orders, answers })
    }

    /// Writes.
    pub fn stow(&self, id: MessageId, place: Place, octets: &[u8]) {
        self.order(Order::Write { id, offset: place.offset(), octets: octets.to_vec() });
    }

    /// Reads.
    pub fn fetch(&self, id: MessageId, place: Place, len: u32) {
        self.order(Order::Read { id, offset: place.offset(), len });
    }

    fn order(&self, order: Order) {
        // The thread ends after us.
        let _ = self.orders.send(order);
    }

    /// Is there no answer to be taken?
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Takes in at most `limit` answers.
    pub fn collect(&self, limit: usize, mut take: impl FnMut(Input<'_>)) {
        for answer in self.answers.try_iter().take(limit) {
            match answer {
                Answer::Stowed { id, is_kept } => take(Input::Stowed { id, is_kept }),
                Answer::Fetched { id, octets } => {
                    take(Input::Fetched { id, octets: octets.as_deref() });
                }
            }
        }
    }
}

struct Keeper {
    file: File,
    /// So far the file may grow before the disk is asked again.
    checked: u64,
    /// The last thing that was tried did not work, and that was said.
    failed: bool,
}

impl Keeper {
    fn carry_out(&mut self, order: Order) -> Answer {
        match order {
            Order::Write { id, offset, octets } => {
                let written = self.make_room(offset + octets.len() as u64);
                let written = written.and_then(|()| self.file.write_all_at(&octets, offset));
                Answer::Stowed { id, is_kept: self.tell(written).is_some() }
            }
            Order::Read { id, offset, len } => {
                let mut octets = vec![0; len as usize];
                let read = self.file.read_exact_at(&mut octets, offset);
                Answer::Fetched { id, octets: self.tell(read).map(|()| octets) }
            }
        }
    }

    /// The journal's room is not ours.
    fn make_room(&mut self, end: u64) -> io::Result<()> {
        if end > self.checked {
            let disk = fstatvfs(&self.file)?;
            if disk.f_bavail.saturating_mul(disk.f_frsize) < KEPT_FREE {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.checked = end + STEP;
        }
        Ok(())
    }

    fn tell(&mut self, result: io::Result<()>) -> Option<()> {
        match result {
            Ok(()) => self.failed = false,
            Err(error) if !std::mem::replace(&mut self.failed, true) => {
                tracing::warn!(%error, "the attic's file fails; what waits stays in memory");
                return None;
            }
            Err(_) => return None,
        }
        Some(())
    }
}

/// What is left to the journal: sixteen volumes as they usually are.
const KEPT_FREE: u64 = 1 << 30;

/// How far the file grows between two looks at the disk.
const STEP: u64 = 16 << 20;

#[cfg(test)]
mod tests;
