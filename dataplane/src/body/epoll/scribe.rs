//! Writes a journal where the kernel interface cannot do it in the background: a thread.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender, bounded};

use crate::journal::Commit;
use crate::mesh::Bell;

/// A thread that writes and syncs one commit at a time and rings a bell after each.
#[derive(Debug)]
pub(super) struct Scribe {
    commits: Sender<Commit>,
    done: Receiver<(Vec<u8>, io::Result<()>)>,
}

impl Scribe {
    pub(super) fn start(bell: Arc<Bell>) -> io::Result<Self> {
        let (commits, orders) = bounded::<Commit>(1);
        let (results, done) = bounded(1);
        std::thread::Builder::new().name("scribe".to_owned()).spawn(move || {
            for Commit { file, offset, octets } in orders {
                let result = file.write_all_at(&octets, offset).and_then(|()| file.sync_data());
                if results.send((octets, result)).is_err() {
                    return;
                }
                bell.ring();
            }
        })?;
        Ok(Self { commits, done })
    }

    pub(super) fn commit(&self, commit: Commit) {
        self.commits.send(commit).expect("the scribe lives as long as its sender");
    }

    pub(super) fn poll(&self) -> Option<(Vec<u8>, io::Result<()>)> {
        self.done.try_recv().ok()
    }
}
