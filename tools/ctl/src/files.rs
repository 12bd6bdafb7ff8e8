//! A whole environment as a file: applied to the draft, and exported again.
//!
//! ```toml
//! [environment.env1]
//! domain = "env1.example"
//! smpp = ["192.0.2.1:2775"]
//!
//! [carrier.TATA]
//! system_id = "tata"
//! password_file = "tata.pw"    # relative to this file; or password = "..."
//! ```
//! The fields are those of `signalbox NOUN show`. What a file does not name stays as it is. The
//! rows of a table stand in a file of their own, which `[table.NAME]` names.

mod place;
mod rows;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use http_body_util::Full;
use hyper::body::Bytes;
use serde_json::{Map, Value, json};

use crate::arguments::Session;
use crate::trouble::{FAILED, INVALID, Trouble, USAGE};
use crate::writing;
use crate::{import, shape};

use place::Page;

/// The nouns, in the order in which one leans on the other.
const KINDS: [&str; 10] = [
    "environment",
    "tariff",
    "product",
    "customer",
    "range",
    "list",
    "carrier",
    "connection",
    "policy",
    "account",
];

/// What leans on all of them.
const TABLE: &str = "table";

/// `signalbox apply -f FILE`
pub(crate) fn apply(session: &Session, path: &Path, prune: bool) -> Result<ExitCode, Trouble> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Trouble::new(FAILED, format!("{shown}: {error}")))?;
    let page = &Page { path, text: &text };
    let file: Map<String, Value> = toml::from_str(&text).map_err(|error| {
        let trouble = Trouble::new(INVALID, error.message());
        page.at(error.span().unwrap_or_default(), trouble)
    })?;
    known(page, &file)?;
    let worlds = file.get("environment").and_then(Value::as_object);
    let world = match worlds.map(|worlds| worlds.keys().collect::<Vec<_>>()).as_deref() {
        Some([one]) => (*one).clone(),
        _ => {
            let error = format!("{shown}: it must have one [environment.NAME]");
            return Err(Trouble::new(INVALID, error));
        }
    };
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut wishes = Vec::new();
    for kind in KINDS {
        for (name, fields) in objects(&file, kind) {
            let fields = with_password(folder, fields.clone())
                .map_err(|trouble| page.about([kind, name], Some("password_file"), trouble))?;
            wishes.push(json!({ "verb": "put", "kind": kind, "env": world, "name": name,
                "fields": fields }));
        }
    }
    let mut changed = send(session, &wishes).map_err(|trouble| blame(page, &wishes, trouble))?;
    for (name, fields) in objects(&file, TABLE) {
        changed += rows::apply(session, folder, &world, name, fields.clone())
            .map_err(|trouble| page.about([TABLE, name], None, trouble))?;
    }
    if prune {
        changed += send(session, &surplus(session, &file, &world)?)?;
    }
    anstream::eprintln!("{} drafted (signalbox diff, signalbox commit)", writing::changes(changed));
    Ok(ExitCode::SUCCESS)
}

/// The objects of a kind, once it is known that they are some.
fn objects<'a>(
    file: &'a Map<String, Value>,
    kind: &str,
) -> impl Iterator<Item = (&'a String, &'a Map<String, Value>)> {
    let objects = file.get(kind).and_then(Value::as_object).into_iter().flatten();
    objects.filter_map(|(name, fields)| Some((name, fields.as_object()?)))
}

/// Refuses a file with words that mean nothing, before control is asked for anything.
fn known(page: &Page<'_>, file: &Map<String, Value>) -> Result<(), Trouble> {
    for (kind, nouns) in file {
        let Some(fields) = shape::fields(kind) else {
            let trouble = Trouble::new(INVALID, format!("'{kind}' is no noun"));
            return Err(page.noun(kind, trouble.cure(shape::cure(kind, shape::kinds()))));
        };
        let table = |what: String| Trouble::new(INVALID, format!("{what} is no table"));
        let nouns = nouns.as_object().ok_or_else(|| page.noun(kind, table(kind.clone())))?;
        for (name, said) in nouns {
            let place = [kind.as_str(), name.as_str()];
            let said = said
                .as_object()
                .ok_or_else(|| page.about(place, None, table(format!("{kind}.{name}"))))?;
            if let Some(word) = said.keys().find(|word| !fields.contains_key(*word)) {
                let trouble = Trouble::new(INVALID, format!("there is no field '{word}'"))
                    .cure(shape::cure(word, fields.keys().map(String::as_str)));
                return Err(page.about(place, Some(word), trouble));
            }
        }
    }
    Ok(())
}

