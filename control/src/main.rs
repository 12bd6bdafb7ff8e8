//! `signalbox-control`: the process that says what should be true.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use control::api::{Control, Listening, Remote, serve};
use control::config::Config;
use control::fault::{Fault, Outcome};
use control::folio::{Keeping, ProofKey, keep_folios};
use control::generations::resume;
use control::harvest::{Harvest, Harvester};
use control::log::{self, Log};
use control::metrics::serve as serve_metrics;
use control::numbering::Numbering;
use control::publish::Publisher;
use control::resolve::{Dns, keep};
use control::seal::Seal;
use control::store::{Place, Store, Writer};
use control::timely::keep_time;
use control::together::keep_up;
use rustix::fs::{FlockOperation, Mode, flock};
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

/// Keeps the model of every environment, publishes it, and settles what happened.
#[derive(Parser)]
#[command(name = "signalbox-control", version)]
struct Arguments {
    /// The configuration, control.toml.
    #[arg(long)]
    config: PathBuf,
    /// Only check the configuration, and the numbering plan that it names: exit 0, or 5 with file,
    /// line and column.
    #[arg(long)]
    check: bool,
    /// Make the key that signs closed records, tell its public half, and end.
    #[arg(long)]
    new_proof_key: bool,
    /// Make a new key that signs from the next closed hour on, have the old one hand over to it,
    /// tell its public half, and end. Control may run meanwhile.
    #[arg(long, conflicts_with = "new_proof_key")]
    rotate_proof_key: bool,
    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: log::Format,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let config = match Config::load(&arguments.config) {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return ExitCode::from(INVALID);
        }
    };
    if arguments.check {
        return match numbering(&config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                complain(&fault);
                ExitCode::from(INVALID)
            }
        };
    }
    let making: Option<fn(&Path) -> Outcome<ProofKey>> =
        match (arguments.new_proof_key, arguments.rotate_proof_key) {
            (true, _) => Some(ProofKey::create),
            (_, true) => Some(ProofKey::rotate),
            _ => None,
        };
    if let Some(making) = making {
        return match proof_key(&config, making) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                complain(&fault);
                ExitCode::FAILURE
            }
        };
    }
    let Some(log) = Log::start(arguments.log_format, &config.log) else {
        complain(&format!("RUST_LOG and log \"{}\" choose nothing", config.log));
        return ExitCode::from(INVALID);
    };
    // Secrets and what people wrote to each other: nobody else's, whatever the shell said.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    match run(&config, &arguments.config, &log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            let cure = error.downcast_ref::<Fault>().and_then(|fault| fault.cure.as_ref());
            cure.into_iter().for_each(|cure| complain(cure));
            ExitCode::FAILURE
        }
    }
}

