//! The load harness: how many SMS, how fast, how dear, and was every single one there.
//!
//! One thread submits over SMPP and is the far end as well (phones or a message centre), so it
//! sees each SMS leave and arrive on one clock. [`ledger`] knows every SMS by the number in its
//! text: nothing is lost, doubled or mistaken without being counted. [`pace`] decides when to
//! submit: as answers come (closed loop), or by the clock (open loop), and then latency counts
//! from the moment an SMS was due, not from when the harness got round to it.
//!
//! Exit status: 0 every SMS is accounted for, 1 something was lost, doubled or broken, 2 the
//! run could not start.

mod args;
mod bind;
mod buffer;
mod clock;
mod cost;
mod failure;
mod latency;
mod ledger;
mod mark;
mod pace;
mod phones;
mod progress;
mod report;
mod run;
mod secret;
mod sink;
mod target;
mod template;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Loads a Signalbox and accounts for every SMS.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    path: Path,
}

#[derive(Debug, Subcommand)]
enum Path {
    /// SMPP in, SIP out: from binds of ours to phones of ours.
    SmppSip(args::SmppSip),
    /// SMPP in, SMPP out: from binds of ours to a message centre of ours.
    SmppSmpp(args::SmppSmpp),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().path {
        Path::SmppSip(args) => run_smpp_sip(&args),
        Path::SmppSmpp(args) => run_smpp_smpp(&args),
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

fn run_smpp_sip(args: &args::SmppSip) -> Result<bool, Failure> {
    args.load.check_hosts(&[args.sip, args.local_sip])?;
    let clock = clock::Clock::start();
    let phones = phones::Phones::open(args, &clock)?;
    run::run("smpp-sip", &args.load, args.numbers()?, target::Target::Phones(phones), clock)
}

fn run_smpp_smpp(args: &args::SmppSmpp) -> Result<bool, Failure> {
    args.load.check_hosts(&[args.listen])?;
    let clock = clock::Clock::start();
    let sink = sink::Sink::open(args)?;
    run::run("smpp-smpp", &args.load, args.numbers()?, target::Target::Sink(sink), clock)
}
