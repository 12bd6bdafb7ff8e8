//! One node, from its first file to its last.
//!
//! Start: lock, key, sockets, journal, plan, then a thread per shard. Stop: every shard is told
//! to, and has some seconds to finish what it began; then journals and boards are written.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, after, select, unbounded};
use rustix::fs::{FlockOperation, flock};
use shard::{Adopted, Entry, Mail, Shard, ShardId};

use crate::board::{self, Board};
use crate::body::{Backend, Denied, Epoll, Uring, choose};
use crate::clock;
use crate::config::{Config, Runtime};
use crate::core::{Core, Desk, Order, Report};
use crate::journal::{self, Recovered, Supply, Writer};
use crate::mesh::{Bell, Post};
use crate::net::{OpenError, Sockets};
use crate::plan::{self, Seal, SealError};

/// Why a node does not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// A file or directory of its own.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process has the data directory.
    #[error("{path} is locked: another dataplane runs on this data directory (fuser {path})")]
    Locked {
        /// The lock.
        path: PathBuf,
    },
    /// The site's seal.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An address.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] journal::ReadError),
    /// io_uring was asked for and is not to be had.
    #[error("{0}; use io = \"auto\" or \"epoll\"")]
    Denied(#[from] Denied),
    /// The runtime cannot run here.
    #[error("{0}")]
    Runtime(String),
    /// A shard ended on its own.
    #[error("shard {shard} failed: {source}")]
    Shard {
        /// Which.
        shard: u8,
        /// Why.
        source: io::Error,
    },
    /// The kernel refuses a thread, a descriptor or the like.
    #[error("{0}")]
    Kernel(#[from] io::Error),
}

/// What one shard's thread is given.
struct Cell {
    shard: ShardId,
    core: usize,
    backend: Backend,
    runtime: Runtime,
    config: shard::Config,
    sockets: Sockets,
    bell: Arc<Bell>,
    desk: Desk,
    adopted: Option<Adopted>,
    recovered: Recovered,
}

/// The node's ends of its shards.
struct Shards {
    orders: Vec<(Sender<Order>, Arc<Bell>)>,
    reports: Receiver<Report>,
}

/// Runs a node until it is told to stop by `signals`.
pub fn run(config: &Config, signals: &Receiver<()>) -> Result<(), NodeError> {
    let _lock = lock(config)?;
    let seal = Seal::read(&config.key_file)?;
    let (backend, denied) = choose(config.io)?;
    check_runtime(config, backend)?;
    let sockets: Vec<Sockets> = (0..config.shards)
        .map(|_| Sockets::open(&config.environments))
        .collect::<Result<_, _>>()?;
    let read = journal::read(&config.journal_dir(), &config.node, config.shards)?;
    let flights: usize = read.recovered.iter().map(|share| share.flights.len()).sum();
    let damage = read.damage;
    let adopted = first_plan(config, &seal);
    let generation = adopted.as_ref().map_or(0, |adopted| adopted.snapshot.generation());
    let refused = Arc::new(AtomicU64::new(0));
    let (cells, shards) = cells(config, &seal, backend, sockets, read, adopted.as_ref(), &refused)?;
    for cell in cells {
        let name = format!("shard-{}", cell.shard.0);
        std::thread::Builder::new().name(name).spawn(move || cell.run())?;
    }
    shards.wait_ready()?;
    if let Some(denied) = denied {
        tracing::warn!("io_uring is not to be had, running on epoll: {denied}");
    }
    tracing::info!(
        node = config.node,
        number = config.number,
        io = %backend,
        runtime = %config.runtime,
        shards = config.shards,
        cores = ?config.cores,
        generation,
        flights,
        damage,
        "serving"
    );
    shards.watch_plans(config, seal, generation, refused)?;
    shards.serve(signals)
}

fn lock(config: &Config) -> Result<File, NodeError> {
    let path = config.data.join("lock");
    let at = |source| NodeError::File { path: path.clone(), source };
    let mut directory = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(directory.recursive(true), 0o700);
    directory.create(&config.data).map_err(at)?;
    let file = File::options().create(true).append(true).open(&path).map_err(at)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Err(NodeError::Locked { path }),
        Err(error) => Err(at(error.into())),
    }
}

