//! `signalbox cdr steps`: the latest messages of a number, step by step, and those to come.

use std::collections::BTreeMap;
use std::process::ExitCode;

use owo_colors::OwoColorize;
use serde::Deserialize;

use crate::again::Again;
use crate::arguments::Session;
use crate::trouble::Trouble;
use crate::writing::Output;

#[derive(Deserialize)]
struct Traced {
    id: String,
    env: String,
    status: String,
    happened: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    at: String,
    what: String,
}

/// Tells what happened, oldest first; while it watches, only what is new.
pub(crate) fn tell(
    session: &Session,
    number: &str,
    limit: u32,
    again: Again,
) -> Result<ExitCode, Trouble> {
    // How many steps of which message were told.
    let mut told = BTreeMap::<String, usize>::new();
    again.go_on(|| {
        let limit = limit.to_string();
        let parameters = [
            ("env", session.env.as_deref()),
            ("number", Some(number)),
            ("limit", Some(limit.as_str())),
        ];
        let answer = session.client.get("/v1/steps", &parameters)?;
        if session.output == Output::Json {
            answer.print();
            return Ok(());
        }
        let rows: Vec<Traced> = answer.read()?;
        if rows.is_empty() && told.is_empty() {
            anstream::eprintln!("nothing of {number} yet");
        }
        let mut now = BTreeMap::new();
        for row in rows {
            let known = told.get(&row.id).copied().unwrap_or(0);
            show(&row, known);
            now.insert(row.id, row.happened.len());
        }
        told = now;
        Ok(())
    })
}

fn show(row: &Traced, known: usize) {
    let Traced { id, env, status, happened } = row;
    if known >= happened.len() {
        return;
    }
    let status = match status.as_str() {
        "DELIVRD" => status.green().to_string(),
        "ACCEPTD" | "ENROUTE" => status.yellow().to_string(),
        _ => status.red().to_string(),
    };
    anstream::println!("{id}  {env}  {status}");
    for Step { at, what } in &happened[known..] {
        anstream::println!("  {at:27}  {what}");
    }
}
