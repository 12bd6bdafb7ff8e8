//! A core's loop inside a glommio executor: glommio pins the thread and sleeps for us.
//!
//! The core turns on its own ring and never blocks. Before it would sleep, it has every
//! completion of that ring signalled on an eventfd, which glommio reads (as a file: the only way
//! to give it a foreign descriptor) next to a timer.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use glommio::io::BufferedFile;
use glommio::timer::timeout;
use glommio::{LocalExecutorBuilder, Placement};
use rustix::event::{EventfdFlags, eventfd};
use rustix::process::{Resource, getrlimit};

use super::{Body, Uring};
use crate::core::{Core, Phase};
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
    make: impl FnOnce() -> io::Result<Core<M, Uring>>,
) -> io::Result<()> {
    let executor = LocalExecutorBuilder::new(Placement::Fixed(cpu))
        .name(name)
        .make()
        .map_err(|error| io::Error::other(format!("glommio: {error}")))?;
    executor.run(async move {
        let mut core = make()?;
        let mut signal = Signal::new(core.body())?;
        loop {
            core.body().wait(Duration::ZERO)?;
            if core.turn() == Phase::Over {
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

type Reading = Pin<Box<dyn Future<Output = io::Result<()>>>>;

/// The eventfd on which a ring signals completions.
struct Signal {
    file: Rc<BufferedFile>,
    /// A read that outlives a timeout: cancelling and repeating it would cost two more calls.
    reading: Option<Reading>,
}

impl Signal {
    #[allow(unsafe_code)]
    fn new(uring: &Uring) -> io::Result<Self> {
        let count: OwnedFd = eventfd(0, EventfdFlags::CLOEXEC)?;
        uring.signal(count.as_raw_fd())?;
        // SAFETY: the descriptor is open and ours; `into_raw_fd` gives up its ownership, and the
        // file closes it.
        let file = unsafe { BufferedFile::from_raw_fd(count.into_raw_fd()) };
        Ok(Self { file: Rc::new(file), reading: None })
    }

    /// Sleeps until the ring has something to say, or for `patience`.
    async fn wait(&mut self, patience: Duration) -> io::Result<()> {
        let file = &self.file;
        let reading = self.reading.get_or_insert_with(|| {
            let file = Rc::clone(file);
            Box::pin(async move {
                file.read_at(0, 8)
                    .await
                    .map(drop)
                    .map_err(|error| io::Error::other(error.to_string()))
            })
        });
        let read = poll_fn(|context| reading.as_mut().poll(context).map(Ok));
        match timeout(patience, read).await {
            Ok(result) => {
                self.reading = None;
                result
            }
            // The time is over; the read goes on.
            Err(_) => Ok(()),
        }
    }
}

/// What glommio asks for; root needs it too.
const MEMLOCK_MIN: u64 = 512 << 10;
