//! A mind whose inputs are noted, and what happens to the notes.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use routing::board::Page;
use shard::{Calm, Estate, Input, Moment, Output, ShardId};

use super::file;
use super::ring::Ring;
use crate::mind::Mind;
use crate::plan::Seal;

/// Who keeps the tapes of this process.
#[derive(Debug)]
pub struct Keeper {
    /// Where they go.
    pub directory: PathBuf,
    /// What they are sealed with.
    pub seal: Seal,
    /// How many shards there are.
    pub shards: u8,
    /// Octets of one tape in memory; none is kept if it is 0.
    pub len: usize,
    /// When the node began.
    pub began: Instant,
}

/// A mind whose inputs are noted.
#[derive(Debug)]
pub struct Taped<M> {
    mind: M,
    is_on: bool,
    /// Octets that were sent and recorded in this turn.
    said: u32,
    /// When the turn began; nothing, if nothing has happened in it.
    at: Option<Moment>,
    /// The last order to put tapes away that was obeyed.
    obeyed: u32,
}

thread_local! {
    /// The tape of the shard that lives on this thread.
    static TAPE: RefCell<Option<(ShardId, Ring)>> = const { RefCell::new(None) };
}

static KEEPER: OnceLock<Keeper> = OnceLock::new();

/// How often tapes were to be put away.
static ORDERS: AtomicU32 = AtomicU32::new(0);

/// How many have been, for whoever waits for them.
static KEPT: (Mutex<u32>, Condvar) = (Mutex::new(0), Condvar::new());

impl Keeper {
    /// Keeps tapes from now on, and puts them away when a thread panics.
    pub fn begin(self) {
        if self.len == 0 || KEEPER.set(self).is_err() {
            return;
        }
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            usual(panic);
            order();
            put_away();
            await_others();
        }));
    }
}

/// Has every shard put its tape away, soon.
pub fn order() {
    *kept() = 0;
    ORDERS.fetch_add(1, Ordering::Release);
}

/// The tape of this thread, if it has one.
fn put_away() {
    let Some(keeper) = KEEPER.get() else { return };
    let result = TAPE.try_with(|tape| match tape.try_borrow().as_deref() {
        Ok(Some((shard, ring))) => keeper.keep(*shard, ring),
        Ok(None) | Err(_) => Ok(()),
    });
    match result {
        Ok(Ok(())) => {
            *kept() += 1;
            KEPT.1.notify_all();
        }
        Ok(Err(error)) => tracing::error!(%error, "a tape could not be kept"),
        Err(_) => {}
    }
}

/// Writes on the tape of this thread.
fn note(what: impl FnOnce(&mut Ring)) {
    TAPE.with_borrow_mut(|tape| {
        if let Some((_, ring)) = tape {
            what(ring);
        }
    });
}

/// Who panics ends the process: the other tapes are worth half a second.
fn await_others() {
    let shards = KEEPER.get().map_or(0, |keeper| keeper.shards);
    let missing = |kept: &mut u32| *kept < shards.into();
    // In vain, if a shard hangs.
    drop(KEPT.1.wait_timeout_while(kept(), OTHERS_MAX, missing));
}

fn kept() -> MutexGuard<'static, u32> {
    KEPT.0.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keeper {
    fn keep(&self, shard: ShardId, ring: &Ring) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        file::make_room(&self.directory, usize::from(self.shards) * SETS_KEPT)?;
        file::write(self, shard, ring)
    }
}

impl<M: Mind> Taped<M> {
    /// A mind of this thread, born at that moment, whose inputs are noted if there is a keeper.
    pub fn new(mind: M, shard: ShardId, at: Moment) -> Self {
        let ring = KEEPER.get().map(|keeper| Ring::new(keeper.len, keeper.began, at));
        let ring = ring.map(|ring| (shard, ring));
        let is_on = ring.is_some();
        TAPE.set(ring);
        let obeyed = ORDERS.load(Ordering::Acquire);
        Self { mind, is_on, said: 0, at: None, obeyed }
    }
}

impl<M: Mind> Mind for Taped<M> {
    fn handle(&mut self, at: Moment, input: Input<'_>) {
        if self.is_on {
            self.at = Some(at);
            note(|ring| ring.note(at, &input));
        }
        self.mind.handle(at, input);
    }

    fn poll_output(&mut self) -> Option<Output<'_>> {
        let output = self.mind.poll_output();
        match &output {
            Some(output) => self.said = self.said.wrapping_add(octets_of(output)),
            None if self.is_on => {
                if let Some(at) = self.at.take() {
                    let said = std::mem::take(&mut self.said);
                    note(|ring| ring.note_turn(at, said));
                }
                let orders = ORDERS.load(Ordering::Relaxed);
                if orders != self.obeyed {
                    self.obeyed = orders;
                    put_away();
                }
            }
            None => {}
        }
        output
    }

    fn page(&mut self, page: &mut Page) {
        self.mind.page(page);
    }

    fn calm(&self) -> Calm {
        self.mind.calm()
    }

    fn estate(&mut self) -> Estate {
        self.mind.estate()
    }
}

/// What an output adds to what its shard says.
pub(super) fn octets_of(output: &Output<'_>) -> u32 {
    match output {
        Output::Record { octets, .. } | Output::Stow { octets, .. } => octets.len() as u32,
        Output::Fetch { len, .. } => *len,
        Output::Send { bytes, .. } | Output::SendTo { bytes, .. } => bytes.len() as u32,
        Output::Post { .. }
        | Output::Plug(_)
        | Output::Note(_)
        | Output::Seen(_)
        | Output::Wake(_)
        | Output::Drained => 0,
    }
}

/// How long the other shards of a node that dies have for their tapes.
const OTHERS_MAX: Duration = Duration::from_millis(500);

/// So many times the tapes of all shards are kept on disk.
const SETS_KEPT: usize = 4;
