//! What happened, and who is there: settlement, records, registrations, binds.

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::client::Answer;
use crate::columns;
use crate::money;
use crate::trouble::Trouble;
use crate::writing::{self, Output};

#[derive(Deserialize)]
struct Settlement {
    carrier: String,
    period: Period,
    messages_received: u64,
    messages_accepted: u64,
    messages_delivered: u64,
    messages_undelivered: u64,
    messages_expired: u64,
    messages_rejected: u64,
    #[serde(default)]
    refunded_units: u64,
    #[serde(default)]
    refunded_micros: i64,
    lines: Vec<Line>,
    monthly_fee_micros: i64,
    #[serde(default)]
    extras: Vec<Extra>,
    currency: String,
    due: String,
}

#[derive(Deserialize)]
struct Extra {
    kind: String,
    what: String,
    amount_micros: i64,
}

#[derive(Deserialize)]
struct Period {
    from: String,
    to: String,
}

#[derive(Deserialize)]
struct Line {
    price_micros: i64,
    units: u64,
    charge_micros: i64,
}

/// Asks for a settlement.
pub(crate) fn settlement(
    session: &Session,
    carrier: &str,
    [month, from, to]: &[Option<String>; 3],
) -> Result<Answer, Trouble> {
    let parameters = [
        ("carrier", Some(carrier)),
        ("env", session.env.as_deref()),
        ("month", month.as_deref()),
        ("from", from.as_deref()),
        ("to", to.as_deref()),
    ];
    session.client.get("/v1/settle", &parameters)
}

/// Writes a settlement.
pub(crate) fn show_settlement(session: &Session, answer: &Answer) -> Result<(), Trouble> {
    match session.output {
        Output::Json => answer.print(),
        Output::Csv => {
            let settlement: Value = answer.read()?;
            let lines = settlement["lines"].as_array().cloned().unwrap_or_default();
            writing::rows(Output::Csv, LINES, &lines);
        }
        Output::Table => settlement_table(&answer.read()?),
    }
    Ok(())
}

/// One line for each price; the counts stand on the first one.
fn settlement_table(settlement: &Settlement) {
    let Settlement { carrier, period, currency, .. } = settlement;
    let width = carrier.len().max("Carrier".len()) + 2;
    anstream::println!(
        "{:<width$}{:<26}{:>8} {:>8} {:>9} {:>7} {:>8} {:>5}  {:<10}Amount",
        "Carrier",
        "Period",
        "Received",
        "Accepted",
        "Delivered",
        "Undeliv",
        "Rejected",
        "Units",
        "Price"
    );
    let counts = format!(
        "{carrier:<width$}{:<26}{:>8} {:>8} {:>9} {:>7} {:>8} ",
        format!("{}..{}", day(&period.from), day(&period.to)),
        settlement.messages_received,
        settlement.messages_accepted,
        settlement.messages_delivered,
        settlement.messages_undelivered + settlement.messages_expired,
        settlement.messages_rejected,
    );
    let mut first = counts.as_str();
    let blank = " ".repeat(counts.len());
    let prices = by_price(&settlement.lines);
    if prices.is_empty() {
        anstream::println!("{}", format!("{first}{:>5}  {:<10}0.00 {currency}", 0, "").trim_end());
    }
    for Line { price_micros, units, charge_micros } in prices {
        let (price, amount) = (money::price(price_micros), money::amount(charge_micros));
        anstream::println!("{first}{units:>5}  {price:<10}{amount} {currency}");
        first = &blank;
    }
    let fee = settlement.monthly_fee_micros;
    let fee = (fee != 0).then(|| ("monthly fees".to_owned(), fee));
    let extras = settlement.extras.iter();
    let extras = extras.map(|one| (format!("{}: {}", one.kind, one.what), one.amount_micros));
    for (what, micros) in extras.chain(fee) {
        anstream::println!("{what}  {} {currency}", money::amount(micros));
    }
    if settlement.refunded_units != 0 {
        let (units, amount) =
            (settlement.refunded_units, money::amount(settlement.refunded_micros));
        anstream::println!("Given back, not in the sums: {units} units, {amount} {currency}");
    }
    anstream::println!("Due: {}", settlement.due);
}

fn by_price(lines: &[Line]) -> Vec<Line> {
    let mut prices = std::collections::BTreeMap::<i64, (u64, i64)>::new();
    for line in lines {
        let sum = prices.entry(line.price_micros).or_default();
        *sum = (sum.0 + line.units, sum.1 + line.charge_micros);
    }
    let line = |(price_micros, (units, charge_micros))| Line { price_micros, units, charge_micros };
    prices.into_iter().map(line).collect()
}

/// A day where the instant is a midnight there, else the instant.
fn day(instant: &str) -> &str {
    match instant.split_once("T00:00:00") {
        Some((day, "Z")) => day,
        Some((day, offset)) if offset.len() == "+01:00".len() => day,
        _ => instant,
    }
}

/// `signalbox cdr list` and `signalbox cdr find`
pub(crate) fn records(
    session: &Session,
    wanted: &[(&str, Option<&str>)],
) -> Result<ExitCode, Trouble> {
    let mut parameters = vec![("env", session.env.as_deref())];
    parameters.extend(wanted);
    let answer = session.client.get("/v1/cdr", &parameters)?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let text = String::from_utf8_lossy(&answer.text);
    let records = text.lines().map(serde_json::from_str::<Value>);
    let mut rows = Vec::new();
    for record in records {
        let mut record = record?;
        record["from"] = record["cli"]["addr"].clone();
        record["to"] = record["cld"]["addr"].clone();
        let account = record["account"].clone();
        record["by"] = if account.is_null() { record["connection"].clone() } else { account };
        let charge = record["charge_micros"].as_i64().unwrap_or_default();
        let currency = writing::text(&record["currency"]);
        record["charge"] = format!("{} {currency}", money::amount(charge)).trim_end().into();
        rows.push(record);
    }
    writing::rows(session.output, columns::RECORDS, &rows);
    Ok(ExitCode::SUCCESS)
}

/// `signalbox registrations`
pub(crate) fn registrations(session: &Session, user: Option<&str>) -> Result<ExitCode, Trouble> {
    let parameters = [("env", session.env.as_deref()), ("user", user)];
    let answer = session.client.list("/v1/registrations", &parameters)?;
    session.rows(&answer, columns::REGISTRATIONS)
}

/// `signalbox binds`
pub(crate) fn binds(session: &Session) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/binds", &[("env", session.env.as_deref())])?;
    session.rows(&answer, columns::BINDS)
}

/// `signalbox harvest`
pub(crate) fn harvest(session: &Session, wait: bool) -> Result<ExitCode, Trouble> {
    if !wait {
        anstream::eprintln!("control harvests by itself; --wait comes back when it is up to now");
        return Ok(ExitCode::SUCCESS);
    }
    let answer = session.client.post("/v1/harvest", &json!({}))?;
    if session.output == Output::Json {
        answer.print();
    } else {
        anstream::eprintln!("everything journaled so far is harvested");
    }
    Ok(ExitCode::SUCCESS)
}

const LINES: &[writing::Column] = &[
    writing::column("Tariff", "tariff"),
    writing::column("Version", "tariff_version"),
    writing::column("Prefix", "prefix"),
    writing::column("Price", "price_micros"),
    writing::column("Units", "units"),
    writing::column("Charge", "charge_micros"),
];
