//! Wakes a shard that sleeps, and tells whether it still rises.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering, fence};

use rustix::event::{EventfdFlags, eventfd};

/// An eventfd, and whether anybody sleeps who would hear it.
#[derive(Debug)]
pub struct Bell {
    sleeping: AtomicBool,
    /// Only its shard writes it.
    beats: AtomicU64,
    count: OwnedFd,
}

impl Bell {
    /// A bell nobody listens to yet.
    pub fn new() -> io::Result<Self> {
        let count = eventfd(0, EventfdFlags::CLOEXEC)?;
        Ok(Self { sleeping: AtomicBool::new(false), beats: AtomicU64::new(0), count })
    }

    /// Wakes the shard if it sleeps. What it shall see must have been written before.
    pub fn wake_sleeper(&self) {
        fence(Ordering::SeqCst);
        if self.sleeping.load(Ordering::Relaxed) && self.sleeping.swap(false, Ordering::Relaxed) {
            self.ring();
        }
    }

    /// Wakes the shard whether it sleeps or not.
    pub fn ring(&self) {
        // The count saturates only after 2^64 - 2 rings without a listener.
        let _ = rustix::io::write(&self.count, &1u64.to_ne_bytes());
    }

    pub(super) fn fall_asleep(&self) {
        self.sleeping.store(true, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    pub(super) fn rise(&self) {
        self.sleeping.store(false, Ordering::Relaxed);
        self.beats.store(self.beats.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// How often the shard has risen: once a turn or more, and a turn at least each second.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }
}

impl AsFd for Bell {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.count.as_fd()
    }
}
