//! Notices that a certificate, a key or a root was replaced.

use std::collections::BTreeSet;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use super::keys::{Files, Keys};
use crate::clock;

/// Watches the files for as long as the process lives; hands every set of keys that is new to
/// `adopt`, which tells whether anybody still listens.
pub fn watch(
    files: Files,
    keys: Keys,
    adopt: impl FnMut(Keys) -> bool + Send + 'static,
) -> io::Result<()> {
    if files.paths().next().is_none() {
        return Ok(());
    }
    let mut watcher = Watcher { seen: signatures(&files), files, keys, adopt };
    let spawned = std::thread::Builder::new().name("certificates".to_owned());
    spawned.spawn(move || watcher.run()).map(drop)
}

struct Watcher<F> {
    files: Files,
    keys: Keys,
    /// What the files looked like when they were last read.
    seen: Vec<Signature>,
    adopt: F,
}

/// What tells one version of a file from another: device, inode, size and times.
type Signature = Option<(u64, u64, u64, i64, i64)>;

impl<F: FnMut(Keys) -> bool> Watcher<F> {
    fn run(&mut self) {
        loop {
            let watch = inotify_on(&self.files).ok();
            wait(watch.as_ref(), POLL);
            // A certificate and its key are replaced one after the other: let both come.
            let mut rounds = 0;
            while watch.is_some() && wait(watch.as_ref(), SETTLE) && rounds < ROUNDS_MAX {
                rounds += 1;
            }
            if !self.look() {
                return;
            }
        }
    }

    /// Reads what changed; `false` if nobody listens any more.
    fn look(&mut self) -> bool {
        let seen = signatures(&self.files);
        if seen == self.seen {
            return true;
        }
        self.seen = seen;
        let mut refused = 0;
        let now = i64::try_from(clock::read().unix_ns / 1_000_000_000).unwrap_or(i64::MAX);
        self.keys = self.files.renew(&self.keys, now, |error| {
            refused += 1;
            tracing::warn!(%error, cure = error.cure, "certificate refused, the old one stays");
        });
        if refused == 0 {
            tracing::info!("certificates renewed, links keep theirs");
        }
        (self.adopt)(self.keys.clone())
    }
}

impl Files {
    /// Every file that is read.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.listeners.iter().flat_map(|listener| listener.paths()).chain(self.dialler.paths())
    }
}

fn signatures(files: &Files) -> Vec<Signature> {
    let signature = |path: &Path| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.dev(), file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
    };
    files.paths().map(signature).collect()
}

/// Watches the directories: a file that is renamed into its place is another file.
fn inotify_on(files: &Files) -> io::Result<OwnedFd> {
    let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let events = WatchFlags::MOVED_TO
        | WatchFlags::CREATE
        | WatchFlags::CLOSE_WRITE
        | WatchFlags::ATTRIB
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF;
    let directories: BTreeSet<PathBuf> =
        files.paths().filter_map(Path::parent).map(Path::to_owned).collect();
    for directory in directories {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { &directory };
        inotify::add_watch(&watch, directory, events)?;
    }
    Ok(watch)
}

/// Sleeps until something happened to a file, or for so long; tells whether something did.
fn wait(watch: Option<&OwnedFd>, time: Duration) -> bool {
    let timeout = time.try_into().expect("a few seconds are a valid time");
    let mut fds: Vec<PollFd<'_>> =
        watch.map(|watch| PollFd::new(watch, PollFlags::IN)).into_iter().collect();
    let ready = poll(&mut fds, Some(&timeout)).unwrap_or(0);
    let Some(watch) = watch.filter(|_| ready > 0) else { return false };
    let mut buffer = [MaybeUninit::uninit(); EVENTS_LEN];
    let mut events = inotify::Reader::new(watch, &mut buffer);
    while events.next().is_ok() {}
    true
}

/// Where inotify fails, such as on a network file system, we look this often.
const POLL: Duration = Duration::from_secs(2);

/// How long nothing must happen before the files are read.
const SETTLE: Duration = Duration::from_millis(100);

/// So often something may happen in between, at most.
const ROUNDS_MAX: u32 = 20;
const EVENTS_LEN: usize = 4096;
