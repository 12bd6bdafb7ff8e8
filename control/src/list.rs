//! Objects as operators see them: the author's draft on top of what is live.

use serde_json::{Map, Value};

use crate::apply::missing;
use crate::diff::{Sort, differ};
use crate::fault::Outcome;
use crate::model::{Body, Entry, Key, Kind, Model};
use crate::watch::NodeView;

/// The objects of a kind, in one environment or in all of them.
pub fn list(live: &Model, candidate: &Model, kind: Kind, env: Option<&str>) -> Vec<Value> {
    let mut keys: Vec<&Key> =
        live.of_kind(kind).chain(candidate.of_kind(kind)).map(|(key, _)| key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys.into_iter()
        .filter(|key| env.is_none_or(|env| key.world() == env))
        .filter_map(|key| row(key, live.get(key), candidate.get(key), false))
        .collect()
}

/// One object; in brief, without the settings that have their default.
pub fn show(live: &Model, candidate: &Model, key: &Key, brief: bool) -> Outcome<Value> {
    let row = row(key, live.get(key), candidate.get(key), brief);
    row.ok_or_else(|| missing(candidate, key))
}

/// Says in a row of a shadow policy how many Sms it would have taken since the nodes started.
pub fn tell_shadow(row: &mut Value, boards: &[NodeView]) {
    if row["shadow"] != true {
        return;
    }
    let rows = boards.iter().flat_map(|view| &view.pages).flat_map(|page| &page.shadows);
    let own = rows.filter(|shadow| row["id"] == shadow.policy);
    row["shadow_taken"] = own.map(|shadow| shadow.taken).sum::<u64>().into();
}

fn row(key: &Key, live: Option<&Entry>, candidate: Option<&Entry>, brief: bool) -> Option<Value> {
    let shown = candidate.or(live)?;
    let mut row = Map::new();
    if key.kind != Kind::Environment {
        row.insert("env".to_owned(), key.env.clone().into());
    }
    row.insert("name".to_owned(), key.name.clone().into());
    row.insert("id".to_owned(), shown.id.into());
    row.extend(if brief { shown.body.brief() } else { shown.body.fields() });
    if let Body::Policy(policy) = &*shown.body {
        row.insert("pattern".to_owned(), policy.pattern(&key.name).into());
    }
    if let Body::Tariff(_) = &*shown.body {
        row.insert("version".to_owned(), shown.version.into());
    }
    let sort = differ(key, live, candidate).map(|difference| match difference.change {
        Sort::Added => "added",
        Sort::Changed => "changed",
        Sort::Removed => "removed",
    });
    row.insert("draft".to_owned(), sort.into());
    Some(Value::Object(row))
}