/// Is the numbering plan one, if there is one?
fn numbering(config: &Config) -> Outcome<()> {
    let file = config.cdr.as_ref().and_then(|keeping| keeping.numbering.as_ref());
    let Some(file) = file else { return Ok(()) };
    let name = file.display().to_string();
    let octets = std::fs::read(file).map_err(|error| Fault::invalid(format!("{name}: {error}")))?;
    Numbering::read(&octets, &name).map(drop)
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
fn proof_key(config: &Config, making: fn(&Path) -> Outcome<ProofKey>) -> Outcome<()> {
    let keeping = config.cdr.as_ref();
    let keeping = keeping.ok_or_else(|| Fault::invalid("the configuration has no [cdr]"))?;
    println!("{}", making(&keeping.key_file)?.public());
    Ok(())
}

#[expect(clippy::print_stderr, reason = "the first and last words of the process")]
fn complain(error: &dyn std::fmt::Display) {
    eprintln!("signalbox-control: {error}");
}

fn run(config: &Config, file: &Path, log: &Log) -> Result<(), Box<dyn std::error::Error>> {
    std::fs::create_dir_all(&config.data)?;
    let lock = std::fs::File::create(config.data.join("lock"))?;
    if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_err() {
        let data = config.data.display();
        return Err(format!("another signalbox-control runs on {data}").into());
    }
    let seal = Seal::open(&config.key_file)?;
    let publisher = Publisher::new(&config.plan)?;
    let store = Store::open(&config.data, &config.plan, config.store.clone())?;
    resume(&store, &publisher)?;
    let place = store.place().clone();
    let tables = tokio::sync::Mutex::new(store.tables());
    let generation = store.generation();
    let (writer, writing) = Writer::start(store)?;
    let harvester = Harvester::new(config.nodes.clone(), writer.clone());
    let (harvest, harvesting) = Harvest::start(harvester)?;
    let nodes = config.nodes.clone();
    let control = Control { writer, tables, store: place, harvest, publisher, nodes, seal };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listening = Listening::at(&config.socket)?;
        let remote = match &config.api {
            Some(api) => Some(Remote::at(api).await?),
            None => None,
        };
        tracing::info!(socket = %config.socket.display(), generation, "control is ready");
        // Nobody listens unless systemd started us.
        let _ = sd_notify::notify(&[NotifyState::Ready]);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        };
        let control = Arc::new(control);
        let measuring = measuring(&control, config.metrics);
        let resolving = resolving(&control);
        let together = together(&control);
        let serving = serve(Arc::clone(&control), listening, remote, stop);
        tokio::select! {
            done = serving => done,
            never = resolving => match never {},
            never = together => match never {},
            () = keep_time(&control.writer, &control.publisher) => Ok(()),
            never = closing(&control, config.cdr.as_ref()) => match never {},
            failed = measuring => failed,
            failed = rereading(file, log) => failed,
        }
    })?;
    drop(runtime);
    for thread in [harvesting, writing] {
        if thread.join().is_err() {
            return Err("a thread panicked; see above".into());
        }
    }
    tracing::info!("control has stopped");
    Ok(())
}

/// Answers scrapers and probes, if they may ask; ends only if it cannot.
async fn measuring(control: &Arc<Control>, address: Option<SocketAddr>) -> std::io::Result<()> {
    let Some(address) = address else { return std::future::pending().await };
    let told = |error: std::io::Error| {
        std::io::Error::new(error.kind(), format!("metrics at {address}: {error}"))
    };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(told)?;
    tracing::info!(%address, "metrics can be read");
    serve_metrics(Arc::clone(control), listener).await
}

/// Keeps the names of trunks resolved; never ends.
async fn resolving(control: &Control) -> std::convert::Infallible {
    match Dns::system() {
        Ok(dns) => keep(&control.writer, &control.publisher, &dns).await,
        Err(error) => {
            tracing::warn!(error, "no DNS: trunks are reached by their addresses alone");
        }
    }
    std::future::pending().await
}

/// Keeps up with other controls, if there may be any; never ends.
async fn together(control: &Control) -> std::convert::Infallible {
    if let Place::Server(server) = &control.store {
        keep_up(server, &control.writer, &control.publisher).await;
    }
    std::future::pending().await
}

/// Closes records, if this control is to; never ends.
async fn closing(control: &Control, keeping: Option<&Keeping>) -> std::convert::Infallible {
    if let Some(keeping) = keeping {
        keep_folios(&control.writer, &control.store, &control.harvest, keeping).await;
    }
    std::future::pending().await
}

/// At each SIGHUP reads the file again for which lines are logged; nothing else of it changes
/// before the next start. Ends only if it cannot.
async fn rereading(file: &Path, log: &Log) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    while hangup.recv().await.is_some() {
        match Config::load(file) {
            Ok(config) if log.choose(&config.log) => tracing::info!(log = config.log, "read again"),
            Ok(config) => tracing::warn!(log = config.log, "the log stays as it was"),
            Err(error) => tracing::warn!("the log stays as it was: {error}"),
        }
    }
    std::future::pending().await
}

const INVALID: u8 = 5;
