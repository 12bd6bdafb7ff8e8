//! What should be true: diff, commit, roll back, status, route.

use std::process::ExitCode;

use owo_colors::OwoColorize;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::columns;
use crate::flow;
use crate::trouble::{DIFFERS, FAILED, Trouble};
use crate::writing::{self, Output};

#[derive(Deserialize)]
pub(crate) struct Difference {
    change: String,
    words: String,
}

#[derive(Deserialize)]
struct Diff {
    live: u64,
    changes: Vec<Difference>,
    count: u64,
}

#[derive(Deserialize)]
struct Committed {
    generation: Option<u64>,
    confirm: Option<(String, u64)>,
    changes: Vec<Difference>,
    compile_us: u64,
    counts: std::collections::BTreeMap<String, u64>,
    adoption: Option<Adoption>,
}

#[derive(Deserialize)]
struct Adoption {
    adopted: u64,
    shards: u64,
    down: Vec<String>,
    behind: Vec<String>,
    refused: Vec<String>,
    waited_ms: u64,
}

/// `signalbox diff`
pub(crate) fn diff(session: &Session, exit_code: bool) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/diff", &[])?;
    let diff: Diff = answer.read()?;
    if session.output == Output::Json {
        answer.print();
    } else if diff.changes.is_empty() {
        anstream::eprintln!("your draft is empty; generation {} is live", diff.live);
    } else {
        let count = writing::changes(diff.count);
        anstream::eprintln!("live {} -> draft, {count}", diff.live);
        tell(&diff.changes);
        if diff.count > diff.changes.len() as u64 {
            let more = diff.count - diff.changes.len() as u64;
            anstream::println!("and {} more", writing::changes(more));
        }
    }
    let differs = exit_code && !diff.changes.is_empty();
    Ok(if differs { ExitCode::from(DIFFERS) } else { ExitCode::SUCCESS })
}

/// Writes one line for each change.
pub(crate) fn tell(changes: &[Difference]) {
    for Difference { change, words } in changes {
        match change.as_str() {
            "added" => anstream::println!("{}", words.green()),
            "removed" => anstream::println!("{}", words.red()),
            _ => anstream::println!("{}", words.yellow()),
        }
    }
}

/// What a new generation is made with.
#[derive(Serialize)]
pub(crate) struct Wish {
    pub(crate) message: String,
    pub(crate) wait_s: Option<u64>,
    pub(crate) dry_run: bool,
    pub(crate) force: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) confirm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

/// `signalbox commit`
pub(crate) fn commit(session: &Session, wish: &Wish) -> Result<ExitCode, Trouble> {
    if wish.at.is_some() {
        return flow::plan(session, wish);
    }
    publish(session, "/v1/commit", &json!(wish), "your draft is empty: nothing to commit")
}

/// `signalbox rollback`
pub(crate) fn roll_back(session: &Session, to: u64, wish: &Wish) -> Result<ExitCode, Trouble> {
    let mut wish = json!(wish);
    wish["to"] = to.into();
    publish(session, "/v1/rollback", &wish, &format!("what is live is what {to} was"))
}

