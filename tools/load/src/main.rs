//! The load harness: how many SMS, how fast, how dear, and was every single one there.
//!
//! One thread submits, over SMPP or as apps, and is the far end as well (phones or a message
//! centre), so it sees each SMS leave and arrive on one clock. [`ledger`] knows every SMS by the
//! number in its text: nothing is lost, doubled or mistaken without being counted. [`pace`] decides
//! when to submit: as answers come (closed loop), or by the clock (open loop), and then latency
//! counts from the moment an SMS was due, not from when the harness got round to it.
//!
//! Exit status: 0 every SMS is accounted for, 1 something was lost, doubled or broken, 2 the
//! run could not start.

mod apps;
mod args;
mod bind;
mod binds;
mod buffer;
mod centre;
mod clock;
mod cost;
mod failure;
mod latency;
mod ledger;
mod mark;
mod mix;
mod pace;
mod page;
mod phones;
mod progress;
mod report;
mod run;
mod secret;
mod sink;
mod source;
mod steps;
mod storm;
mod target;
mod template;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::apps::Apps;
use crate::binds::Binds;
use crate::centre::Centre;
use crate::failure::Failure;
use crate::source::Source;
use crate::target::Target;

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
    /// SIP in, SMPP out: from apps of ours to a message centre of ours.
    SipSmpp(args::SipSmpp),
    /// SMPP in, SMPP out: from a message centre of ours, by deliver_sm, to another one.
    CentreSmpp(args::CentreSmpp),
    /// SIP in, SIP out: our phones write to each other.
    SipSip(args::SipSip),
    /// REGISTERs: a city of contacts that all come back at once.
    Register(args::Register),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().path {
        Path::SmppSip(args) => run_smpp_sip(&args),
        Path::SmppSmpp(args) => run_smpp_smpp(&args),
        Path::SipSmpp(args) => run_sip_smpp(&args),
        Path::CentreSmpp(args) => run_centre_smpp(&args),
        Path::SipSip(args) => run_sip_sip(&args),
        Path::Register(args) => storm::run(&args),
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
    let phones = &args.phones.senders;
    args.load.check_hosts(&[args.esme.connect, phones.sip, phones.local_sip])?;
    let (clock, numbers) = (clock::Clock::start(), phones.numbers()?);
    let target = Target::Phones(phones::Phones::open(&args.phones, &clock)?);
    let from_binds = |marks| Ok(Source::Binds(Binds::new(&args.esme, &args.load, numbers, marks)?));
    run::run("smpp-sip", &args.load, from_binds, target, clock)
}

fn run_smpp_smpp(args: &args::SmppSmpp) -> Result<bool, Failure> {
    args.load.check_hosts(&[args.esme.connect, args.sink.listen])?;
    let (clock, numbers) = (clock::Clock::start(), args.sink.numbers()?);
    let target = Target::Sink(sink::Sink::open(&args.sink, numbers, &args.load.source)?);
    let from_binds = |marks| Ok(Source::Binds(Binds::new(&args.esme, &args.load, numbers, marks)?));
    run::run("smpp-smpp", &args.load, from_binds, target, clock)
}

fn run_sip_smpp(args: &args::SipSmpp) -> Result<bool, Failure> {
    args.load.check_hosts(&[args.senders.sip, args.senders.local_sip, args.sink.listen])?;
    let (clock, numbers) = (clock::Clock::start(), args.sink.numbers()?);
    let target = Target::Sink(sink::Sink::open(&args.sink, numbers, &args.load.source)?);
    let from_apps = |marks| Apps::of(&args.senders, &args.load, numbers, marks).map(Source::Apps);
    run::run("sip-smpp", &args.load, from_apps, target, clock)
}

fn run_centre_smpp(args: &args::CentreSmpp) -> Result<bool, Failure> {
    args.load.check_hosts(&[args.centre, args.sink.listen])?;
    if args.load.receipts {
        return Err(Failure::Usage(
            "a message centre gets no receipts: leave --receipts away".into(),
        ));
    }
    let (clock, numbers) = (clock::Clock::start(), args.sink.numbers()?);
    let target = Target::Sink(sink::Sink::open(&args.sink, numbers, &args.load.source)?);
    let centre = |marks| Centre::open(args, numbers, marks).map(Source::Centre);
    run::run("centre-smpp", &args.load, centre, target, clock)
}

fn run_sip_sip(args: &args::SipSip) -> Result<bool, Failure> {
    let phones = &args.phones.senders;
    args.load.check_hosts(&[phones.sip, phones.local_sip])?;
    let (clock, numbers) = (clock::Clock::start(), phones.numbers()?);
    let target = Target::Phones(phones::Phones::open(&args.phones, &clock)?);
    let from_apps = |marks| Apps::of(phones, &args.load, numbers, marks).map(Source::Apps);
    run::run("sip-sip", &args.load, from_apps, target, clock)
}
