//! Tables: a file of rows comes, is read whole, and is named by a draft.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Answer, Query, pretty};
use super::model::{Changed, draft, world};
use super::{Control, Peer};
use crate::apply::{Change, Verb};
use crate::clock;
use crate::fault::{Code, Fault, Outcome};
use crate::model::{Key, Kind, RowKind};
use crate::store::Store;
use crate::tables::{Aside, Known, Tables};

/// What comes with a file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    #[serde(default)]
    env: Option<String>,
    name: String,
    /// The file's name where it came from, for complaints.
    file: String,
    #[serde(default)]
    kind: RowKind,
    /// The settings of the table, as JSON.
    fields: Option<String>,
    #[serde(default)]
    dry_run: bool,
}

/// What became of a file.
#[derive(JsonSchema, Serialize)]
pub(super) struct Imported {
    #[serde(flatten)]
    changed: Changed,
    /// How many rows it has.
    rows: u64,
    /// How many targets they lead to.
    targets: usize,
    /// How long it took to read them, in milliseconds.
    read_ms: u64,
}

/// `POST /v1/table?env=env1&name=ported&file=ported.csv` with the file as the body.
pub(super) async fn import(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(import): Query<Import>,
    body: Body,
) -> Answer<Response> {
    // One file at a time: ten million rows take half a gigabyte while they are read.
    let tables = control.tables.lock().await;
    let begun = clock::instant();
    let aside = receive(&tables, body).await?;
    let (author, wanted) = (peer.author.clone(), import.env.clone());
    let (env, connections) =
        control.writer.call(move |store| connections(store, &author, wanted)).await?;
    let known = Known { file: import.file, env: env.clone(), connections: Some(connections) };
    let (taking, kind) = (Arc::clone(&tables), import.kind);
    let taken = tokio::task::spawn_blocking(move || taking.take_in(aside, kind, &known)).await;
    let mut content = taken.map_err(|error| Fault::failed(error.to_string()))??;
    let (rows, targets, read_ms) = (content.rows, content.targets.len(), elapsed_ms(begun));
    let fields = fields(import.fields.as_deref())?;
    let (seal, name, dry_run) = (control.seal.clone(), import.name, import.dry_run);
    let changed = control.writer.call(move |store| {
        store.all_or_none(|store| {
            store.identify_targets(&Key::new(Kind::Table, &env, &name), &mut content)?;
            let (verb, kind, content) = (Verb::Put, Kind::Table, Some(content));
            let change = Change { verb, kind, env, name, fields, dry_run, content };
            draft(store, &seal, &peer.author, change)
        })
    });
    Ok(pretty(&Imported { changed: changed.await?, rows, targets, read_ms }))
}

/// Takes the whole body, also of what will be refused: who still sends does not listen.
pub(super) async fn receive(tables: &Tables, mut body: Body) -> Outcome<Aside> {
    let failed =
        |error: std::io::Error| Fault::failed(format!("there is no room for the file: {error}"));
    let mut aside = tables.receive().map_err(failed)?;
    let mut result = Ok(());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Fault::new(Code::Usage, format!("the file broke off: {error}"))
                .cure("nothing was imported; import it again")
        })?;
        if let (Ok(()), Some(octets)) = (&result, frame.data_ref()) {
            result = tokio::task::block_in_place(|| aside.write(octets));
        }
    }
    result.map(|()| aside)
}

/// The environment that is meant, and the names of its connections, ascending.
fn connections(
    store: &mut Store,
    author: &str,
    env: Option<String>,
) -> Outcome<(String, Vec<String>)> {
    let candidate = &store.desk(author)?.candidate;
    let env = world(candidate, env.filter(|env| !env.is_empty()))?;
    let names = candidate.connections(&env).map(|(name, ..)| name.to_owned()).collect();
    Ok((env, names))
}

fn fields(json: Option<&str>) -> Outcome<Value> {
    let read = |json| serde_json::from_str(json);
    json.map_or(Ok(Value::Null), read)
        .map_err(|error| Fault::new(Code::Usage, format!("fields: {error}")))
}

pub(super) fn elapsed_ms(begun: Instant) -> u64 {
    begun.elapsed().as_millis() as u64
}
