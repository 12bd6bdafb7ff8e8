//! The ring itself: how it is made, how operations get in, how we wait.
//!
//! All operations of a shard pass through [`Ring::push`]. The contract of io_uring is one
//! sentence: whatever an operation points to must stay where it is until its last completion.
#![allow(unsafe_code)]

use std::io;
use std::time::Duration;

use io_uring::types::{SubmitArgs, Timespec};
use io_uring::{EnterFlags, IoUring, cqueue, squeue};

use crate::linger::outlast;

/// An io_uring of one thread, and how many operations are under way in it.
pub(super) struct Ring {
    uring: IoUring,
    outstanding: usize,
}

impl Ring {
    /// Makes a ring for the calling thread, with as many of the flags as the kernel knows.
    pub(super) fn new(entries: u32) -> io::Result<Self> {
        let attempt = |sqarray: bool| {
            let mut builder = IoUring::builder();
            builder
                .setup_clamp()
                .setup_cqsize(entries * 8)
                .setup_submit_all()
                .setup_single_issuer()
                .setup_defer_taskrun()
                .setup_taskrun_flag();
            if !sqarray {
                builder.setup_no_sqarray();
            }
            builder.build(entries)
        };
        // Kernels before 6.6 do not know NO_SQARRAY.
        let make = || {
            attempt(false).or_else(|error| match error.raw_os_error() {
                Some(libc::EINVAL) => attempt(true),
                _ => Err(error),
            })
        };
        let held = |error: &io::Error| error.raw_os_error() == Some(libc::ENOMEM);
        let uring = outlast(held, make).map_err(|error| match held(&error) {
            true => io::Error::other(format!("{error}: raise the limit of locked memory ({CURE})")),
            false => error,
        })?;
        Ok(Self { uring, outstanding: 0 })
    }

    pub(super) fn uring(&self) -> &IoUring {
        &self.uring
    }

    /// Queues an operation.
    ///
    /// # Safety
    ///
    /// Everything the entry points to, and its descriptor, must stay valid, unmoved and (if
    /// the kernel writes to it) untouched until the operation's last completion was taken.
    pub(super) unsafe fn push(&mut self, entry: &squeue::Entry) {
        self.outstanding += 1;
        loop {
            // SAFETY: the caller's promise is exactly what `push` asks for.
            if unsafe { self.uring.submission().push(entry) }.is_ok() {
                return;
            }
            // The queue is full: the kernel copies what it holds. An error leaves it full and
            // shows again in `wait`, which reports it.
            let _ = self.uring.submit();
        }
    }

    /// Makes room for a chain of two, which must not be torn apart by a submission.
    pub(super) fn reserve_pair(&mut self) {
        let queue = self.uring.submission();
        let full = queue.capacity() - queue.len() < 2;
        drop(queue);
        if full {
            let _ = self.uring.submit();
        }
    }

    /// Submits, and waits for a completion or for `patience`.
    pub(super) fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let result = if patience.is_zero() { self.look() } else { self.sleep(patience) };
        match result {
            Ok(_) => Ok(()),
            Err(error) => match error.raw_os_error() {
                // A signal; the time is over; completions must be taken first.
                Some(libc::EINTR | libc::ETIME | libc::EBUSY | libc::EAGAIN) => Ok(()),
                _ => Err(error),
            },
        }
    }

    fn look(&mut self) -> io::Result<usize> {
        let queue = self.uring.submission();
        // With DEFER_TASKRUN nothing completes unless we enter; the flag says when we should.
        let idle = queue.is_empty() && !queue.taskrun() && !queue.cq_overflow();
        drop(queue);
        if idle { Ok(0) } else { self.uring.submit() }
    }

    fn sleep(&mut self, patience: Duration) -> io::Result<usize> {
        let time = Timespec::from(patience);
        let arguments = SubmitArgs::new().timespec(&time);
        if !self.uring.params().is_feature_no_iowait() {
            return self.uring.submitter().submit_with_args(1, &arguments);
        }
        // An idle ring is not a busy disk: without the flag the wait is booked as iowait.
        let flags = EnterFlags::GETEVENTS | EnterFlags::EXT_ARG | EnterFlags::NO_IOWAIT;
        let count = self.uring.submission().len() as u32;
        // SAFETY: `count` entries stand in the queue; EXT_ARG goes with `SubmitArgs`, which
        // together with the time it points to lives until the call returns.
        unsafe { self.uring.submitter().enter(count, 1, flags.bits(), Some(&arguments)) }
    }

    /// Is a completion ready to be taken?
    #[cfg(feature = "glommio")]
    pub(super) fn is_ready(&mut self) -> bool {
        !self.uring.completion().is_empty() || self.uring.submission().taskrun()
    }

    /// Moves at most `limit` completions into `out`.
    pub(super) fn take(&mut self, limit: usize, out: &mut Vec<Completion>) {
        let outstanding = &mut self.outstanding;
        out.extend(self.uring.completion().take(limit).map(|entry| {
            let more = cqueue::more(entry.flags());
            *outstanding -= usize::from(!more);
            Completion {
                user_data: entry.user_data(),
                result: entry.result(),
                more,
                buffer: cqueue::buffer_select(entry.flags()),
            }
        }));
    }

    /// How many operations are under way.
    pub(super) fn outstanding(&self) -> usize {
        self.outstanding
    }
}

/// How an operator raises it.
const CURE: &str = "LimitMEMLOCK=infinity, ulimit -l";

/// What the kernel says about an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    pub(super) user_data: u64,
    /// Not negative: success; else a negated errno.
    pub(super) result: i32,
    /// More completions of the same operation will follow.
    pub(super) more: bool,
    /// The provided buffer that was filled.
    pub(super) buffer: Option<u16>,
}

impl Completion {
    pub(super) fn outcome(&self) -> io::Result<usize> {
        usize::try_from(self.result).map_err(|_| io::Error::from_raw_os_error(-self.result))
    }
}
