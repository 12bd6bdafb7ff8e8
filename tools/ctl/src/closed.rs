//! Records: found, closed, proven, verified.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Deserialize;

use crate::again::Again;
use crate::arguments::Session;
use crate::money;
use crate::trouble::{DIFFERS, FAILED, Trouble};
use crate::writing::{self, Column, Output, column};
use crate::{accounts, past, steps};

/// What can be asked of all that happened.
#[derive(Debug, Subcommand)]
pub(crate) enum ClosedVerbs {
    /// Write the proof that a closed record is what it was: `prove.py` checks it with our public
    /// key alone
    #[command(after_help = PROVE_EXAMPLES)]
    Prove {
        /// Its message id
        #[arg(value_name = "MESSAGE-ID")]
        id: String,
        /// The file [default: the terminal]
        #[arg(short, long, value_name = "FILE")]
        write: Option<PathBuf>,
    },
    /// The ledger
    #[command(subcommand)]
    Ledger(LedgerVerbs),
    /// Compare a carrier's own file with our records, and explain each difference
    #[command(after_help = RECONCILE_EXAMPLES)]
    Reconcile(accounts::Theirs),
    /// What would have been paid in a past period, had your draft's tariffs been those of it
    #[command(after_help = WHAT_IF_EXAMPLES)]
    WhatIf {
        /// Only what this carrier sent
        #[arg(long)]
        carrier: Option<String>,
        #[command(flatten)]
        period: accounts::PeriodOf,
    },
}

/// What can be done with the ledger.
#[derive(Debug, Subcommand)]
pub(crate) enum LedgerVerbs {
    /// Fold journals and records again, and compare the ledger, the sums of all hours and the
    /// signed heads with that, to the last unit
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify {
        /// Go on with this folio, where another run was interrupted
        #[arg(long, value_name = "FOLIO", default_value_t = 1)]
        from: u64,
    },
}

/// What can be asked of records.
#[derive(Debug, Subcommand)]
pub(crate) enum CdrVerbs {
    /// The latest messages from and to a number, step by step
    Steps {
        /// The number, or the name of a sender
        number: String,
        /// How many messages
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        #[command(flatten)]
        again: Again,
    },
    /// The latest records, oldest first; with --json one a line
    List {
        /// Sent by this carrier
        #[arg(long)]
        carrier: Option<String>,
        /// Sent by or to this account
        #[arg(long)]
        account: Option<String>,
        /// With this message id
        #[arg(long)]
        id: Option<String>,
        /// How many at most
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Find records by number, message id, time and carrier, oldest first
    #[command(after_help = FIND_EXAMPLES)]
    Find {
        /// From or to this number, or from this name
        #[arg(long)]
        number: Option<String>,
        /// With this message id
        #[arg(long, value_name = "MESSAGE-ID")]
        id: Option<String>,
        /// Sent by this carrier
        #[arg(long)]
        carrier: Option<String>,
        /// Sent by or to this account
        #[arg(long)]
        account: Option<String>,
        /// Received then or later, UTC
        #[arg(long, value_name = "INSTANT")]
        from: Option<String>,
        /// Received before then, UTC
        #[arg(long, value_name = "INSTANT")]
        to: Option<String>,
        /// How many at most, the latest
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// The hours or days that are closed, newest first, with their files and roots
    Closed {
        /// How many
        #[arg(long, default_value_t = 24)]
        limit: u16,
    },
}

impl ClosedVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Prove { id, write } => prove(session, &id, write.as_ref()),
            Self::Ledger(LedgerVerbs::Verify { from }) => verify(session, from),
            Self::Reconcile(theirs) => accounts::reconcile(session, &theirs),
            Self::WhatIf { carrier, period } => {
                accounts::what_if(session, carrier.as_deref(), &period)
            }
        }
    }
}

impl CdrVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Steps { number, limit, again } => steps::tell(session, &number, limit, again),
            Self::List { carrier, account, id, limit } => {
                let limit = limit.to_string();
                past::records(
                    session,
                    &[
                        ("carrier", carrier.as_deref()),
                        ("account", account.as_deref()),
                        ("id", id.as_deref()),
                        ("limit", Some(limit.as_str())),
                    ],
                )
            }
            Self::Find { number, id, carrier, account, from, to, limit } => {
                let limit = limit.to_string();
                past::records(
                    session,
                    &[
                        ("number", number.as_deref()),
                        ("id", id.as_deref()),
                        ("carrier", carrier.as_deref()),
                        ("account", account.as_deref()),
                        ("from", from.as_deref()),
                        ("to", to.as_deref()),
                        ("limit", Some(limit.as_str())),
                    ],
                )
            }
            Self::Closed { limit } => {
                let limit = limit.to_string();
                let answer = session.client.get("/v1/folios", &[("limit", Some(&limit))])?;
                session.rows(&answer, FOLIOS)
            }
        }
    }
}

