//! `signalbox-inspect`: reads journals and plans, and says whether they are whole.
//!
//! It prints who, whom, when and how, but the text of an Sms only when it is asked to, and a
//! password never: a plan holds none in the clear.

mod journal;
mod plan;
mod record;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads journals and plans.
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
    };
    out.flush()?;
    Ok(whole)
}

/// What is read is not what was written.
const DIFFERS: u8 = 8;