/// Says where in the file stands what control refused.
fn blame(page: &Page<'_>, wishes: &[Value], trouble: Trouble) -> Trouble {
    let Some((change, field)) = trouble.about() else { return trouble };
    let field = field.map(str::to_owned);
    let wish = usize::try_from(change).ok().and_then(|change| wishes.get(change));
    let text = |key| wish.and_then(|wish| wish[key].as_str());
    match (text("kind"), text("name")) {
        (Some(kind), Some(name)) => page.about([kind, name], field.as_deref(), trouble),
        (_, _) => trouble,
    }
}

fn with_password(
    folder: &Path,
    mut fields: Map<String, Value>,
) -> Result<Map<String, Value>, Trouble> {
    if let Some(file) = fields.remove("password_file") {
        let path = folder.join(writing::text(&file));
        let text = fs::read_to_string(&path)
            .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        fields.insert("password".to_owned(), line.strip_suffix('\r').unwrap_or(line).into());
    }
    Ok(fields)
}

/// Sends wishes, which control takes all or none; says how many changed something.
fn send(session: &Session, wishes: &[Value]) -> Result<u64, Trouble> {
    if wishes.is_empty() {
        return Ok(0);
    }
    let lines: String = wishes.iter().map(|wish| format!("{wish}\n")).collect();
    let answer = session.client.upload("/v1/import", &[], Full::new(Bytes::from(lines)))?;
    import::tell(&answer)
}

/// What the environment has and the file does not name, those first that lean on others.
fn surplus(
    session: &Session,
    file: &Map<String, Value>,
    world: &str,
) -> Result<Vec<Value>, Trouble> {
    let mut wishes = Vec::new();
    for kind in [TABLE].into_iter().chain(KINDS.into_iter().skip(1).rev()) {
        let named = file.get(kind).and_then(Value::as_object);
        for row in rows(session, kind, world)? {
            let name = writing::text(&row["name"]);
            let gone = row["draft"] == "removed";
            if !gone && !named.is_some_and(|named| named.contains_key(&name)) {
                wishes.push(json!({ "verb": "rm", "kind": kind, "env": world, "name": name }));
            }
        }
    }
    Ok(wishes)
}

/// `signalbox export`
pub(crate) fn export(session: &Session) -> Result<ExitCode, Trouble> {
    let parameters = [("kind", Some("environment")), ("env", session.env.as_deref())];
    let worlds: Vec<Value> = session.client.get("/v1/objects", &parameters)?.read()?;
    let [world] = worlds.as_slice() else {
        return Err(Trouble::new(USAGE, "say which environment: --env NAME"));
    };
    let world = writing::text(&world["name"]);
    let mut file = toml::Table::new();
    for kind in KINDS.into_iter().chain([TABLE]) {
        let mut nouns = toml::Table::new();
        for row in rows(session, kind, &world)? {
            if row["draft"] != "removed" {
                let mut fields = fields(&row);
                if kind == TABLE {
                    fields.retain(|key, _| !rows::FOLLOW.contains(&key));
                }
                nouns.insert(writing::text(&row["name"]), fields.into());
            }
        }
        if !nouns.is_empty() {
            file.insert(kind.to_owned(), nouns.into());
        }
    }
    anstream::print!("{file}");
    Ok(ExitCode::SUCCESS)
}

/// The fields that `apply` takes again.
fn fields(row: &Value) -> toml::Table {
    let known = row.as_object().into_iter().flatten();
    known
        .filter(|(key, _)| !matches!(key.as_str(), "name" | "env" | "id" | "draft" | "version"))
        .filter_map(|(key, value)| Some((key.clone(), toml::Value::try_from(value).ok()?)))
        .collect()
}

fn rows(session: &Session, kind: &str, world: &str) -> Result<Vec<Value>, Trouble> {
    session.client.list("/v1/objects", &[("kind", Some(kind)), ("env", Some(world))])?.read()
}
