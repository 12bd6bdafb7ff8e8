//! Objects as operators see them: the author's draft on top of what is live.

use serde_json::{Map, Value};

use crate::apply::missing;
use crate::diff::{Sort, differ};
use crate::fault::Outcome;
use crate::model::{Body, Entry, Key, Kind, Model};
use crate::watch::NodeView;

/// Which objects are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Kind,
    /// In this environment, or in all of them.
    pub env: Option<String>,
    /// Those after this environment and name.
    pub after: Option<(String, String)>,
    /// How many at most.
    pub limit: usize,
}

/// Objects, and where to go on if there may be more.
pub fn list(
    live: &Model,
    candidate: &Model,
    wanted: &Wanted,
) -> (Vec<Value>, Option<(String, String)>) {
    let Wanted { kind, env, after, limit } = wanted;
    let nested = *kind != Kind::Environment;
    let (first_env, name) = match (after, env) {
        (Some((env, name)), _) => (env.as_str(), name.as_str()),
        (None, Some(env)) if nested => (env.as_str(), ""),
        (None, _) => ("", ""),
    };
    let first = Key::new(*kind, first_env, name);
    let mut rows = Vec::new();
    for key in merged(live, candidate, &first) {
        let over = nested && env.as_ref().is_some_and(|env| key.env != *env);
        if key.kind != *kind || over {
            break;
        }
        if env.as_ref().is_some_and(|env| key.world() != env) {
            continue;
        }
        rows.extend(row(key, live.get(key), candidate.get(key), false));
        if rows.len() == *limit {
            return (rows, Some((key.env.clone(), key.name.clone())));
        }
    }
    (rows, None)
}

/// The keys of both models after a key, each once and in order.
fn merged<'a>(live: &'a Model, candidate: &'a Model, first: &Key) -> impl Iterator<Item = &'a Key> {
    let mut live = live.beyond(first).map(|(key, _)| key).peekable();
    let mut candidate = candidate.beyond(first).map(|(key, _)| key).peekable();
    std::iter::from_fn(move || match (live.peek(), candidate.peek()) {
        (Some(one), Some(other)) if one == other => {
            live.next();
            candidate.next()
        }
        (Some(one), Some(other)) if one < other => live.next(),
        (Some(_), None) => live.next(),
        (_, _) => candidate.next(),
    })
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

#[cfg(test)]
mod tests;
