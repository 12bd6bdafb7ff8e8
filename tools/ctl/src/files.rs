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

mod rows;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::arguments::Session;
use crate::trouble::{FAILED, INVALID, Trouble, USAGE};
use crate::writing;

/// The nouns, in the order in which one leans on the other.
const KINDS: [&str; 7] =
    ["environment", "tariff", "list", "carrier", "connection", "policy", "account"];

/// What leans on all of them.
const TABLE: &str = "table";

/// `signalbox apply -f FILE`
pub(crate) fn apply(session: &Session, path: &Path, prune: bool) -> Result<ExitCode, Trouble> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Trouble::new(FAILED, format!("{shown}: {error}")))?;
    let file: Map<String, Value> = toml::from_str(&text)
        .map_err(|error| Trouble::new(INVALID, format!("{shown}: {error}")))?;
    let wrong = |what: String| Trouble::new(INVALID, format!("{shown}: {what}"));
    if let Some(foreign) = file.keys().find(|key| !is_known(key)) {
        let known = KINDS.join(", ");
        return Err(wrong(format!("'{foreign}' is no noun; there are {known}, {TABLE}")));
    }
    let worlds = file.get("environment").and_then(Value::as_object);
    let world = match worlds.map(|worlds| worlds.keys().collect::<Vec<_>>()).as_deref() {
        Some([one]) => (*one).clone(),
        _ => return Err(wrong("it must have one [environment.NAME]".to_owned())),
    };
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let mut wishes = Vec::new();
    for kind in KINDS {
        for (name, fields) in file.get(kind).and_then(Value::as_object).into_iter().flatten() {
            let fields = fields.as_object().cloned();
            let fields = fields.ok_or_else(|| wrong(format!("[{kind}.{name}] is no table")))?;
            let fields = with_password(folder, fields)?;
            wishes.push(json!({ "verb": "put", "kind": kind, "env": world, "name": name,
                "fields": fields }));
        }
    }
    let mut changed = send(session, &wishes)?;
    for (name, fields) in file.get(TABLE).and_then(Value::as_object).into_iter().flatten() {
        let fields = fields.as_object().cloned();
        let fields = fields.ok_or_else(|| wrong(format!("[{TABLE}.{name}] is no table")))?;
        changed += rows::apply(session, folder, &world, name, fields)?;
    }
    if prune {
        changed += send(session, &surplus(session, &file, &world)?)?;
    }
    anstream::eprintln!("{} drafted (signalbox diff, signalbox commit)", writing::changes(changed));
    Ok(ExitCode::SUCCESS)
}

fn is_known(kind: &str) -> bool {
    KINDS.contains(&kind) || kind == TABLE
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

/// Sends wishes in portions that control takes; says how many changed something.
fn send(session: &Session, wishes: &[Value]) -> Result<u64, Trouble> {
    let mut changed = 0;
    for portion in wishes.chunks(PORTION) {
        let answer = session.client.post("/v1/changes", &Value::from(portion))?;
        for done in answer.read::<Vec<Value>>()? {
            for note in done["notes"].as_array().into_iter().flatten() {
                anstream::eprintln!("note: {}", writing::text(note));
            }
            if let Some(words) = done["change"]["words"].as_str() {
                changed += 1;
                anstream::eprintln!("{words}");
            }
        }
    }
    Ok(changed)
}

/// What the environment has and the file does not name, those first that lean on others.
fn surplus(
    session: &Session,
    file: &Map<String, Value>,
    world: &str,
) -> Result<Vec<Value>, Trouble> {
    let mut wishes = Vec::new();
    for kind in [TABLE, "policy", "account", "connection", "carrier", "list", "tariff"] {
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

/// Some hundred octets each stay well below what control takes at once.
const PORTION: usize = 500;
