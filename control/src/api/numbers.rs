//! The inventory.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::Uri;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Query, pretty};
use super::model::world;
use super::paging::{PAGE, PAGE_MAX, leads_on};
use super::{Control, Peer};
use crate::clock;
use crate::inventory::{self, State as Standing, Wanted};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// The environment; may be left out where there is only one.
    env: Option<String>,
    /// This one alone.
    number: Option<String>,
    /// Those of this range.
    range: Option<String>,
    /// Those in this state.
    state: Option<Standing>,
    /// Those after this one; the Link of a page says it.
    after: Option<String>,
    /// How many at most; 1000, if nothing is said.
    limit: Option<u16>,
}

/// `GET /v1/numbers?env=env1&state=free`: the numbers of the inventory, your draft on top.
pub(super) async fn list(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    uri: Uri,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let listed = control.writer.call(move |store| {
        let candidate = store.desk(&peer.author)?.candidate.clone();
        let Which { env, number, range, state, after, limit } = which;
        let env = world(&candidate, env.filter(|env| !env.is_empty()))?;
        let limit = limit.map_or(PAGE, |limit| usize::from(limit).clamp(1, PAGE_MAX));
        let wanted = Wanted { env, number, range, state, after, limit };
        inventory::list(store, &candidate, &wanted, clock::unix_ns())
    });
    let (rows, next) = listed.await?;
    Ok(leads_on(pretty(&rows), &uri, next.map(|number| ("after", number))))
}
