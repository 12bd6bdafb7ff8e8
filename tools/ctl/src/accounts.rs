//! Money of the past looked at again: a carrier's own file, and a draft's tariffs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::Value;

use crate::arguments::Session;
use crate::money;
use crate::trouble::{DIFFERS, FAILED, Trouble};
use crate::writing::{self, Column, Output, column};

/// A carrier's own file.
#[derive(Args, Debug)]
pub(crate) struct Theirs {
    /// The file: CSV with a header
    file: PathBuf,
    /// The carrier that sent to us
    #[arg(long, conflicts_with = "connection", required_unless_present = "connection")]
    carrier: Option<String>,
    /// The connection by which we sent to them
    #[arg(long)]
    connection: Option<String>,
    #[command(flatten)]
    period: PeriodOf,
    /// Which column is what: id, number, time, segments, price, amount
    #[arg(long, value_name = "FIELD=COLUMN,...")]
    map: Option<String>,
    /// The zone of times that say none [default: UTC]
    #[arg(long)]
    zone: Option<String>,
    /// How far apart the same SMS may be in both
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    window: u32,
    /// How many differences are told one by one
    #[arg(long, default_value_t = 20)]
    limit: u32,
}

/// A month, or from and to.
#[derive(Args, Debug)]
pub(crate) struct PeriodOf {
    /// A month of UTC, such as 2026-11
    #[arg(long, conflicts_with_all = ["from", "to"])]
    month: Option<String>,
    /// The first day or instant, UTC
    #[arg(long, requires = "to", value_name = "DATE")]
    from: Option<String>,
    /// The first day or instant that no longer counts, UTC
    #[arg(long, requires = "from", value_name = "DATE")]
    to: Option<String>,
}

/// `signalbox reconcile`
pub(crate) fn reconcile(session: &Session, theirs: &Theirs) -> Result<ExitCode, Trouble> {
    let octets = read(&theirs.file)?;
    let (window, limit) = (theirs.window.to_string(), theirs.limit.to_string());
    let parameters = [
        ("env", session.env.as_deref()),
        ("carrier", theirs.carrier.as_deref()),
        ("connection", theirs.connection.as_deref()),
        ("month", theirs.period.month.as_deref()),
        ("from", theirs.period.from.as_deref()),
        ("to", theirs.period.to.as_deref()),
        ("map", theirs.map.as_deref()),
        ("zone", theirs.zone.as_deref()),
        ("window_s", Some(window.as_str())),
        ("limit", Some(limit.as_str())),
    ];
    let file = Full::new(Bytes::from(octets));
    let answer = session.client.upload("/v1/reconcile", &parameters, file)?;
    let told: Value = answer.read()?;
    let differs = told["differences"].as_array().is_some_and(|all| !all.is_empty());
    match session.output {
        Output::Json => answer.print(),
        Output::Csv => {
            let details = told["details"].as_array().cloned().unwrap_or_default();
            writing::rows(Output::Csv, DETAILS, &details);
        }
        Output::Table => table(&told),
    }
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

/// Ours, why they differ, theirs: a column of sums that adds up; then the first differences.
fn table(told: &Value) {
    let text = |key: &str| writing::text(&told[key]);
    anstream::println!("{} from {} to {}", text("with"), text("from"), text("to"));
    let line = |what: &str, sums: &Value| {
        let number = |key: &str| sums[key].as_i64().unwrap_or_default();
        let amount = money::amount(number("micros"));
        anstream::println!("{what:<20}{:>9}{:>9}{amount:>16}", number("rows"), number("units"));
    };
    anstream::println!("{:<20}{:>9}{:>9}{:>16}", "", "Rows", "Units", "Amount");
    line("ours", &told["ours"]);
    for one in told["differences"].as_array().into_iter().flatten() {
        line(&writing::text(&one["reason"]), one);
    }
    line("theirs", &told["theirs"]);
    let details = told["details"].as_array().cloned().unwrap_or_default();
    if !details.is_empty() {
        anstream::println!();
        let with_amount = |mut detail: Value| {
            let micros = detail["micros"].as_i64().unwrap_or_default();
            detail["amount"] = money::amount(micros).into();
            detail
        };
        let details: Vec<Value> = details.into_iter().map(with_amount).collect();
        writing::rows(Output::Table, DETAILS_SHOWN, &details);
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(path)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))
}

/// `signalbox what-if`
pub(crate) fn what_if(
    session: &Session,
    carrier: Option<&str>,
    period: &PeriodOf,
) -> Result<ExitCode, Trouble> {
    let parameters = [
        ("env", session.env.as_deref()),
        ("carrier", carrier),
        ("month", period.month.as_deref()),
        ("from", period.from.as_deref()),
        ("to", period.to.as_deref()),
    ];
    let answer = session.client.get("/v1/what-if", &parameters)?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let told: Value = answer.read()?;
    let mut lines = told["lines"].as_array().cloned().unwrap_or_default();
    for line in &mut lines {
        let micros = |key: &str| line[key].as_i64().unwrap_or_default();
        let (charged, draft) = (micros("charged_micros"), micros("draft_micros"));
        line["charged"] = money::amount(charged).into();
        line["drafted"] = money::amount(draft).into();
        line["moves"] = signed(draft - charged).into();
    }
    writing::rows(session.output, LINES, &lines);
    if session.output == Output::Table {
        for total in told["totals"].as_array().into_iter().flatten() {
            let micros = |key: &str| total[key].as_i64().unwrap_or_default();
            let (charged, draft) = (micros("charged_micros"), micros("draft_micros"));
            anstream::println!(
                "{} SMS from {} to {}: {} instead of {} {} ({})",
                writing::text(&total["messages"]),
                writing::text(&told["from"]),
                writing::text(&told["to"]),
                money::amount(draft),
                money::amount(charged),
                writing::text(&total["currency"]),
                signed(draft - charged),
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn signed(micros: i64) -> String {
    let sign = if micros < 0 { "" } else { "+" };
    format!("{sign}{}", money::amount(micros))
}

const DETAILS: &[Column] = &[
    column("Reason", "reason"),
    column("Line", "line"),
    column("Id", "id"),
    column("Number", "number"),
    column("At", "at"),
    column("Units", "units"),
    column("Micros", "micros"),
];

const DETAILS_SHOWN: &[Column] = &[
    column("Reason", "reason"),
    column("Line", "line"),
    column("Id", "id"),
    column("Number", "number"),
    column("At", "at"),
    column("Units", "units"),
    column("Amount", "amount"),
];

const LINES: &[Column] = &[
    column("Env", "env"),
    column("Carrier", "carrier"),
    column("Prefix", "prefix"),
    column("SMS", "messages"),
    column("Units", "units"),
    column("Refused", "refused"),
    column("Charged", "charged"),
    column("Draft", "drafted"),
    column("Moves", "moves"),
    column("Currency", "currency"),
];
