//! Rate sheets: a file comes, is read whole, and its prices are in the draft.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Query, pretty};
use super::model::{Changed, draft, world};
use super::{Control, Peer};
use crate::apply::{Change, Verb};
use crate::fault::{Fault, Outcome};
use crate::model::{Body, Key, Kind, Model, Tariff};
use crate::money;
use crate::sheets::{Columns, Moves, Sheet, moves, read};
use crate::zone::{instant, zone};

/// What comes with a sheet.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Import {
    #[serde(default)]
    env: Option<String>,
    /// The tariff.
    name: String,
    /// The file's name where it came from, for complaints.
    file: String,
    /// How its columns are called, such as `prefix=Code,price=Rate`.
    #[serde(default)]
    map: String,
    /// The price list that it is, by its beginning; without one, the prices of now.
    from: Option<String>,
    /// The currency of a new tariff.
    currency: Option<String>,
    /// Prices that it does not have are dropped.
    #[serde(default)]
    replace: bool,
    #[serde(default)]
    dry_run: bool,
}

/// What became of a sheet.
#[derive(JsonSchema, Serialize)]
pub(super) struct Imported {
    #[serde(flatten)]
    changed: Changed,
    /// How many rows have prices.
    rows: u64,
    #[serde(flatten)]
    moves: Moves,
}

/// `POST /v1/tariff?env=env1&name=tata-in&file=rates.csv&map=prefix=Code` with the file as the
/// body.
pub(super) async fn import(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(import): Query<Import>,
    octets: Bytes,
) -> Answer<Response> {
    let columns = Columns::parse(&import.map)?;
    let file = import.file.clone();
    let sheet = tokio::task::spawn_blocking(move || read(&octets, &file, &columns)).await;
    let sheet = sheet.map_err(|error| Fault::failed(error.to_string()))??;
    let seal = control.seal.clone();
    let imported = control.writer.call(move |store| {
        store.all_or_none(|store| {
            let candidate = &store.desk(&peer.author)?.candidate;
            let env = import.env.clone().filter(|env| !env.is_empty());
            let env = world(candidate, env)?;
            let (fields, moves) = fields(candidate, &env, &import, &sheet)?;
            let Import { name, dry_run, .. } = import;
            let (verb, kind, content) = (Verb::Put, Kind::Tariff, None);
            let change = Change { verb, kind, env, name, fields, dry_run, content };
            let changed = draft(store, &seal, &peer.author, change)?;
            Ok(Imported { changed, rows: sheet.rows, moves })
        })
    });
    Ok(pretty(&imported.await?))
}

/// What is to be said of the tariff, and what that moves.
fn fields(model: &Model, env: &str, import: &Import, sheet: &Sheet) -> Outcome<(Value, Moves)> {
    let known = model.get(&Key::new(Kind::Tariff, env, &import.name)).map(|entry| &*entry.body);
    let none = Tariff::default();
    let known = match known {
        Some(Body::Tariff(tariff)) => tariff,
        _ => &none,
    };
    let target = match &import.from {
        Some(from) => known.prices_at(instant(from, &zone(&known.zone)?)? as u64),
        None => &known.prices,
    };
    let gone: Vec<&String> = target.keys().filter(|key| !sheet.prices.contains_key(*key)).collect();
    let mut after = sheet.prices.clone();
    if !import.replace {
        after.extend(gone.iter().map(|key| ((*key).clone(), target[*key])));
    }
    let shown = |key: &String| if key.is_empty() { "*".to_owned() } else { key.clone() };
    let prices = sheet.prices.iter().filter(|(key, micros)| target.get(*key) != Some(micros));
    let prices = prices.map(|(key, micros)| (shown(key), Value::from(money::price(*micros))));
    let mut fields = json!({ "prices": prices.collect::<Map<_, _>>() });
    if import.replace && !gone.is_empty() {
        fields["drop_prices"] = gone.into_iter().map(shown).collect::<Vec<_>>().into();
    }
    for (name, value) in [("from", &import.from), ("currency", &import.currency)] {
        if let Some(value) = value {
            fields[name] = value.clone().into();
        }
    }
    Ok((fields, moves(target, &after)))
}

/// What a sheet may have: a million rows of thirty octets.
pub(super) const SHEET_MAX: usize = 32 * 1024 * 1024;