fn check_runtime(config: &Config, backend: Backend) -> Result<(), NodeError> {
    match (config.runtime, backend) {
        (Runtime::Own, _) => Ok(()),
        #[cfg(feature = "glommio")]
        (Runtime::Glommio, _) => crate::body::glommio::probe().map_err(NodeError::Runtime),
        #[cfg(not(feature = "glommio"))]
        (Runtime::Glommio, _) => Err(NodeError::Runtime(
            "this binary was built without glommio: use runtime = \"own\"".to_owned(),
        )),
    }
}

fn first_plan(config: &Config, seal: &Seal) -> Option<Adopted> {
    let (snapshot, refused) = plan::newest(&config.plan);
    for error in refused {
        tracing::warn!(%error, "snapshot refused");
    }
    if snapshot.is_none() {
        tracing::warn!(plan = %config.plan.display(), "no plan yet: every bind is refused");
    }
    snapshot.map(|snapshot| seal.unseal(snapshot))
}

/// Everything for every shard, made before the first thread starts.
fn cells(
    config: &Config,
    seal: &Seal,
    backend: Backend,
    sockets: Vec<Sockets>,
    read: journal::Read,
    adopted: Option<&Adopted>,
    refused: &Arc<AtomicU64>,
) -> Result<(Vec<Cell>, Shards), NodeError> {
    let board = board::create(&config.data, config.shards)
        .map_err(|source| NodeError::File { path: config.data.join("board"), source })?;
    let bells = (0..config.shards)
        .map(|_| Bell::new().map(Arc::new))
        .collect::<io::Result<Vec<Arc<Bell>>>>()?;
    let (reports, reported) = unbounded();
    let mut shards = Shards { orders: Vec::new(), reports: reported };
    let parts = sockets.into_iter().zip(read.lasts).zip(read.recovered);
    let posts = Post::<Mail>::mesh(&bells);
    let mut cells = Vec::new();
    for ((number, post), ((sockets, last), recovered)) in (0u8..).zip(posts).zip(parts) {
        let (shard, at) = (ShardId(number), clock::read());
        let len = config.journal.volume_len;
        let (volume, supply) =
            Supply::start(&config.journal_dir(), &config.node, number, last, len)
                .map_err(|source| NodeError::File { path: config.journal_dir(), source })?;
        let (orders, ordered) = unbounded();
        let bell = Arc::clone(&bells[usize::from(number)]);
        shards.orders.push((orders, Arc::clone(&bell)));
        let (file, refused) = (Arc::clone(&board), Arc::clone(refused));
        cells.push(Cell {
            shard,
            core: config.cores[usize::from(number)],
            backend,
            runtime: config.runtime,
            config: shard_config(config, seal, shard),
            sockets,
            bell,
            desk: Desk {
                shard,
                journal: Writer::new(volume, supply, last, config.journal.commit_interval),
                post,
                board: Board::new(file, shard, config.shards, at, refused),
                orders: ordered,
                reports: reports.clone(),
            },
            adopted: adopted.cloned(),
            recovered,
        });
    }
    Ok((cells, shards))
}

fn shard_config(config: &Config, seal: &Seal, shard: ShardId) -> shard::Config {
    let mut told = shard::Config {
        shard,
        shards: config.shards,
        node: config.number,
        system_id: config.node.chars().take(SYSTEM_ID_MAX).collect(),
        smpp: Vec::new(),
        sip: Vec::new(),
        key: seal.key(),
    };
    for environment in &config.environments {
        let entry =
            |address: &_| Entry { environment: environment.name.clone(), address: *address };
        told.smpp.extend(environment.smpp.iter().map(entry));
        told.sip.extend(environment.sip.iter().map(entry));
    }
    told
}

impl Cell {
    /// The life of a shard's thread.
    fn run(self) {
        let (shard, reports) = (self.shard, self.desk.reports.clone());
        let result = self.serve();
        // Nobody listens any more when the node has given up.
        let _ = reports.send(Report::Over(shard, result));
    }

