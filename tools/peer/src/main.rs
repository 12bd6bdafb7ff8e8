//! Somebody to talk to: an ESME, phones and an SMSC, each one process and one thread.
//!
//! The peers exist for the demo and the tests. They keep exact books (what was said, what was
//! answered, what came twice), print an event a line, and end with one line of JSON that holds
//! the totals. Exit status: 0 everything that was waited for came, 1 something did not, 2 the
//! peer could not start.

mod backoff;
mod body;
mod clock;
mod esme;
mod failure;
mod link;
mod phone;
mod report;
mod script;
mod secret;
mod smsc;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Simulated peers of a Signalbox.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    peer: Peer,
}

#[derive(Debug, Subcommand)]
enum Peer {
    /// Binds to a message centre, submits a campaign and waits for its receipts.
    Esme(esme::Args),
    /// Registers one or many phones, takes and sends MESSAGEs.
    Phone(phone::Args),
    /// Listens as a message centre and behaves as it is told.
    Smsc(smsc::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().peer {
        Peer::Esme(args) => esme::run(&args),
        Peer::Phone(args) => phone::run(&args),
        Peer::Smsc(args) => smsc::run(&args),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}
