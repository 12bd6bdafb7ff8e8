//! From a configuration to running shards.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crossbeam::channel::{Receiver, bounded, never, unbounded};
use routing::Paid;
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Resource, getrlimit, setrlimit};
use shard::{Adopted, Mail, ShardId};

use super::NodeError;
use super::cell::Cell;
use super::shards::{Ended, Served, Shards};
use crate::attic::Attic;
use crate::board::{self, Board};
use crate::body::{Backend, choose};
use crate::clock;
use crate::config::{Config, Runtime};
use crate::core::Desk;
use crate::journal::{self, Finished, Folder, Supply, Writer};
use crate::mesh::{Bell, Post};
use crate::net::{Fixed, Sockets};
use crate::past::{Past, Survivors};
use crate::plan::{self, Seal};
use crate::service::Service;
use crate::show;
use crate::tape::Keeper;
use crate::upgrade::{self, Bequest, Legacy};

/// What a node becomes when it is upgraded.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// The configuration that it is given.
    pub config: PathBuf,
}

/// Runs a node until it is told to stop by `signals`, or to become another program.
pub fn run(
    config: &Config,
    program: Program,
    signals: &Receiver<()>,
    legacy: Option<Legacy>,
) -> Result<Ended, NodeError> {
    let (lock, mut inherited) = match legacy {
        Some(legacy) => Inherited::of(legacy),
        None => (lock(config)?, Inherited::default()),
    };
    raise_file_limit();
    let seal = Seal::read(&config.key_file)?;
    let (backend, denied) = choose(config.io)?;
    check_runtime(config, backend)?;
    let files = config.tls_files();
    let keys = files.load()?;
    keep_tapes(config, &seal);
    journal::judge(&config.journal_dir())?;
    let old = std::mem::take(&mut inherited.sockets);
    let sockets = Sockets::open(&config.environments, config.shards, &keys, old)?;
    let fixed = sockets.iter().map(Sockets::fixed).collect::<io::Result<Vec<_>>>()?;
    let adopted = first_plan(config, &seal);
    let generation = adopted.as_ref().map_or(0, |adopted| adopted.snapshot.generation());
    let refused = Arc::new(AtomicU64::new(0));
    let (cells, shards) = cells(config, &seal, backend, sockets, adopted.as_ref(), &refused)?;
    begin(cells, std::mem::take(&mut inherited.bequests))?;
    // Carriers bind while this is read.
    let read = journal::read(&config.journal_dir(), &config.node, config.shards)?;
    let flights: usize = read.recovered.iter().map(|share| share.flights.len()).sum();
    let damage = read.damage;
    let (pasts, folding) = pasts(config, read, &inherited.survivors)?;
    shards.remember(pasts);
    shards.wait_ready()?;
    folding.begin()?;
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
    let at_board = |source| NodeError::File { path: config.data.join("board"), source };
    shards.watch_plans(config, seal, adopted.map(|adopted| adopted.snapshot), refused)?;
    shards.watch_keys(files, keys)?;
    let service = Service::new(&config.data, config.shards).map_err(at_board)?;
    let wishes = upgrade::open(config, program.path, program.config).unwrap_or_else(|error| {
        tracing::warn!(%error, "nobody can ask for an upgrade");
        never()
    });
    inherited.tell();
    Ok(match shards.serve(signals, &wishes, service)? {
        Served::Stopped => Ended::Stopped,
        Served::Frozen { bequests, asker, paused_ns } => {
            let sockets = fixed.into_iter().flatten().collect();
            Ended::Upgrade(Box::new(Legacy { lock, sockets, bequests, asker, paused_ns }))
        }
    })
}

/// What is left of the program before this one, until everything has its place.
#[derive(Default)]
struct Inherited {
    sockets: Vec<Fixed>,
    bequests: Vec<Bequest>,
    asker: Option<UnixStream>,
    paused_ns: u64,
    links: usize,
    survivors: Arc<Survivors>,
}

impl Inherited {
    /// The lock, and everything else; which links there are is remembered.
    fn of(legacy: Legacy) -> (File, Self) {
        let Legacy { lock, sockets, bequests, asker, paused_ns } = legacy;
        let shards = (0u8..).map(ShardId).zip(&bequests);
        let links = shards.flat_map(|(shard, bequest)| {
            let links = bequest.links.iter();
            links.map(move |link| (link.handed.node_wide(shard), link.handed.since_ns))
        });
        let survivors: BTreeMap<u64, u64> = links.collect();
        let (links, survivors) = (survivors.len(), Arc::new(Survivors(survivors)));
        (lock, Self { sockets, bequests, asker, paused_ns, links, survivors })
    }

    /// Tells whoever asked that all of it goes on.
    fn tell(self) {
        if self.paused_ns == 0 {
            return;
        }
        let paused_ms = clock::read().unix_ns.saturating_sub(self.paused_ns) / 1_000_000;
        let (links, version) = (self.links, env!("CARGO_PKG_VERSION"));
        tracing::info!(links, paused_ms, "upgraded");
        if let Some(mut asker) = self.asker {
            let _ =
                writeln!(asker, "upgraded to {version}: {links} SMPP links go on, {paused_ms} ms");
        }
    }
}