fn publish(session: &Session, path: &str, wish: &Value, idle: &str) -> Result<ExitCode, Trouble> {
    let answer = session.client.post(path, wish)?;
    let committed: Committed = answer.read()?;
    if session.output == Output::Json {
        answer.print();
    }
    let quiet = session.output == Output::Json;
    if committed.changes.is_empty() {
        anstream::eprintln!("{idle}");
        return Ok(ExitCode::SUCCESS);
    }
    let count = |kind| committed.counts.get(kind).copied().unwrap_or_default();
    let compiled = format!(
        "checked {tick}  compiled {tick} ({}.{} ms, {}, {})",
        committed.compile_us / 1000,
        committed.compile_us % 1000 / 100,
        writing::counted(count("policy"), "policy", "policies"),
        writing::counted(count("account"), "account", "accounts"),
        tick = "\u{2713}".green(),
    );
    let (Some(generation), Some(adoption)) = (committed.generation, &committed.adoption) else {
        if !quiet {
            tell(&committed.changes);
        }
        anstream::eprintln!("{compiled}  nothing was changed (--dry-run)");
        return Ok(ExitCode::SUCCESS);
    };
    let Adoption { adopted, shards, waited_ms, .. } = adoption;
    let adopted = match shards {
        0 => "no node is up".to_owned(),
        _ => format!("adopted by {adopted}/{shards} shards in {waited_ms} ms"),
    };
    if !quiet {
        anstream::println!("{compiled}  {adopted}  generation {generation} is live");
    }
    if let Some((until, back_to)) = &committed.confirm {
        anstream::eprintln!("reverts to {back_to} at {until} unless: signalbox confirm");
    }
    for node in &adoption.down {
        anstream::eprintln!("node {node} is down: it takes generation {generation} when it starts");
    }
    if let Some(node) = adoption.refused.first() {
        let error = format!("node {node} refused generation {generation} and obeys the old one");
        return Err(Trouble::new(FAILED, error).cure("see its log; `signalbox rollback` goes back"));
    }
    if !adoption.behind.is_empty() {
        let behind = adoption.behind.join(", ");
        let error = format!("generation {generation} is published, but {behind}");
        return Err(Trouble::new(FAILED, error).cure("see: signalbox status"));
    }
    Ok(ExitCode::SUCCESS)
}

/// `signalbox discard`
pub(crate) fn discard(session: &Session) -> Result<ExitCode, Trouble> {
    let answer = session.client.post("/v1/discard", &json!({}))?;
    if session.output == Output::Json {
        answer.print();
    } else {
        let count = answer.read::<Value>()?["discarded"].as_u64().unwrap_or_default();
        anstream::eprintln!("{} forgotten", writing::changes(count));
    }
    Ok(ExitCode::SUCCESS)
}

/// `signalbox status`
pub(crate) fn status(session: &Session) -> Result<ExitCode, Trouble> {
    let answer = session.client.get("/v1/status", &[])?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let status: Value = answer.read()?;
    let shards = shard_rows(&status);
    if session.output == Output::Csv {
        writing::rows(session.output, columns::SHARDS, &shards);
        return Ok(ExitCode::SUCCESS);
    }
    let drafts: Vec<String> = status["drafts"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(author, count)| {
            format!("{author} has {}", writing::changes(count.as_u64().unwrap_or_default()))
        })
        .collect();
    let drafts = if drafts.is_empty() { "none".to_owned() } else { drafts.join(", ") };
    anstream::println!("generation {} is live    drafts: {drafts}", status["generation"]);
    if let Some(awaits) = status["awaits"].as_object() {
        let (until, author) = (writing::text(&awaits["until"]), writing::text(&awaits["author"]));
        anstream::println!(
            "{} of {author} reverts to {} at {until} unless: signalbox confirm",
            awaits["generation"],
            awaits["back_to"]
        );
    }
    if let Some(count) = status["planned"].as_u64().filter(|count| *count > 0) {
        let planned = writing::counted(count, "commit is", "commits are");
        anstream::println!("{planned} planned: signalbox planned");
    }
    if let Some(worlds) = status["environments"].as_array().filter(|worlds| !worlds.is_empty()) {
        anstream::println!();
        writing::rows(session.output, columns::WORLDS, worlds);
    }
    if !shards.is_empty() {
        anstream::println!();
        writing::rows(session.output, columns::SHARDS, &shards);
    }
    Ok(ExitCode::SUCCESS)
}

/// One row for each shard; a node that never ran has one row too.
fn shard_rows(status: &Value) -> Vec<Value> {
    let mut rows = Vec::new();
    for node in status["nodes"].as_array().into_iter().flatten() {
        let shards = node["shards"].as_array().cloned().unwrap_or_default();
        if shards.is_empty() {
            rows.push(json!({ "node": node["name"], "up": node["up"] }));
        }
        for shard in shards {
            let tallies = &shard["tallies"];
            rows.push(json!({
                "node": node["name"], "up": node["up"], "shard": shard["shard"],
                "generation": shard["generation"], "links": shard["links"],
                "rate_in": shard["rate_in"], "rate_out": shard["rate_out"],
                "received": tallies["sms_received"], "accepted": tallies["sms_accepted"],
                "delivered": tallies["sms_delivered"], "failed": tallies["sms_failed"],
                "pending": tallies["sms_pending"],
            }));
        }
    }
    rows
}
