//! What was committed, what awaits a confirmation, and what is planned.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Body, Query, pretty};
use super::{Control, Peer};
use crate::clock;
use crate::diff::diff;
use crate::fault::Fault;

type Shared = State<Arc<Control>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Latest {
    limit: Option<usize>,
}

/// `GET /v1/history?limit=20`
pub(super) async fn history(
    State(control): Shared,
    Query(latest): Query<Latest>,
) -> Answer<Response> {
    let limit = latest.limit.unwrap_or(HISTORY_DEFAULT);
    let rows = control.writer.call(move |store| store.history(limit)).await?;
    Ok(pretty(&rows))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    number: u64,
}

/// `GET /v1/generation?number=42`: who, when, from where, why, and what.
pub(super) async fn generation(
    State(control): Shared,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let number = which.number;
    let told = control.writer.call(move |store| {
        let (row, before) = store.generation_row(number)?.ok_or_else(|| {
            Fault::not_found(format!("there is no generation {number}"))
                .cure("see: signalbox history")
        })?;
        let differences = diff(&store.model_at(before)?, &store.model_at(number)?);
        Ok(json!({ "row": row, "before": before, "differences": differences }))
    });
    Ok(pretty(&told.await?))
}

/// `POST /v1/confirm`
pub(super) async fn confirm(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
) -> Answer<Response> {
    let kept = control.writer.call(move |store| store.confirm(&peer.author)).await?;
    Ok(pretty(&json!({ "confirmed": kept })))
}

/// `GET /v1/planned`
pub(super) async fn planned(State(control): Shared) -> Answer<Response> {
    let planned = control.writer.call(|store| store.planned()).await?;
    Ok(pretty(&planned.iter().map(|one| one.row()).collect::<Vec<_>>()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancel {
    id: u64,
}

/// `POST /v1/cancel`
pub(super) async fn cancel(State(control): Shared, Body(cancel): Body<Cancel>) -> Answer<Response> {
    let forgotten = control.writer.call(move |store| store.cancel(cancel.id, clock::unix_ns()));
    Ok(pretty(&forgotten.await?.row()))
}

const HISTORY_DEFAULT: usize = 50;
