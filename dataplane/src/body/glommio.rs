//! A core's loop inside a glommio executor: glommio pins the thread and sleeps for us.
//!
//! The core turns on its own ring and never blocks. Before it would sleep, it has every
//! completion of that ring signalled on an eventfd, which glommio reads (as a file: the only way
//! to give it a foreign descriptor) next to a timer.

use std::cell::Cell;
use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use glommio::io::BufferedFile;
use glommio::timer::timeout;
use glommio::{LocalExecutorBuilder, Placement, Task, spawn_local};
use rustix::event::{EventfdFlags, eventfd};
use rustix::process::{Resource, getrlimit};

use super::{Body, Uring};
use crate::core::{Core, Phase};
use crate::mesh::Bell;
use crate::mind::Mind;

/// Why glommio cannot run here, in an operator's words. It panics where io_uring is denied, so
/// ask before [`host`].
pub fn probe() -> Result<(), String> {
    Uring::probe().map_err(|error| format!("runtime glommio needs io_uring: {error}"))?;
    match getrlimit(Resource::Memlock).current {
        Some(limit) if limit < MEMLOCK_MIN => Err(format!(
            "runtime glommio needs {} KiB of locked memory per shard, the limit is {} KiB: \
             raise it (LimitMEMLOCK=, ulimit -l) or use runtime = \"own\"",
            MEMLOCK_MIN / 1024,
            limit / 1024
        )),
        _ => Ok(()),
    }
}

/// Runs one core in an executor on a CPU of its own until it is over. `make` is called on the
/// executor's thread, which is the caller's.
pub fn host<M: Mind>(
    name: &str,
    cpu: usize,
    bell: &Bell,
    make: impl FnOnce() -> io::Result<Core<M, Uring>>,
) -> io::Result<()> {
    let executor = LocalExecutorBuilder::new(Placement::Fixed(cpu))
        .name(name)
        .make()
        .map_err(|error| io::Error::other(format!("glommio: {error}")))?;
    let bell = bell.as_fd().try_clone_to_owned()?;
    executor.run(async move {
        let mut core = make()?;
        let mut signal = Signal::new(core.body(), bell)?;
        loop {
            core.body().wait(Duration::ZERO)?;
            if core.turn() == Phase::Over {
                signal.end().await;
                return Ok(());
            }
            let patience = core.doze();
            // What the turn ordered must be on its way before anybody sleeps.
            core.body().wait(Duration::ZERO)?;
            if !patience.is_zero() && !core.body().is_ready() {
                signal.wait(patience).await?;
            }
            core.rise();
        }
    })
}

/// The eventfd on which the ring signals completions, and the bell of the shard.
///
/// Each is read by a task of its own: a read that is polled again and again would gather a waker
/// each time, and glommio 0.9 counts only 32,767. The bell does not go through the ring: a
/// completion that another eventfd caused is signalled late, or never (kernel 6.18).
struct Signal {
    rung: Rc<Rung>,
    readers: [Task<io::Result<()>>; 2],
}

/// Was it rung, and who wants to know?
#[derive(Default)]
struct Rung {
    yes: Cell<bool>,
    waker: Cell<Option<Waker>>,
}

impl Signal {
    fn new(uring: &Uring, bell: OwnedFd) -> io::Result<Self> {
        let completions: OwnedFd = eventfd(0, EventfdFlags::CLOEXEC)?;
        uring.signal(completions.as_raw_fd())?;
        let rung = Rc::new(Rung::default());
        let readers = [completions, bell].map(|count| spawn_local(listen(count, Rc::clone(&rung))));
        Ok(Self { rung, readers })
    }

    /// Sleeps until the ring has something to say, or for `patience`.
    async fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let rung = &self.rung;
        let heard = poll_fn(|context| {
            if rung.yes.take() {
                return Poll::Ready(Ok(()));
            }
            rung.waker.set(Some(context.waker().clone()));
            Poll::Pending
        });
        // An error is the end of the time; the reader goes on.
        let _ = timeout(patience, heard).await;
        rung.waker.take();
        Ok(())
    }

    /// Ends the readers, which wait for ever otherwise.
    async fn end(self) {
        for reader in self.readers {
            reader.cancel().await;
        }
    }
}

#[allow(unsafe_code)]
async fn listen(count: OwnedFd, rung: Rc<Rung>) -> io::Result<()> {
    // SAFETY: the descriptor is open and ours; `into_raw_fd` gives up its ownership, and the
    // file closes it.
    let file = unsafe { BufferedFile::from_raw_fd(count.into_raw_fd()) };
    loop {
        file.read_at(0, 8).await.map_err(|error| io::Error::other(error.to_string()))?;
        rung.yes.set(true);
        if let Some(waker) = rung.waker.take() {
            waker.wake();
        }
    }
}

/// What glommio asks for; root needs it too.
const MEMLOCK_MIN: u64 = 512 << 10;