fn prove(session: &Session, id: &str, write: Option<&PathBuf>) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/proof", &[("id", Some(id))])?;
    let Some(path) = write else {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    };
    std::fs::write(path, &answer.text)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
    anstream::eprintln!("check it: prove.py KEY {}", path.display());
    Ok(ExitCode::SUCCESS)
}

#[derive(Default, Deserialize)]
struct Verified {
    folios: u64,
    records: u64,
    next: Option<u64>,
    ledger_micros: Option<i64>,
    journaled: Option<u64>,
    faults: Vec<String>,
}

fn verify(session: &Session, from: u64) -> Result<ExitCode, Trouble> {
    let mut all = Verified { next: Some(from), ..Verified::default() };
    while let Some(next) = all.next {
        let from = next.to_string();
        let answer = session.client.get("/v1/verify", &[("from", Some(&from))])?;
        let piece: Verified = answer.read()?;
        all.folios += piece.folios;
        all.records += piece.records;
        all.faults.extend(piece.faults);
        (all.next, all.journaled) = (piece.next, piece.journaled);
        all.ledger_micros = piece.ledger_micros;
        if let Some(next) = all.next {
            anstream::eprintln!("up to folio {next}: {} records", all.records);
        }
    }
    if session.output == Output::Json {
        let Verified { folios, records, ledger_micros, journaled, faults, .. } = &all;
        let told = serde_json::json!({ "folios": folios, "records": records,
            "ledger_micros": ledger_micros, "journaled": journaled, "faults": faults });
        anstream::println!("{told:#}");
    } else {
        all.faults.iter().for_each(|fault| anstream::println!("{fault}"));
        let amount = money::amount(all.ledger_micros.unwrap_or_default());
        let records = writing::counted(all.records, "record", "records");
        let folios = writing::counted(all.folios, "folio", "folios");
        let journaled = all.journaled.unwrap_or_default();
        let journaled = writing::counted(journaled, "message", "messages");
        let what = if all.faults.is_empty() { "all of it agrees" } else { "it does not agree" };
        anstream::println!(
            "{records} in {folios} and behind them, {journaled} of journals, {amount} in the \
             ledger: {what}"
        );
    }
    Ok(if all.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(DIFFERS) })
}

const FOLIOS: &[Column] = &[
    column("Folio", "number"),
    column("From", "from"),
    column("To", "to"),
    column("State", "state"),
    column("Records", "rows"),
    column("Late", "late"),
    column("Root", "root"),
    column("Files", "files"),
];

const PROVE_EXAMPLES: &str = "\
Examples:
  signalbox prove 0MRJ5T3K8G000001
  signalbox prove 0MRJ5T3K8G000001 --write sms.proof && prove.py KEY sms.proof";

const VERIFY_EXAMPLES: &str = "\
Examples:
  signalbox ledger verify
  signalbox ledger verify --from 7200 --json

Exit code: 0 if everything agrees, 8 if something differs.";

const RECONCILE_EXAMPLES: &str = "\
Examples:
  signalbox reconcile tata.csv --carrier TATA --month 2026-11
  signalbox reconcile tata.csv --carrier TATA --month 2026-11 --zone Asia/Kolkata \\
      --map 'number=Destination,time=Sent at,segments=Parts,price=Rate' --window 120
  signalbox reconcile smsc.csv --connection smsc --month 2026-11 --json

Exit code: 0 if both agree, 8 if they differ.";

const WHAT_IF_EXAMPLES: &str = "\
Examples:
  signalbox tariff set tata-in --price 44=0.012 && signalbox what-if --month 2026-10
  signalbox what-if --carrier TATA --from 2026-10-01 --to 2026-10-15 --json

Without a period it is the last month. Nothing is changed; your draft stays.";

const FIND_EXAMPLES: &str = "\
Examples:
  signalbox cdr find --number 447900123456
  signalbox cdr find --number AsiaCell --from 2026-11-21 --to 2026-11-22T12:00:00Z --json
  signalbox cdr find --carrier TATA --from 2026-11-21T10:00:00Z --limit 1000 -o csv";
