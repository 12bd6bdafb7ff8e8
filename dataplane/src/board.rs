//! Writes a shard's page of the board.
//!
//! A thread does it: a disk that stalls must not hold up a shard for the sake of a figure.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, TrySendError, bounded};
use routing::board::{PAGE_LEN, Page, TALLIES, Tally};
use shard::{Moment, ShardId};

use crate::mind::Mind;

/// One shard's page.
#[derive(Debug)]
pub struct Board {
    painter: Painter,
    page: Page,
    buffer: Vec<u8>,
    due: Instant,
    snapshots_refused: Arc<AtomicU64>,
}

/// The way to the thread that writes, which ends with the last shard's.
#[derive(Clone, Debug)]
pub struct Painter {
    pages: Sender<(u64, Vec<u8>)>,
    /// What was written comes back to be written upon.
    spare: Receiver<Vec<u8>>,
}

/// Makes the file, with room for every shard's page, and starts the thread that writes them.
pub fn create(data: &Path, shards: u8) -> io::Result<Painter> {
    let mut options = OpenOptions::new();
    let path = data.join("board");
    let file = options.read(true).write(true).create(true).truncate(true).mode(0o640).open(path)?;
    file.set_len(u64::from(shards) * PAGE_LEN as u64)?;
    let (pages, inbox) = bounded(usize::from(shards));
    let (written, spare) = bounded(usize::from(shards));
    std::thread::Builder::new()
        .name("board".to_owned())
        .spawn(move || paint(&file, &inbox, &written))?;
    Ok(Painter { pages, spare })
}

fn paint(file: &File, pages: &Receiver<(u64, Vec<u8>)>, written: &Sender<Vec<u8>>) {
    let mut failed = false;
    for (offset, page) in pages {
        match file.write_all_at(&page, offset) {
            Ok(()) => failed = false,
            Err(error) if !std::mem::replace(&mut failed, true) => {
                tracing::warn!(%error, "the board cannot be written");
            }
            Err(_) => {}
        }
        // Nobody misses a buffer that has no room.
        let _ = written.try_send(page);
    }
}

impl Board {
    /// The page of a shard that starts now.
    pub fn new(
        painter: Painter,
        shard: ShardId,
        shards: u8,
        at: Moment,
        snapshots_refused: Arc<AtomicU64>,
    ) -> Self {
        let page = Page {
            shard: shard.0,
            shards,
            pid: std::process::id(),
            started_ns: at.unix_ns,
            ..Page::default()
        };
        Self { painter, page, buffer: Vec::new(), due: at.now, snapshots_refused }
    }

    /// When the page is to be written again.
    pub fn poll_timeout(&self) -> Instant {
        self.due
    }

    /// Something stands on the page that somebody waits for.
    pub fn hurry(&mut self, now: Instant) {
        self.due = now;
    }

    /// The turn in which the shard began to obey its plan took so long.
    pub fn note_adoption(&mut self, taken: Duration) {
        self.page.adopt_ns = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
    }

    /// Writes the page, whether it is due or not.
    pub fn write(&mut self, at: Moment, mind: &mut impl Mind, commits: u64, mails: u64) {
        self.page.tallies.clear();
        self.page.tallies.resize(TALLIES.len(), 0);
        self.page.links.clear();
        self.page.observations.clear();
        mind.page(&mut self.page);
        self.due = at.now + interval(self.page.links.len());
        self.page.beat_ns = at.unix_ns;
        self.page.tallies.resize(TALLIES.len(), 0);
        self.page.tallies[Tally::Commits as usize] = commits;
        self.page.tallies[Tally::MailsSent as usize] = mails;
        // Snapshots are refused by the node, once for all shards: the first one tells.
        if self.page.shard == 0 {
            let refused = self.snapshots_refused.load(Ordering::Relaxed);
            self.page.tallies[Tally::SnapshotsRefused as usize] = refused;
        }
        self.page.encode(&mut self.buffer);
        let offset = u64::from(self.page.shard) * PAGE_LEN as u64;
        let page = std::mem::take(&mut self.buffer);
        self.buffer = match self.painter.pages.try_send((offset, page)) {
            Ok(()) => self.painter.spare.try_recv().unwrap_or_default(),
            // The disk stalls: what is true later is written later.
            Err(TrySendError::Full((_, page)) | TrySendError::Disconnected((_, page))) => page,
        };
    }
}

/// How often a page with so many links is written. Each is looked at, so that an idle node with ten
/// thousand of them would do little else.
fn interval(links: usize) -> Duration {
    let times = u32::try_from(1 + links / LINKS_SHOWN_AT_ONCE).unwrap_or(u32::MAX);
    INTERVAL.saturating_mul(times).min(INTERVAL_MAX)
}

/// How often a page is written: what a person takes for "now".
const INTERVAL: Duration = Duration::from_millis(200);

/// And how often at least: balances stand on the board within a second.
const INTERVAL_MAX: Duration = Duration::from_secs(1);

/// Twice as many links are shown half as often.
const LINKS_SHOWN_AT_ONCE: usize = 1_000;

#[cfg(test)]
mod tests;