    fn serve(self) -> io::Result<()> {
        #[cfg(feature = "glommio")]
        if self.runtime == Runtime::Glommio {
            let (name, cpu) = (format!("shard-{}", self.shard.0), self.core);
            return crate::body::glommio::host(&name, cpu, || {
                let body = Uring::new(self.sockets, self.bell)?;
                let mind = Shard::new(self.config, clock::read());
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.recovered);
                Ok(core)
            });
        }
        if !core_affinity::set_for_current(core_affinity::CoreId { id: self.core }) {
            tracing::warn!(shard = self.shard.0, core = self.core, "cannot be pinned");
        }
        let mind = Shard::new(self.config, clock::read());
        match self.backend {
            Backend::Uring => {
                let body = Uring::new(self.sockets, self.bell)?;
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.recovered);
                core.run()
            }
            Backend::Epoll => {
                let body = Epoll::new(self.sockets, self.bell)?;
                let mut core = Core::new(mind, body, self.desk);
                core.begin(self.adopted, self.recovered);
                core.run()
            }
        }
    }
}

impl Shards {
    fn order(&self, order: &Order) {
        for (orders, bell) in &self.orders {
            // A shard that is over needs no more orders.
            let _ = orders.send(order.clone());
            bell.wake_sleeper();
        }
    }

    fn wait_ready(&self) -> Result<(), NodeError> {
        let mut ready = 0;
        while ready < self.orders.len() {
            match self.reports.recv() {
                Ok(Report::Ready(_)) => ready += 1,
                Ok(Report::Drained(_)) => {}
                Ok(Report::Over(shard, result)) => return Err(unexpected(shard, result)),
                Err(_) => unreachable!("every shard reports that it is over before it goes"),
            }
        }
        Ok(())
    }

    fn watch_plans(
        &self,
        config: &Config,
        seal: Seal,
        generation: u64,
        refused: Arc<AtomicU64>,
    ) -> io::Result<()> {
        let shards = Self { orders: self.orders.clone(), reports: self.reports.clone() };
        plan::watch(config.plan.clone(), seal, generation, refused, move |adopted| {
            tracing::info!(generation = adopted.snapshot.generation(), "snapshot adopted");
            shards.order(&Order::Adopt(adopted));
            true
        })
    }

    /// Waits for the order to stop, then for every shard to be done.
    fn serve(&self, signals: &Receiver<()>) -> Result<(), NodeError> {
        loop {
            select! {
                recv(signals) -> _ => break,
                recv(self.reports) -> report => {
                    if let Ok(Report::Over(shard, result)) = report {
                        return Err(unexpected(shard, result));
                    }
                }
            }
        }
        tracing::info!("stopping: nothing new is taken, what was begun is finished");
        self.order(&Order::Stop);
        let drained = |report: &Report| matches!(report, Report::Drained(_));
        if !self.gather(signals, clock::now() + DRAIN_MAX, drained)? {
            tracing::warn!("not everything was answered in time; it stays in the journal");
        }
        self.order(&Order::Halt);
        let over = |report: &Report| matches!(report, Report::Over(..));
        if !self.gather(signals, clock::now() + HALT_MAX, over)? {
            tracing::warn!("a journal could not be completed in time");
        }
        tracing::info!("stopped");
        Ok(())
    }

    /// Waits for one such report of every shard; `false` if time or patience end first.
    fn gather(
        &self,
        signals: &Receiver<()>,
        until: Instant,
        wanted: impl Fn(&Report) -> bool,
    ) -> Result<bool, NodeError> {
        let time = after(until.saturating_duration_since(clock::now()));
        let mut missing = self.orders.len();
        while missing > 0 {
            select! {
                recv(self.reports) -> report => match report {
                    Ok(report) if wanted(&report) => match report {
                        Report::Over(shard, Err(source)) => {
                            return Err(NodeError::Shard { shard: shard.0, source });
                        }
                        _ => missing -= 1,
                    },
                    Ok(Report::Over(shard, result)) => return Err(unexpected(shard, result)),
                    Ok(_) => {}
                    Err(_) => return Ok(false),
                },
                recv(signals) -> _ => return Ok(false),
                recv(time) -> _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

fn unexpected(shard: ShardId, result: io::Result<()>) -> NodeError {
    let source = result.err().unwrap_or_else(|| io::Error::other("it ended without an order"));
    NodeError::Shard { shard: shard.0, source }
}

/// How long carriers and apps have for their last answers.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// More than a core gives itself.
const HALT_MAX: Duration = Duration::from_secs(3);

/// system_id has 15 characters (SMPP 3.4 §5.2.1).
const SYSTEM_ID_MAX: usize = 15;
