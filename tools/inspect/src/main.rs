//! `signalbox-inspect`: reads journals, plans and tapes, and says whether they are whole.
//!
//! It prints who, whom, when and how, but the text of an Sms only when it is asked to, and a
//! password never: a plan holds none in the clear.

mod journal;
mod plan;
mod record;
mod tape;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads journals, plans and tapes.
#[derive(Parser)]
#[command(name = "signalbox-inspect", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the records of a volume, of a shard's folder or of a whole journal, one a line
    ///
    /// Exits with 0 if all is whole, with 8 if blocks are damaged or missing. A torn tail is
    /// told and is no damage: it was never answered.
    Journal {
        /// A volume, or a folder with volumes somewhere below it
        path: PathBuf,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// Print the texts of messages too
        #[arg(long)]
        text: bool,
    },
    /// Check a plan and print what is in it
    Plan {
        /// A published plan, or the folder with `current`
        path: PathBuf,
    },
    /// Print what shards were given last, or live it again
    ///
    /// A shard that panics, or a node that is sent SIGQUIT, leaves tapes in DATA/tape. Played, the
    /// same inputs are given to new shards, which say the same, or panic at the same place. Exits
    /// with 8 if a turn said something else than it did then.
    Tape {
        /// A tape, or the folder with the tapes of all shards, of which the newest are read
        path: PathBuf,
        /// The node's configuration: who its shards were, where plans are, and the seal
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
        /// The site's seal, where the one that the configuration names is the service's alone
        #[arg(long, value_name = "FILE")]
        key: Option<PathBuf>,
        /// Give the inputs to new shards
        #[arg(long)]
        replay: bool,
        /// Print what peers said too: texts, and passwords
        #[arg(long)]
        text: bool,
    },
}

fn main() -> ExitCode {
    match inspect(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DIFFERS),
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("signalbox-inspect: {error}");
            ExitCode::FAILURE
        }
    }
}

fn inspect(command: Command) -> io::Result<bool> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let whole = match command {
        Command::Journal { path, json, text } => journal::inspect(&path, json, text, &mut out)?,
        Command::Plan { path } => plan::inspect(&path, &mut out)?,
        Command::Tape { path, config, key, replay, text } => {
            let site = tape::Site::read(&path, &config, key.as_deref())?;
            if replay { site.replay(&mut out)? } else { site.print(text, &mut out)? }
        }
    };
    out.flush()?;
    Ok(whole)
}

/// What is read is not what was written.
const DIFFERS: u8 = 8;
