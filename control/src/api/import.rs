//! Many changes at once: a line of JSON each, all or none, however many they are.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Query, pretty};
use super::model::draft;
use super::shapes::Nothing;
use super::tables::{elapsed_ms, receive};
use super::{Control, Peer};
use crate::apply::Change;
use crate::clock;
use crate::diff::Difference;
use crate::fault::{Code, Fault, Outcome};
use crate::seal::Seal;
use crate::store::Store;
use crate::tables::Aside;

/// What became of the lines.
#[derive(Debug, Default, JsonSchema, Serialize)]
pub(super) struct Taken {
    /// How many lines there were.
    lines: u64,
    /// How many of them changed something.
    changed: u64,
    /// The first 1000 of those changes.
    changes: Vec<Difference>,
    /// What the operator should know, the first 100 times.
    notes: Vec<String>,
    /// How many changes the author's draft has now.
    draft_changes: usize,
    /// How long it took to draft them, in milliseconds.
    read_ms: u64,
}

/// `POST /v1/import` with a change on each line; a refusal says which line it is about.
pub(super) async fn import(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(_): Query<Nothing>,
    body: Body,
) -> Answer<Response> {
    // One file at a time, as with tables: they stand in the same place meanwhile.
    let tables = control.tables.lock().await;
    let begun = clock::instant();
    let aside = receive(&tables, body).await?;
    let seal = control.seal.clone();
    let taken = control
        .writer
        .call(move |store| store.all_or_none(|store| take(store, &seal, &peer, &aside)));
    let taken = taken.await?;
    Ok(pretty(&Taken { read_ms: elapsed_ms(begun), ..taken }))
}

fn take(store: &mut Store, seal: &Seal, peer: &Peer, aside: &Aside) -> Outcome<Taken> {
    let mut taken = Taken::default();
    let unread = |error: std::io::Error| Fault::failed(format!("the lines are gone: {error}"));
    for line in aside.lines().map_err(unread)? {
        let line = line.map_err(unread)?;
        let done = read(&line)
            .and_then(|change| peer.within(change))
            .and_then(|change| draft(store, seal, &peer.author, change));
        let done = done.map_err(|fault| fault.at(taken.lines))?;
        taken.lines += 1;
        taken.draft_changes = done.draft_changes;
        let room = NOTES_SHOWN.saturating_sub(taken.notes.len());
        taken.notes.extend(done.notes.into_iter().take(room));
        let Some(change) = done.change else { continue };
        taken.changed += 1;
        if taken.changes.len() < CHANGES_SHOWN {
            taken.changes.push(change);
        }
    }
    Ok(taken)
}

fn read(line: &str) -> Outcome<Change> {
    let change = serde_json::from_str(line);
    change.map_err(|error| Fault::new(Code::Usage, format!("this is no change: {error}")))
}

/// What somebody may still read.
const CHANGES_SHOWN: usize = 1000;

/// The same.
const NOTES_SHOWN: usize = 100;
