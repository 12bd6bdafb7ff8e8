//! What was committed, what awaits a confirmation, and what is planned.

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::columns;
use crate::live::{self, Difference, Wish};
use crate::trouble::Trouble;
use crate::writing::{self, Output};

/// `signalbox history`
pub(crate) fn history(session: &Session, limit: usize) -> Result<ExitCode, Trouble> {
    let limit = limit.to_string();
    let answer = session.client.get("/v1/history", &[("limit", Some(&limit))])?;
    session.rows(&answer, columns::HISTORY)
}

#[derive(Deserialize)]
struct Generation {
    row: Value,
    differences: Vec<Difference>,
}

/// `signalbox show N`
pub(crate) fn show(session: &Session, generation: u64) -> Result<ExitCode, Trouble> {
    let number = generation.to_string();
    let answer = session.client.get("/v1/generation", &[("number", Some(&number))])?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let Generation { row, differences } = answer.read()?;
    let text = |key: &str| writing::text(&row[key]);
    anstream::println!("generation {generation}  {}", text("message"));
    anstream::println!("{}  by {} from {}", text("at"), text("author"), text("origin"));
    if !row["of_rollback"].is_null() {
        anstream::println!("brought back {}", text("of_rollback"));
    }
    if !row["confirmed_by"].is_null() {
        anstream::println!("confirmed by {}", text("confirmed_by"));
    }
    live::tell(&differences);
    Ok(ExitCode::SUCCESS)
}

/// `signalbox commit --at`
pub(crate) fn plan(session: &Session, wish: &Wish) -> Result<ExitCode, Trouble> {
    let answer = session.client.post("/v1/commit", &json!(wish))?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let planned = &answer.read::<Value>()?["planned"];
    let changes = writing::changes(planned["changes"].as_u64().unwrap_or_default());
    let (id, due) = (writing::text(&planned["id"]), writing::text(&planned["due"]));
    anstream::println!(
        "planned as {id}: {changes} at {due} (signalbox planned, signalbox cancel {id})"
    );
    Ok(ExitCode::SUCCESS)
}

/// `signalbox confirm`
pub(crate) fn confirm(session: &Session) -> Result<ExitCode, Trouble> {
    let answer = session.client.post("/v1/confirm", &json!({}))?;
    if session.output == Output::Json {
        answer.print();
    } else {
        anstream::println!("generation {} stays", answer.read::<Value>()?["confirmed"]);
    }
    Ok(ExitCode::SUCCESS)
}

/// `signalbox planned`
pub(crate) fn planned(session: &Session) -> Result<ExitCode, Trouble> {
    session.rows(&session.client.get("/v1/planned", &[])?, columns::PLANNED)
}

/// `signalbox cancel N`
pub(crate) fn cancel(session: &Session, id: u64) -> Result<ExitCode, Trouble> {
    let answer = session.client.post("/v1/cancel", &json!({ "id": id }))?;
    if session.output == Output::Json {
        answer.print();
    } else {
        let cancelled: Value = answer.read()?;
        let changes = writing::changes(cancelled["changes"].as_u64().unwrap_or_default());
        let author = writing::text(&cancelled["author"]);
        anstream::println!("in the draft of {author} again: {changes}");
    }
    Ok(ExitCode::SUCCESS)
}
