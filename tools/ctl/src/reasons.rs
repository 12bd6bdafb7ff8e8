//! Why an Sms goes where it goes: before, afterwards, and had the draft been live.

use std::process::ExitCode;

use clap::Args;
use owo_colors::OwoColorize;
use serde_json::Value;

use crate::arguments::Session;
use crate::money;
use crate::trouble::{NOT_FOUND, Trouble};
use crate::writing::{self, Output};

/// An Sms that is not sent.
#[derive(Args, Debug)]
pub(crate) struct Imagined {
    /// The called number
    number: String,
    /// The carrier or the account that sends
    #[arg(long)]
    from: Option<String>,
    /// The calling address [default: an account's own number]
    #[arg(long, value_name = "ADDRESS")]
    source: Option<String>,
    /// The called domain [default: the environment's own]
    #[arg(long)]
    domain: Option<String>,
    /// When, such as 2026-12-01T08:00:00Z [default: now]
    #[arg(long, value_name = "INSTANT")]
    at: Option<String>,
}

/// `signalbox route test`
pub(crate) fn route_test(session: &Session, sms: &Imagined) -> Result<ExitCode, Trouble> {
    let parameters = [
        ("env", session.env.as_deref()),
        ("from", sms.from.as_deref()),
        ("number", Some(sms.number.as_str())),
        ("source", sms.source.as_deref()),
        ("domain", sms.domain.as_deref()),
        ("at", sms.at.as_deref()),
    ];
    let answer = session.client.get("/v1/route", &parameters)?;
    let explained: Value = answer.read()?;
    if session.output == Output::Json {
        answer.print();
    } else {
        let number = writing::text(&explained["number"]);
        let mark = if explained["changes"] == true { "               <- changes" } else { "" };
        let words = |plan: &str| writing::text(&explained[plan]["words"]);
        anstream::println!("draft    {number}  {}", words("draft"));
        rules(&explained["draft"]);
        anstream::println!("live     {number}  {}{}", words("live"), mark.yellow());
        if explained["draft"]["considered"] != explained["live"]["considered"] {
            rules(&explained["live"]);
        }
    }
    let refused = !explained["draft"]["refused"].is_null();
    Ok(if refused { ExitCode::from(NOT_FOUND) } else { ExitCode::SUCCESS })
}

/// Every rule that was considered; a policy with one way that nobody contests says it already.
fn rules(answer: &Value) {
    for change in answer["rewritten"].as_array().into_iter().flatten() {
        anstream::println!("         {}", writing::text(change));
    }
    let considered: Vec<&Value> = answer["considered"].as_array().into_iter().flatten().collect();
    let plain = considered.len() <= 2
        && considered.iter().all(|one| one["fate"] == "decides" || one["fate"] == "taken");
    if plain {
        return;
    }
    let rule = |one: &&Value| writing::text(&one["rule"]);
    let width = considered.iter().map(|one| rule(one).chars().count()).max().unwrap_or(0);
    for one in &considered {
        let fate = writing::text(&one["fate"]);
        let won = matches!(fate.as_str(), "decides" | "taken");
        let fate = if won { fate.green().to_string() } else { fate };
        anstream::println!("         {:width$}  {fate}", rule(one));
    }
}

/// `signalbox why`
pub(crate) fn why(session: &Session, id: &str) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/why", &[("id", Some(id))])?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let why: Value = answer.read()?;
    anstream::println!("{}  by generation {}", writing::text(&why["id"]), why["generation"]);
    anstream::println!("decision {}", writing::text(&why["decision"]["words"]));
    rules(&why["decision"]);
    for step in why["happened"].as_array().into_iter().flatten() {
        let at = writing::text(&step["at"]);
        anstream::println!("{at:27}  {}", writing::text(&step["what"]));
    }
    Ok(ExitCode::SUCCESS)
}

/// `signalbox diff --impact`
pub(crate) fn impact(
    session: &Session,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/impact", &[("from", from), ("to", to)])?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let impact: Value = answer.read()?;
    let (from, to) = (writing::text(&impact["from"]), writing::text(&impact["to"]));
    let count = |value: &Value| value.as_u64().unwrap_or_default();
    let (moved, all) = (count(&impact["moved"]), count(&impact["messages"]));
    anstream::println!("{moved} of {all} SMS from {from} to {to} would go another way");
    for one in impact["moves"].as_array().into_iter().flatten() {
        let text = |key: &str| writing::text(&one[key]);
        let messages = count(&one["messages"]);
        anstream::println!("  {messages:>9}  {}: {} -> {}", text("env"), text("from"), text("to"));
    }
    for one in impact["money"].as_array().into_iter().flatten() {
        let micros = |key: &str| one[key].as_i64().unwrap_or_default();
        let (live, draft) = (micros("live_micros"), micros("draft_micros"));
        let sign = if draft < live { "-" } else { "+" };
        anstream::println!(
            "  {} of {} would pay {} instead of {} {} ({sign}{})",
            writing::text(&one["carrier"]),
            writing::text(&one["env"]),
            money::amount(draft),
            money::amount(live),
            writing::text(&one["currency"]),
            money::amount((draft - live).abs()),
        );
    }
    Ok(ExitCode::SUCCESS)
}
