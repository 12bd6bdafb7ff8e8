//! `signalbox-dataplane`: runs one node.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, ValueEnum};
use crossbeam::channel::{Receiver, bounded};
use dataplane::config::{Config, Io, Runtime};
use dataplane::node::{Ended, Program};
use dataplane::telemetry::{self, Log};
use dataplane::{body, node, tape, upgrade};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Routes SMS between carriers and apps, as the plan says.
#[derive(Debug, Parser)]
#[command(name = "signalbox-dataplane", version)]
struct Arguments {
    /// The node's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Check the configuration, say what would be done, and exit (0 valid, 5 invalid)
    #[arg(long)]
    check: bool,
    /// The kernel interface, in place of `io` in the configuration
    #[arg(long, value_name = "INTERFACE")]
    io: Option<IoWord>,
    /// Have the running node of this configuration become this program, with its links; waits
    #[arg(long, conflicts_with = "check")]
    upgrade: bool,
    /// As the node before an upgrade asks: say what could be taken over, and exit
    #[arg(long, hide = true)]
    rehearse: bool,
    /// Go on with what the program before us left on stdin
    #[arg(long, hide = true)]
    take_over: bool,
    /// How log lines look
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: telemetry::Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum IoWord {
    Auto,
    Uring,
    Epoll,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut config = match Config::read(&arguments.config) {
        Ok(config) => config,
        Err(error) => return complain(&error, INVALID),
    };
    if let Some(word) = arguments.io {
        config.io = match word {
            IoWord::Auto => Io::Auto,
            IoWord::Uring => Io::Uring,
            IoWord::Epoll => Io::Epoll,
        };
        if config.runtime == Runtime::Glommio && config.io == Io::Epoll {
            return complain(&"error: glommio cannot run on epoll\ncure: --io uring", INVALID);
        }
    }
    if arguments.check {
        return explain(&config);
    }
    if arguments.rehearse {
        return match upgrade::rehearse(&config) {
            Ok(words) => say(&words),
            Err(error) => complain(&format!("error: {error}"), FAILED),
        };
    }
    if arguments.upgrade {
        return match upgrade::ask(&config) {
            Ok(word) => say(&word),
            Err(why) => complain(&format!("error: {why}"), FAILED),
        };
    }
    serve(&arguments, config)
}

/// Runs the node, and becomes the next program when that is asked for.
fn serve(arguments: &Arguments, config: Config) -> ExitCode {
    let legacy = match arguments.take_over.then(upgrade::receive).transpose() {
        Ok(legacy) => legacy,
        Err(error) => return complain(&format!("error: {error}"), FAILED),
    };
    // A package may put another file there later: that one is meant.
    let program = match std::env::current_exe() {
        Ok(path) => Program { path, config: arguments.config.clone() },
        Err(error) => return complain(&format!("error: our own path: {error}"), FAILED),
    };
    let log = match Log::start(arguments.log_format, &config.log) {
        Ok(log) => Arc::new(log),
        Err(error) => return complain(&format!("error: log: {error}"), FAILED),
    };
    let signals = match signals(arguments.config.clone(), Arc::clone(&log)) {
        Ok(signals) => signals,
        Err(error) => return complain(&format!("error: signals: {error}"), FAILED),
    };
    let result = node::run(&config, program.clone(), &signals, legacy);
    log.finish();
    match result {
        Ok(Ended::Stopped) => ExitCode::SUCCESS,
        Ok(Ended::Upgrade(legacy)) => {
            let words = std::env::args_os().skip(1).filter(|word| word != "--take-over").collect();
            let error = upgrade::depart(&program.path, words, *legacy);
            complain(&format!("error: {}: {error}", program.path.display()), FAILED)
        }
        Err(error) => complain(&format!("error: {error}"), FAILED),
    }
}

fn say(what: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{what}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn complain(what: &impl std::fmt::Display, code: u8) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{what}");
    ExitCode::from(code)
}

/// Says what this configuration leads to on this machine.
fn explain(config: &Config) -> ExitCode {
    let io = match body::choose(config.io) {
        Ok((backend, None)) => backend.to_string(),
        Ok((backend, Some(denied))) => format!("{backend} ({denied})"),
        Err(denied) => return complain(&format!("error: {denied}"), INVALID),
    };
    let mut lines = vec![
        format!("node         {} (number {})", config.node, config.number),
        format!("shards       {} on cores {:?}", config.shards, config.cores),
        format!("runtime      {}, io {io}", config.runtime),
        format!("data         {}", config.data.display()),
        format!("plan         {}", config.plan.display()),
        format!("key file     {}", config.key_file.display()),
        format!(
            "journal      volumes of {} MiB, commits at least {:?} apart",
            config.journal.volume_len >> 20,
            config.journal.commit_interval
        ),
    ];
    for environment in &config.environments {
        let name = &environment.name;
        let streams = environment.streams();
        lines.extend(
            streams.map(|stream| {
                format!("environment  {name} {} {}", stream.protocol, stream.address)
            }),
        );
        lines.extend(environment.sip.iter().map(|at| format!("environment  {name} sip udp {at}")));
    }
    let text = lines.join("\n") + "\n";
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

/// Stops the node at the first signal, and the process at the second. SIGHUP has the file read
/// again for which lines are logged; nothing else of it changes before the next start. SIGQUIT has
/// every shard put its tape away, and go on.
fn signals(file: PathBuf, log: Arc<Log>) -> std::io::Result<Receiver<()>> {
    let mut signals = signal_hook::iterator::Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT])?;
    let (sender, receiver) = bounded(2);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut seen = 0;
        for signal in signals.forever() {
            if signal == SIGHUP {
                reread(&file, &log);
                continue;
            }
            if signal == SIGQUIT {
                tracing::info!("every shard puts its tape away");
                tape::order();
                continue;
            }
            seen += 1;
            if seen > 1 {
                std::process::exit(128 + signal);
            }
            // A node that ended already needs no order to stop.
            let _ = sender.send(());
        }
    })?;
    Ok(receiver)
}

fn reread(file: &Path, log: &Log) {
    match Config::read(file) {
        Ok(config) if log.choose(&config.log) => tracing::info!(log = config.log, "read again"),
        Ok(config) => tracing::warn!(log = config.log, "the log stays as it was"),
        Err(error) => tracing::warn!("the log stays as it was: {error}"),
    }
}

const FAILED: u8 = 1;
const INVALID: u8 = 5;
