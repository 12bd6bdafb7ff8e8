//! Notices that another plan is current.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use routing::snapshot::{RowFile, RowsName, Snapshot};
use routing::{Paid, Tap};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use shard::Adopted;

use super::credits::Credits;
use super::load::{current, latest_rows, load, rows};
use super::taps::Taps;
use super::{PlanError, Seal};

/// What control has published.
#[derive(Debug)]
pub enum News {
    /// A plan.
    Plan(Adopted),
    /// Which messages are to be shown; said at the start, too.
    Taps(Vec<Tap>),
    /// What carriers paid, all of them; said at the start, too.
    Paid(Vec<Paid>),
}

/// Watches a directory for as long as the process lives; hands every plan newer than the
/// `first` one, which the shards begin with, to `tell`, and all taps. Counts what it refuses.
pub fn watch(
    dir: PathBuf,
    seal: Seal,
    first: Option<Snapshot>,
    refused: Arc<AtomicU64>,
    tell: impl FnMut(News) -> bool + Send + 'static,
) -> io::Result<()> {
    let generation = first.as_ref().map_or(0, Snapshot::generation);
    let held = first.into_iter().collect();
    let (ahead, taps, credits) = (None, Taps::default(), Credits::default());
    let mut watcher =
        Watcher { dir, seal, generation, held, ahead, taps, credits, refused, seen: None, tell };
    let spawned = std::thread::Builder::new().name("plan".to_owned());
    spawned.spawn(move || watcher.run()).map(drop)
}

struct Watcher<F> {
    dir: PathBuf,
    seal: Seal,
    /// The newest plan that was handed out.
    generation: u64,
    /// Those that a shard may still look at. The watcher is the last to let go of each: to give
    /// 200 MB back to the kernel takes milliseconds that no shard has.
    held: Vec<Snapshot>,
    /// The rows that were published last, if they are good and no plan that is held names them:
    /// they are read before one does, so that it need not wait for them.
    ahead: Option<(RowsName, Option<RowFile>)>,
    taps: Taps,
    credits: Credits,
    refused: Arc<AtomicU64>,
    /// What was refused last: it is refused once, not twice a second.
    seen: Option<String>,
    tell: F,
}

impl<F: FnMut(News) -> bool> Watcher<F> {
    fn run(&mut self) {
        let mut watch = None;
        loop {
            if watch.is_none() {
                watch = inotify_on(&self.dir).ok();
            }
            // Before the plan: what it lets a carrier owe is not all that it may spend.
            let paid = self.credits.look(&self.dir);
            if paid.is_some_and(|paid| !(self.tell)(News::Paid(paid))) {
                return;
            }
            let taps = self.taps.look(&self.dir);
            if taps.is_some_and(|taps| !(self.tell)(News::Taps(taps))) || !self.look() {
                return;
            }
            self.held.retain(Snapshot::is_shared);
            self.look_ahead();
            if !sleep(watch.as_ref()) {
                // The directory went away: begin again with whatever has its name now.
                watch = None;
            }
        }
    }

    /// Adopts what is current if it is new; `false` if nobody listens any more.
    fn look(&mut self) -> bool {
        match self.newer() {
            Ok(None) => true,
            Ok(Some(adopted)) => {
                self.seen = None;
                (self.tell)(News::Plan(adopted))
            }
            Err(error) => {
                let error = error.to_string();
                if self.seen.as_ref() != Some(&error) {
                    let kept = self.generation;
                    tracing::warn!(%error, kept, "snapshot refused");
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    self.seen = Some(error);
                }
                true
            }
        }
    }

    fn newer(&mut self) -> Result<Option<Adopted>, PlanError> {
        let Some((name, generation)) = current(&self.dir)? else { return Ok(None) };
        if generation <= self.generation {
            return Ok(None);
        }
        let held = self.held.iter().flat_map(Snapshot::tables);
        let ahead = self.ahead.iter().flat_map(|(_, rows)| rows);
        let known: Vec<RowFile> = held.chain(ahead).cloned().collect();
        let adopted = self.seal.unseal(load(&self.dir, &name, &known)?);
        self.held.push(adopted.snapshot.clone());
        self.generation = generation;
        Ok(Some(adopted))
    }
}

impl<F> Watcher<F> {
    /// Reads the rows that were published last. What is wrong with them is said when a plan
    /// names them.
    fn look_ahead(&mut self) {
        let latest = latest_rows(&self.dir);
        let mut held = self.held.iter().flat_map(Snapshot::tables);
        if held.any(|rows| Some(rows.name()) == latest) {
            self.ahead = None;
        } else if self.ahead.as_ref().map(|(name, _)| *name) != latest {
            self.ahead = latest.map(|name| (name, rows(&self.dir, name).ok()));
        }
    }
}

fn inotify_on(dir: &Path) -> io::Result<OwnedFd> {
    let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let events = WatchFlags::MOVED_TO
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF;
    inotify::add_watch(&watch, dir, events)?;
    Ok(watch)
}

/// Sleeps until something moved in the directory, or for the poll interval; `false` if the
/// watch is of no use any more.
fn sleep(watch: Option<&OwnedFd>) -> bool {
    let timeout = POLL.try_into().expect("half a second is a valid time");
    let mut fds: Vec<PollFd<'_>> =
        watch.map(|watch| PollFd::new(watch, PollFlags::IN)).into_iter().collect();
    let ready = poll(&mut fds, Some(&timeout)).unwrap_or(0);
    let Some(watch) = watch.filter(|_| ready > 0) else { return watch.is_some() };
    let mut buffer = [MaybeUninit::uninit(); EVENTS_LEN];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    let over = inotify::ReadFlags::IGNORED
        | inotify::ReadFlags::DELETE_SELF
        | inotify::ReadFlags::MOVE_SELF;
    while let Ok(event) = events.next() {
        if event.events().intersects(over) {
            return false;
        }
    }
    true
}

/// Where inotify fails, such as on a network file system, we look twice a second.
const POLL: Duration = Duration::from_millis(500);
const EVENTS_LEN: usize = 4096;

#[cfg(test)]
mod tests;
