//! Makes volumes ahead of need.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam::channel::{Receiver, SendTimeoutError, Sender, TryRecvError, bounded};
use routing::journal::VolumeHeader;

use super::fold::Finished;
use super::pass::Last;
use super::volume::{self, Volume};
use crate::clock;

/// The volumes of one shard, one always ready ahead of the one in use.
#[derive(Debug)]
pub struct Supply {
    /// `None` only while it is dropped.
    ready: Option<Receiver<io::Result<Volume>>>,
    maker: Option<JoinHandle<()>>,
    /// The next volume could not be made.
    scarce: Arc<AtomicBool>,
}

/// What makes them.
struct Maker {
    dir: PathBuf,
    header: VolumeHeader,
    len: u64,
    scarce: Arc<AtomicBool>,
}

impl Supply {
    /// Makes the first volume after `last` and begins to make the one after it.
    pub fn start(
        journal: &Path,
        node: &str,
        shard: u8,
        last: Last,
        len: u64,
        finished: Sender<Finished>,
    ) -> io::Result<(Volume, Self)> {
        let dir = volume::shard_dir(journal, shard);
        volume::make_dir(&dir)?;
        let header = VolumeHeader {
            node: node.to_owned(),
            shard,
            epoch: last.epoch + 1,
            number: last.volume + 1,
            created_ns: clock::read().unix_ns,
        };
        let scarce = Arc::new(AtomicBool::new(false));
        let mut maker = Maker { dir, header, len, scarce: Arc::clone(&scarce) };
        let first = match last.unused {
            Some((number, found)) if found == len => {
                maker.header.number = number;
                Volume::take_over(&maker.dir, &maker.header, len)?
            }
            _ => Volume::create(&maker.dir, &maker.header, len)?,
        };
        // Without room in the channel, the maker holds one volume and waits with it.
        let (sender, ready) = bounded(0);
        let maker = std::thread::Builder::new()
            .name(format!("volumes-{shard}"))
            .spawn(move || maker.run(&sender, &finished))?;
        Ok((first, Self { ready: Some(ready), maker: Some(maker), scarce }))
    }

    /// Is the volume in use the last there is room for?
    pub fn is_scarce(&self) -> bool {
        self.scarce.load(Ordering::Relaxed)
    }

    /// The next volume if it is ready, or why there is none.
    pub fn poll(&mut self) -> Option<io::Result<Volume>> {
        match self.ready.as_ref()?.try_recv() {
            Ok(volume) => Some(volume),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err(io::Error::other("the maker of volumes is gone")))
            }
        }
    }
}

impl Drop for Supply {
    /// Whoever opens the directory next must find nobody at work in it.
    fn drop(&mut self) {
        self.ready = None;
        if let Some(maker) = self.maker.take() {
            // A maker that panicked has told so itself, and makes nothing any more.
            let _ = maker.join();
        }
    }
}

impl Maker {
    fn run(&mut self, sender: &Sender<io::Result<Volume>>, finished: &Sender<Finished>) {
        loop {
            let volume = self.header.number;
            self.header.number += 1;
            self.header.created_ns = clock::read().unix_ns;
            let sent = match Volume::create(&self.dir, &self.header, self.len) {
                Ok(next) => {
                    self.scarce.store(false, Ordering::Relaxed);
                    let is_taken = sender.send(Ok(next)).is_ok();
                    if is_taken {
                        // Taken when the last commit of the one before was safe. Nobody may be
                        // interested, and then all are kept.
                        let _ = finished.send(Finished { shard: self.header.shard, volume });
                    }
                    is_taken
                }
                Err(error) => {
                    if !self.scarce.swap(true, Ordering::Relaxed) {
                        tracing::error!(dir = %self.dir.display(), %error, "no volume ahead");
                    }
                    self.header.number -= 1;
                    let offered = sender.send_timeout(Err(error), RETRY);
                    !matches!(offered, Err(SendTimeoutError::Disconnected(_)))
                }
            };
            if !sent {
                return;
            }
        }
    }
}

/// How long a failure is offered before another try.
const RETRY: Duration = Duration::from_secs(1);
