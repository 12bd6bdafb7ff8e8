//! A commit of the journal on the ring: a write and a fdatasync, linked.

use std::io;
use std::os::fd::AsRawFd;

use io_uring::types::{Fd, FsyncFlags};
use io_uring::{opcode, squeue};

use super::body::Uring;
use super::ring::Completion;
use super::token::Token;
use crate::body::Event;
use crate::journal::Commit;

/// The commit under way.
pub(super) struct Flying {
    pub(super) commit: Commit,
    /// How much of it is written.
    pub(super) written: usize,
    /// Why its write failed.
    pub(super) failed: Option<io::Error>,
}

impl Uring {
    /// Writes the rest of the commit under way, then syncs it.
    pub(super) fn begin_commit(&mut self) {
        let Some(flying) = &self.commit else { return };
        let Commit { file, offset, octets } = &flying.commit;
        let (fd, rest) = (Fd(file.as_raw_fd()), &octets[flying.written..]);
        let write = opcode::Write::new(fd, rest.as_ptr(), rest.len() as u32)
            .offset(offset + flying.written as u64)
            .build()
            .flags(squeue::Flags::IO_LINK);
        let sync = opcode::Fsync::new(fd).flags(FsyncFlags::DATASYNC).build();
        self.ring.reserve_pair();
        self.push(write, Token::Write);
        self.push(sync, Token::Sync);
    }

    pub(super) fn handle_write(&mut self, done: Completion) {
        let flying = self.commit.as_mut().expect("a write belongs to a commit");
        match done.outcome() {
            Ok(len) => flying.written += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => flying.failed = Some(error),
        }
    }

    /// The pair is done. A short write breaks the chain before the sync: then the rest follows.
    /// A sync that failed is never repeated.
    pub(super) fn handle_sync(&mut self, done: Completion, sink: &mut impl FnMut(Event<'_>)) {
        let mut flying = self.commit.take().expect("a sync belongs to a commit");
        let cancelled = done.result == -libc::ECANCELED;
        if cancelled && flying.failed.is_none() && flying.written < flying.commit.octets.len() {
            self.commit = Some(flying);
            return self.begin_commit();
        }
        let result = match flying.failed.take() {
            Some(error) => Err(error),
            None => done.outcome().map(drop),
        };
        sink(Event::Committed { octets: flying.commit.octets, result });
    }
}
