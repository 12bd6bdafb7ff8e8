//! The node's ends of its shards: orders go out, reports come in.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, Sender, after, select, tick};
use routing::Tap;
use routing::snapshot::Snapshot;
use shard::ShardId;

use super::NodeError;
use super::pulse::{Change, Pulse};
use crate::clock;
use crate::config::Config;
use crate::core::{Order, Report};
use crate::mesh::Bell;
use crate::net::tls;
use crate::past::Past;
use crate::plan::{self, News, Seal};
use crate::service::Service;
use crate::upgrade::{Bequest, Legacy, Rounds, Weight, Wish};

/// The node's ends of its shards.
pub(super) struct Shards {
    pub(super) orders: Vec<(Sender<Order>, Arc<Bell>)>,
    /// Where each of them is told its past, once.
    pub(super) pasts: Vec<Sender<Past>>,
    pub(super) reports: Receiver<Report>,
}

impl Shards {
    fn order(&self, order: &Order) {
        for (orders, bell) in &self.orders {
            // A shard that is over needs no more orders.
            let _ = orders.send(order.clone());
            bell.wake_sleeper();
        }
    }

    pub(super) fn remember(&self, pasts: Vec<Past>) {
        for ((told, past), (_, bell)) in self.pasts.iter().zip(pasts).zip(&self.orders) {
            // A shard that is over says so itself.
            let _ = told.send(past);
            bell.wake_sleeper();
        }
    }

    pub(super) fn wait_ready(&self) -> Result<(), NodeError> {
        let mut ready = 0;
        while ready < self.orders.len() {
            match self.reports.recv() {
                Ok(Report::Ready(_)) => ready += 1,
                Ok(Report::Drained(_) | Report::Weighed(_) | Report::Bequest(..)) => {}
                Ok(Report::Over(shard, result)) => return Err(unexpected(shard, result)),
                Err(_) => unreachable!("every shard reports that it is over before it goes"),
            }
        }
        Ok(())
    }

    fn for_orders(&self) -> Self {
        let (orders, reports) = (self.orders.clone(), self.reports.clone());
        Self { orders, pasts: Vec::new(), reports }
    }

    pub(super) fn watch_plans(
        &self,
        config: &Config,
        seal: Seal,
        first: Option<Snapshot>,
        refused: Arc<AtomicU64>,
    ) -> io::Result<()> {
        let shards = self.for_orders();
        let own: Vec<Tap> = config.hep.iter().map(|hep| hep.tap.clone()).collect();
        plan::watch(config.plan.clone(), seal, first, refused, move |news| {
            match news {
                News::Plan(adopted) => {
                    tracing::info!(generation = adopted.snapshot.generation(), "snapshot adopted");
                    shards.order(&Order::Adopt(adopted));
                }
                News::Paid(paid) => shards.order(&Order::Pay(paid.into())),
                News::Taps(taps) => {
                    let taps: Vec<Tap> = own.iter().cloned().chain(taps).take(Tap::MAX).collect();
                    shards.order(&Order::Tap(taps.into()));
                }
            }
            true
        })
    }

    pub(super) fn watch_keys(&self, files: tls::Files, keys: tls::Keys) -> io::Result<()> {
        let shards = self.for_orders();
        tls::watch(files, keys, move |keys| {
            shards.order(&Order::Rekey(keys));
            true
        })
    }

    /// Waits for the order to stop, or to become another program, then for every shard to be done.
    pub(super) fn serve(
        &self,
        signals: &Receiver<()>,
        wishes: &Receiver<Wish>,
        service: Service,
    ) -> Result<Served, NodeError> {
        let (ticks, looks) = (service.ticks(), tick(LOOK_EVERY));
        let mut pulse = Pulse::default();
        service.ready();
        loop {
            select! {
                recv(signals) -> _ => break,
                recv(wishes) -> wish => {
                    if let Ok(Wish { asker }) = wish {
                        service.leaving();
                        return self.freeze(asker);
                    }
                }
                recv(ticks) -> _ => service.tell(pulse.all_move()),
                recv(looks) -> _ => self.feel(&mut pulse),
                recv(self.reports) -> report => {
                    if let Ok(Report::Over(shard, result)) = report {
                        return Err(unexpected(shard, result));
                    }
                }
            }
        }
        self.stop(signals, &service).map(|()| Served::Stopped)
    }

