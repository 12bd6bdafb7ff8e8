//! Money: what carriers owe, what they paid, and how they stand.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::Uri;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Body, Query, pretty};
use super::happened::ask;
use super::{Control, Peer};
use crate::account::{self, Wish};
use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::settle::{self, Question, Settlement};
use crate::timely::tell_paid;
use crate::watch;

type Shared = State<Arc<Control>>;

/// Whose accounts; those of all, if nothing is said.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    carrier: Option<String>,
    env: Option<String>,
}

/// A period that is to be closed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Closing {
    /// Whose.
    carrier: String,
    /// In which environment; needed where several have a carrier of that name.
    #[serde(default)]
    env: Option<String>,
    /// A month such as `2026-11`.
    #[serde(default)]
    month: Option<String>,
    /// The first instant.
    #[serde(default)]
    from: Option<String>,
    /// The first instant that no longer counts.
    #[serde(default)]
    to: Option<String>,
    /// The zone of days, hours and months; that of the carrier's tariff, if nothing is said.
    #[serde(default)]
    zone: Option<String>,
}

/// What a carrier owes, of all that happened up to now.
pub(super) async fn settled(control: &Control, question: Question) -> Outcome<Settlement> {
    control.harvest.up_to_now().await?;
    ask(control, move |db| settle::settle(db, &question)).await
}

/// `GET /v1/settle?carrier=TATA&month=2026-11`
pub(super) async fn settle(
    State(control): Shared,
    Query(question): Query<Question>,
) -> Answer<Response> {
    Ok(pretty(&settled(&control, question).await?))
}

/// `GET /v1/settle.csv?carrier=TATA&month=2026-11`, and `.html`, and `.xlsx`
pub(super) async fn formed(
    State(control): Shared,
    uri: Uri,
    Query(question): Query<Question>,
) -> Answer<Response> {
    Ok(form(&uri, &settled(&control, question).await?)?)
}

/// A settlement in the form that the address ends with.
pub(super) fn form(uri: &Uri, told: &Settlement) -> Outcome<Response> {
    let ending = uri.path().rsplit('.').next().unwrap_or_default();
    let (kind, octets) = match ending {
        "html" => {
            let kind = [(CONTENT_TYPE, "text/html; charset=utf-8")];
            return Ok((kind, settle::html(told)).into_response());
        }
        "xlsx" => (settle::XLSX, settle::xlsx(told)?),
        _ => ("text/csv", settle::csv(told).into_bytes()),
    };
    let named = format!("attachment; filename=\"settlement.{ending}\"");
    Ok(([(CONTENT_TYPE, kind.to_owned()), (CONTENT_DISPOSITION, named)], octets).into_response())
}

/// `POST /v1/close`: what the period came to stands from now on.
pub(super) async fn close(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(closing): Body<Closing>,
) -> Answer<Response> {
    let Closing { carrier, env, month, from, to, zone } = closing;
    let env = within(&peer, env)?;
    let question = Question { carrier, env, month, from, to, zone };
    control.harvest.up_to_now().await?;
    let publisher = control.publisher.clone();
    let closed = control.writer.call(move |store| {
        let (who, now_ns) = ((peer.author.as_str(), peer.origin.as_str()), clock::unix_ns());
        let settlement = store.account(|db| settle::close(db, &question, who, now_ns))?;
        tell_paid(store, &publisher)?;
        Ok(settlement)
    });
    Ok(pretty(&closed.await?))
}

/// `GET /v1/closed?carrier=TATA`
pub(super) async fn closed(
    State(control): Shared,
    Query(Whose { carrier, env }): Query<Whose>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let rows = ask(&control, move |db| settle::closed(db, carrier.as_deref(), env.as_deref()));
    Ok(pretty(&rows.await?))
}

/// `POST /v1/booking`: nodes know it when this comes back, or a moment later.
pub(super) async fn book(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(wish): Body<Wish>,
) -> Answer<Response> {
    let wish = Wish { env: within(&peer, wish.env.clone())?, ..wish };
    let publisher = control.publisher.clone();
    let booked = control.writer.call(move |store| {
        let who = (peer.author.as_str(), peer.origin.as_str());
        let booked = store.account(|db| account::book(db, &wish, who, clock::unix_ns()))?;
        tell_paid(store, &publisher)?;
        Ok(booked)
    });
    let booked = booked.await?;
    let (id, carrier, by) = (booked.id, &booked.carrier, &booked.author);
    tracing::info!(id, carrier, by, amount = booked.amount, kind = booked.kind.word(), "booked");
    Ok(pretty(&booked))
}

/// `GET /v1/bookings?carrier=TATA`
pub(super) async fn bookings(
    State(control): Shared,
    Query(Whose { carrier, env }): Query<Whose>,
) -> Answer<Response> {
    let rows = ask(&control, move |db| account::list(db, carrier.as_deref(), env.as_deref()));
    Ok(pretty(&rows.await?))
}

/// `GET /v1/balance?carrier=TATA`
pub(super) async fn balance(
    State(control): Shared,
    Query(Whose { carrier, env }): Query<Whose>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let boards = watch::read_all(&control.nodes);
    let rows = ask(&control, move |db| {
        if let Some(carrier) = &carrier {
            settle::find(&crate::cdr::Names::new(db), carrier, env.as_deref())?;
        }
        account::balances(db, &boards, (carrier.as_deref(), env.as_deref()))
    });
    Ok(pretty(&rows.await?))
}

/// The environment that is meant: their own, of those who have only one.
fn within(peer: &Peer, env: Option<String>) -> Result<Option<String>, Fault> {
    match (&peer.env, env) {
        (None, env) => Ok(env),
        (Some(own), None) => Ok(Some(own.clone())),
        (Some(_), Some(env)) => peer.sees(&env).map(|()| Some(env)),
    }
}
