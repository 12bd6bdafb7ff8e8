//! Why something happened, and what would have.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Query, pretty};
use super::happened::ask;
use super::{Control, Peer};
use crate::cdr::Filter;
use crate::clock;
use crate::compile::snapshot;
use crate::explain::{Source, answer};
use crate::fault::Fault;
use crate::impact::{self, Comparison};
use crate::model::Instant;
use crate::store::Desk;
use crate::why;

type Shared = State<Arc<Control>>;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    id: String,
}

/// `GET /v1/why?id=01J...`
pub(super) async fn why(State(control): Shared, Query(which): Query<Which>) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let case = ask(&control, move |db| why::find(db, &which.id)).await?;
    let decided = control.writer.call(move |store| {
        let model = store.model_at(case.generation)?;
        let tables = store.tables();
        let plan = snapshot(&model, &tables, case.generation)?;
        let source = Source { model: &model, tables: &tables };
        let decision = answer(&plan, Some(source), &[], &case.question)?;
        Ok(case.decided(decision))
    });
    Ok(pretty(&decided.await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    env: Option<String>,
    /// The number, or the name of a sender.
    number: String,
    /// How many at most; 10, if nothing is said.
    limit: Option<u32>,
}

/// `GET /v1/steps?number=1111`
pub(super) async fn steps(State(control): Shared, Query(whose): Query<Whose>) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let Whose { env, number, limit } = whose;
    let limit = Some(limit.unwrap_or(TRACED).min(TRACED_MAX));
    let filter = Filter { env, number: Some(number), limit, ..Filter::default() };
    Ok(pretty(&ask(&control, move |db| why::trace(db, &filter)).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Period {
    from: Option<String>,
    to: Option<String>,
}

/// `GET /v1/impact?from=...&to=...`: the last 24 hours unless it says otherwise.
pub(super) async fn impact(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(period): Query<Period>,
) -> Answer<Response> {
    let instant = |text: Option<String>, default: u64| match text {
        Some(text) => text.parse::<Instant>().map(|at| at.0).map_err(Fault::invalid),
        None => Ok(default),
    };
    let to_ns = instant(period.to, clock::unix_ns())?;
    let from_ns = instant(period.from, to_ns.saturating_sub(DAY_NS))?;
    control.harvest.up_to_now().await?;
    let plans = control.writer.call(move |store| {
        let tables = store.tables();
        let (live, Desk { candidate, .. }) = store.view(&peer.author)?;
        Ok((snapshot(live, &tables, 0)?, snapshot(candidate, &tables, 0)?))
    });
    let (live, draft) = plans.await?;
    let impact = ask(&control, move |db| {
        let period = (from_ns, to_ns);
        impact::impact(db, &Comparison { live: &live, draft: &draft, period })
    });
    Ok(pretty(&impact.await?))
}

/// How many Sms a trace shows unless more are asked for, and how many it may.
const TRACED: u32 = 10;
const TRACED_MAX: u32 = 1000;

const DAY_NS: u64 = 86_400_000_000_000;