/// A thread for every shard, each with what the program before us leaves it.
fn begin(cells: Vec<Cell>, bequests: Vec<Bequest>) -> io::Result<()> {
    let mut bequests = bequests.into_iter();
    for mut cell in cells {
        cell.inherited = bequests.next().unwrap_or_default();
        let name = format!("shard-{}", cell.shard.0);
        std::thread::Builder::new().name(name).spawn(move || cell.run())?;
    }
    Ok(())
}

fn keep_tapes(config: &Config, seal: &Seal) {
    let (directory, seal, len) = (config.data.join("tape"), seal.clone(), config.tape_len);
    Keeper { directory, seal, shards: config.shards, len, began: clock::now() }.begin();
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

/// Every link is a descriptor: takes all that the system grants.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // What we have is enough to run; accepting pauses where it ends.
    let _ = setrlimit(Resource::Nofile, limit);
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

/// Old volumes are folded from when everybody is served.
struct Folding {
    folder: Folder,
    inbox: Receiver<Finished>,
}

impl Folding {
    fn begin(self) -> io::Result<()> {
        let Self { folder, inbox } = self;
        let thread = std::thread::Builder::new().name("folds".to_owned());
        thread.spawn(move || folder.run(&inbox)).map(drop)
    }
}

/// The journal of every shard and what it must know again.
fn pasts(
    config: &Config,
    read: journal::Read,
    survivors: &Arc<Survivors>,
) -> Result<(Vec<Past>, Folding), NodeError> {
    let (dir, len) = (config.journal_dir(), config.journal.volume_len);
    let at = |source| NodeError::File { path: config.journal_dir(), source };
    let (finished, inbox) = unbounded();
    let mut pasts = Vec::new();
    for ((shard, last), recovered) in (0u8..).zip(read.lasts).zip(read.recovered) {
        let (volume, supply) =
            Supply::start(&dir, &config.node, shard, last, len, finished.clone()).map_err(at)?;
        let journal = Writer::new(volume, supply, last, config.journal.commit_interval);
        let journal = journal.telling(Arc::clone(&read.untold));
        pasts.push(Past { journal, recovered, survivors: Arc::clone(survivors) });
    }
    let folder = Folder::new(dir, config.node.clone(), len, read.finished, read.base);
    Ok((pasts, Folding { folder, inbox }))
}

/// Everything for every shard, made before the first thread starts.
fn cells(
    config: &Config,
    seal: &Seal,
    backend: Backend,
    sockets: Vec<Sockets>,
    adopted: Option<&Adopted>,
    refused: &Arc<AtomicU64>,
) -> Result<(Vec<Cell>, Shards), NodeError> {
    let board = board::create(&config.data, config.shards)
        .map_err(|source| NodeError::File { path: config.data.join("board"), source })?;
    let at_attic = |source| NodeError::File { path: config.data.join("attic"), source };
    let hep = config.hep.as_ref().map(|hep| (hep.collector, hep.agent));
    let viewer = show::open(hep, config.data.join("capture"))?;
    let bells = (0..config.shards)
        .map(|_| Bell::new().map(Arc::new))
        .collect::<io::Result<Vec<Arc<Bell>>>>()?;
    let (reports, reported) = unbounded();
    let mut shards = Shards { orders: Vec::new(), pasts: Vec::new(), reports: reported };
    let posts = Post::<Mail>::mesh(&bells);
    // Before anybody asks: who paid is not told that nothing is left, nor to come again.
    let paid: Option<Arc<[Paid]>> = plan::paid(&config.plan).map(Into::into);
    let mut cells = Vec::new();
    for ((number, post), sockets) in (0u8..).zip(posts).zip(sockets) {
        let (shard, at) = (ShardId(number), clock::read());
        let ((orders, ordered), (tells, past)) = (unbounded(), bounded(1));
        let bell = Arc::clone(&bells[usize::from(number)]);
        shards.orders.push((orders, Arc::clone(&bell)));
        shards.pasts.push(tells);
        let (painter, refused) = (board.clone(), Arc::clone(refused));
        cells.push(Cell {
            shard,
            core: config.cores[usize::from(number)],
            backend,
            #[cfg(feature = "glommio")]
            runtime: config.runtime,
            config: config.of_shard(seal, shard),
            sockets,
            bell: Arc::clone(&bell),
            desk: Desk {
                shard,
                past,
                post,
                board: Board::new(painter, shard, config.shards, at, refused),
                attic: Attic::open(&config.data, shard, Arc::clone(&bell)).map_err(at_attic)?,
                viewer: viewer.clone(),
                orders: ordered,
                reports: reports.clone(),
            },
            adopted: adopted.cloned(),
            paid: paid.clone(),
            inherited: Bequest::default(),
        });
    }
    Ok((cells, shards))
}
