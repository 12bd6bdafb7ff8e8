//! A table of rows in the file of an environment.
//!
//! ```toml
//! [table.ported]
//! file = "ported.csv"    # relative to this file: read again, as by `signalbox table import`
//! priority = 8
//!
//! [table.operator]
//! sha256 = "9f86d0..."   # as exported: the rows that control has under this name stay
//! ```

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{TABLE, rows, send};
use crate::arguments::Session;
use crate::tables::upload;
use crate::trouble::{INVALID, Trouble};
use crate::writing;

/// What follows from the rows, and is neither exported nor taken.
pub(super) const FOLLOW: [&str; 2] = ["rows", "targets"];

/// Drafts a table; says how many changes that is.
pub(super) fn apply(
    session: &Session,
    folder: &Path,
    world: &str,
    name: &str,
    mut fields: Map<String, Value>,
) -> Result<u64, Trouble> {
    let [file, sha256, kind] = ["file", "sha256", "kind"].map(|key| fields.remove(key));
    if let Some(file) = file {
        let path = folder.join(writing::text(&file));
        let shown = path.display().to_string();
        let kind = kind.map_or_else(|| "patterns".to_owned(), |kind| writing::text(&kind));
        let fields = Value::from(fields).to_string();
        let parameters = [
            ("env", Some(world)),
            ("name", Some(name)),
            ("file", Some(shown.as_str())),
            ("kind", Some(kind.as_str())),
            ("fields", Some(fields.as_str())),
        ];
        let drafted = upload(session, "/v1/table", &path, &parameters)?.read::<Value>()?;
        let words = drafted["change"]["words"].as_str();
        words.iter().for_each(|words| anstream::eprintln!("{words}"));
        return Ok(u64::from(words.is_some()));
    }
    let is_there = |row: &Value| {
        writing::text(&row["name"]) == name
            && row["draft"] != "removed"
            && sha256.as_ref().is_none_or(|sha256| *sha256 == row["sha256"])
    };
    if !rows(session, TABLE, world)?.iter().any(is_there) {
        let what = format!("table {name}: control has not these rows under that name");
        return Err(Trouble::new(INVALID, format!("{what}; say file = \"ROWS.csv\"")));
    }
    let wish = json!({ "verb": "put", "kind": TABLE, "env": world, "name": name,
        "fields": fields });
    send(session, &[wish])
}
