//! What is closed: folios, proofs, and whether everything still adds up.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Control;
use super::answer::{Answer, Query, pretty};
use super::happened::ask;
use crate::clock::rfc3339;
use crate::fault::Outcome;
use crate::folio::{Manifest, prove};
use crate::store::{Db, FolioRow, Stage, folios};
use crate::verify::{self, verify as verify_all};

type Shared = State<Arc<Control>>;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// The message id.
    id: String,
}

/// `GET /v1/proof?id=01J...`: a text.
pub(super) async fn proof(State(control): Shared, Query(which): Query<Which>) -> Answer<Response> {
    let id = which.id.to_uppercase();
    let id = if which.id.contains('-') { which.id } else { id };
    let proof = ask(&control, move |db| prove(db, &id)).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], proof).into_response())
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Latest {
    /// How many at most; 24, if nothing is said.
    limit: Option<u16>,
}

/// One folio.
#[derive(JsonSchema, Serialize)]
pub(super) struct Folio {
    number: u64,
    from: String,
    to: String,
    /// `gathering`, `gathered`, `bound` or `shipped`.
    state: &'static str,
    rows: Option<u64>,
    late: Option<u64>,
    /// The root of its tree.
    root: Option<String>,
    /// The key that signed it.
    key: Option<String>,
    files: Vec<String>,
}

/// `GET /v1/folios`: the latest ones, newest first.
pub(super) async fn list(State(control): Shared, Query(latest): Query<Latest>) -> Answer<Response> {
    let limit = latest.limit.unwrap_or(LATEST);
    let shown = ask(&control, move |db| shown(db, limit)).await?;
    Ok(pretty(&shown))
}

fn shown(db: &Db, limit: u16) -> Outcome<Vec<Folio>> {
    folios(db, &format!("ORDER BY number DESC LIMIT {limit}"))?.into_iter().map(one).collect()
}

fn one(row: FolioRow) -> Outcome<Folio> {
    let manifest: Option<Manifest> =
        row.manifest.as_deref().map(serde_json::from_str).transpose()?;
    let root = row.head.as_deref().and_then(|head| {
        head.lines().find_map(|line| line.strip_prefix("root ")).map(str::to_owned)
    });
    let files = manifest.iter().flat_map(|manifest| &manifest.files);
    Ok(Folio {
        number: row.number,
        from: rfc3339(row.from_ns, 0),
        to: rfc3339(row.to_ns, 0),
        state: match row.stage {
            Stage::Gathering => "gathering",
            Stage::Gathered => "gathered",
            Stage::Bound => "bound",
            Stage::Shipped => "shipped",
        },
        rows: manifest.as_ref().map(|manifest| manifest.rows),
        late: manifest.as_ref().map(|manifest| manifest.late),
        root,
        key: row.signer,
        files: files.map(|file| file.name.clone()).collect(),
    })
}

/// `GET /v1/verify?from=1`: a piece of the ledger verified, and where to go on.
pub(super) async fn verify(
    State(control): Shared,
    Query(question): Query<verify::Question>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let nodes = control.nodes.clone();
    Ok(pretty(&ask(&control, move |db| verify_all(db, &nodes, &question)).await?))
}

/// A day of hours.
const LATEST: u16 = 24;