    /// Tells of shards that stand still: those before them see no more of it than silence.
    fn feel(&self, pulse: &mut Pulse) {
        for (shard, change) in pulse.look(self.orders.iter().map(|(_, bell)| bell.beats())) {
            match change {
                Change::Stopped => tracing::error!(shard, "{STUCK}"),
                Change::Moves(looks) => {
                    let still_ms = (LOOK_EVERY * looks).as_millis() as u64;
                    tracing::warn!(shard, still_ms, "the shard goes on");
                }
            }
        }
    }

    fn stop(&self, signals: &Receiver<()>, service: &Service) -> Result<(), NodeError> {
        tracing::info!("stopping: nothing new is taken, what was begun is finished");
        service.stopping();
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

    /// Has every shard come to rest, and takes what it hands over.
    fn freeze(&self, asker: UnixStream) -> Result<Served, NodeError> {
        let (began, paused_ns) = (clock::now(), clock::read().unix_ns);
        tracing::info!("upgrading: nothing is begun, what is owed is waited for");
        self.order(&Order::Pause);
        let mut rounds = Rounds::default();
        loop {
            let weights = self.weigh()?;
            if rounds.handle(clock::now() - began, &weights) {
                break;
            }
            // What is waited for comes from peers, and no report follows from it.
            let _ = after(ROUND).recv();
        }
        let waited_ms = (clock::now() - began).as_millis() as u64;
        tracing::info!(waited_ms, "at rest: becomes the new program");
        self.order(&Order::Freeze);
        let bequests = self.bequests()?;
        Ok(Served::Frozen { bequests, asker: Some(asker), paused_ns })
    }

    /// Asks every shard how much is left to wait for.
    fn weigh(&self) -> Result<Vec<Weight>, NodeError> {
        self.order(&Order::Weigh);
        let mut weights = Vec::new();
        while weights.len() < self.orders.len() {
            match self.reports.recv_timeout(SHARD_MAX) {
                Ok(Report::Weighed(weight)) => weights.push(weight),
                Ok(Report::Over(shard, result)) => return Err(unexpected(shard, result)),
                Ok(_) => {}
                Err(_) => return Err(NodeError::Runtime(HANGS.to_owned())),
            }
        }
        Ok(weights)
    }

    /// What every shard hands over, when all have ended and read nothing more for certain.
    fn bequests(&self) -> Result<Vec<Bequest>, NodeError> {
        let (mut found, mut missing) = (Vec::new(), self.orders.len());
        while missing > 0 {
            match self.reports.recv_timeout(SHARD_MAX) {
                Ok(Report::Bequest(shard, bequest)) => found.push((shard, *bequest)),
                Ok(Report::Over(_, Ok(()))) => missing -= 1,
                Ok(Report::Over(shard, result)) => return Err(unexpected(shard, result)),
                Ok(_) => {}
                Err(_) => return Err(NodeError::Runtime(HANGS.to_owned())),
            }
        }
        found.sort_by_key(|(shard, _)| *shard);
        Ok(found.into_iter().map(|(_, bequest)| bequest).collect())
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

/// Why a node serves no more.
#[derive(Debug)]
pub(super) enum Served {
    /// It was told to stop.
    Stopped,
    /// It becomes another program.
    Frozen {
        /// What that goes on with, of each shard.
        bequests: Vec<Bequest>,
        /// Who asked for it.
        asker: Option<UnixStream>,
        /// Since when nothing is begun, on the Unix clock.
        paused_ns: u64,
    },
}

/// How a node ended.
#[derive(Debug)]
pub enum Ended {
    /// It was told to stop.
    Stopped,
    /// The process is to become another program, with this.
    Upgrade(Box<Legacy>),
}

fn unexpected(shard: ShardId, result: io::Result<()>) -> NodeError {
    let source = result.err().unwrap_or_else(|| io::Error::other("it ended without an order"));
    NodeError::Shard { shard: shard.0, source }
}

/// How often the shards' pulses are felt.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const STUCK: &str = "the shard stands still: its links, and new ones that fall to it, wait; the \
    others go on; the service manager's watchdog starts the node again unless it moves";

/// How long carriers and apps have for their last answers.
const DRAIN_MAX: Duration = Duration::from_secs(10);

/// How often shards that pause are asked how much is left to wait for.
const ROUND: Duration = Duration::from_millis(2);

/// More than any turn takes.
const SHARD_MAX: Duration = Duration::from_secs(10);

const HANGS: &str = "a shard does not come to rest: the service manager starts the node again";

/// More than a core gives itself.
const HALT_MAX: Duration = Duration::from_secs(3);
