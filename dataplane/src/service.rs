//! What the node tells the manager that started it, as systemd listens (sd_notify(3)).
//!
//! The watchdog is fed only while every shard moves (`node/pulse.rs`): one that hangs restarts
//! the node, whatever the others do.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, never, tick};
use routing::board::{LinkRole, LinkState, PAGE_LEN, Page, Tally};
use sd_notify::NotifyState;

/// The node as its service manager sees it.
#[derive(Debug)]
pub struct Service {
    board: File,
    shards: u8,
    every: Option<Duration>,
    /// Within which the watchdog is to be fed.
    limit: Option<Duration>,
}

impl Service {
    /// The service of a node whose board stands in this folder.
    pub fn new(data: &Path, shards: u8) -> io::Result<Self> {
        let listened = std::env::var_os("NOTIFY_SOCKET").is_some();
        let watched = sd_notify::watchdog_enabled();
        let every = listened.then(|| watched.map_or(STATUS_EVERY, |limit| limit / FEEDS));
        let (board, limit) = (File::open(data.join("board"))?, watched.filter(|_| listened));
        Ok(Self { board, shards, every, limit })
    }

    /// When to call [`tell`](Self::tell).
    pub fn ticks(&self) -> Receiver<Instant> {
        self.every.map_or_else(never, tick)
    }

    /// Every shard serves.
    pub fn ready(&self) {
        notify(&[NotifyState::Ready]);
        self.limit(self.limit);
    }

    /// The process becomes another program, which may have much to read before its shards live.
    pub fn leaving(&self) {
        notify(&[NotifyState::Status("becoming another program")]);
        self.limit(self.limit.map(|_| START_MAX));
    }

    /// The watchdog is fed within this time from now on.
    fn limit(&self, limit: Option<Duration>) {
        if let Some(limit) = limit {
            let micros = u32::try_from(limit.as_micros()).unwrap_or(u32::MAX);
            notify(&[NotifyState::WatchdogUsec(micros), NotifyState::Watchdog]);
        }
    }

    /// Nothing new is taken.
    pub fn stopping(&self) {
        notify(&[NotifyState::Stopping, NotifyState::Status("finishing what was begun")]);
    }

    /// Says how it goes, and that all shards live if they do.
    pub fn tell(&self, all_move: bool) {
        let pages: Vec<Page> = (0..self.shards).filter_map(|shard| self.page(shard)).collect();
        notify(&[NotifyState::Status(&status(pages.iter()))]);
        if all_move {
            notify(&[NotifyState::Watchdog]);
        }
    }

    /// The page of a shard, unless it is just being written.
    fn page(&self, shard: u8) -> Option<Page> {
        let mut octets = vec![0; PAGE_LEN];
        let offset = u64::from(shard) * PAGE_LEN as u64;
        self.board.read_exact_at(&mut octets, offset).ok()?;
        Page::decode(&octets).ok()
    }
}

/// One line for `systemctl status`.
fn status<'a>(pages: impl Iterator<Item = &'a Page> + Clone) -> String {
    let links = pages.clone().flat_map(|page| &page.links);
    let bound = |role| {
        links
            .clone()
            .filter(|link| link.role == role)
            .filter(|link| link.state.is_bound() || link.state == LinkState::Up)
            .count()
    };
    let sum = |tally| pages.clone().map(|page| page.tally(tally)).sum::<u64>();
    format!(
        "generation {}, {} shards, {} binds of carriers, {} of connections, {} SMS accepted, \
         {} waiting",
        pages.clone().map(|page| page.generation).min().unwrap_or(0),
        pages.clone().count(),
        bound(LinkRole::Carrier),
        bound(LinkRole::Connection),
        sum(Tally::Accepted),
        sum(Tally::Pending),
    )
}

/// A manager that does not listen is no reason to stop.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}

/// How often the status is renewed where nobody watches.
const STATUS_EVERY: Duration = Duration::from_secs(5);

/// As a unit gives a start.
const START_MAX: Duration = Duration::from_secs(300);

/// How often the watchdog is fed within its limit: three feeds must be missed to be taken for
/// dead.
const FEEDS: u32 = 4;

#[cfg(test)]
mod tests;
