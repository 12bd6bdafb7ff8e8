//! What was committed, what awaits a confirmation, and what is planned.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::Uri;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Body, Query, pretty};
use super::paging::{PAGE_MAX, leads_on};
use super::shapes::{Confirmed, Nothing, Told};
use super::{Control, Peer};
use crate::clock;
use crate::diff::diff;
use crate::fault::Fault;

type Shared = State<Arc<Control>>;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Latest {
    /// How many at most; 50, if nothing is said.
    limit: Option<u16>,
    /// Older ones than this.
    before: Option<u64>,
}

/// `GET /v1/history?limit=20`
pub(super) async fn history(
    State(control): Shared,
    uri: Uri,
    Query(latest): Query<Latest>,
) -> Answer<Response> {
    let limit = latest.limit.map_or(HISTORY_DEFAULT, |limit| usize::from(limit).min(PAGE_MAX));
    let before = latest.before.unwrap_or(u64::MAX);
    let rows = control.writer.call(move |store| store.history(before, limit)).await?;
    let last = rows.last().filter(|_| rows.len() == limit).map(|row| row.generation);
    let next = last.filter(|last| *last > 1).map(|last| ("before", last.to_string()));
    Ok(leads_on(pretty(&rows), &uri, next))
}

#[derive(Deserialize, JsonSchema)]
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
        Ok(Told { row, before, differences })
    });
    Ok(pretty(&told.await?))
}

/// `POST /v1/confirm`
pub(super) async fn confirm(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(_): Body<Nothing>,
) -> Answer<Response> {
    let kept = control.writer.call(move |store| store.confirm(&peer.author)).await?;
    Ok(pretty(&Confirmed { confirmed: kept }))
}

/// `GET /v1/planned`
pub(super) async fn planned(State(control): Shared) -> Answer<Response> {
    let planned = control.writer.call(|store| store.planned()).await?;
    Ok(pretty(&planned.iter().map(|one| one.row()).collect::<Vec<_>>()))
}

#[derive(Deserialize, JsonSchema)]
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
