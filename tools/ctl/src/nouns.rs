//! The nouns: add, set, rm, list and show work alike on all of them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::client::Answer;
use crate::fields::Fields;
use crate::import;
use crate::trouble::Trouble;
use crate::writing::{self, Column, Output};

/// What can be done with a noun.
#[derive(Debug, Subcommand)]
pub(crate) enum Verbs<F: Fields> {
    /// Make a new one
    #[command(after_help = F::EXAMPLES)]
    Add {
        /// Its name
        name: String,
        #[command(flatten)]
        fields: F,
        /// Only say what would be changed
        #[arg(long, help_heading = None::<&str>)]
        dry_run: bool,
    },
    /// Change some of its fields; the others stay
    #[command(after_help = F::EXAMPLES)]
    Set {
        /// Its name
        name: String,
        #[command(flatten)]
        fields: F,
        /// Only say what would be changed
        #[arg(long, help_heading = None::<&str>)]
        dry_run: bool,
    },
    /// Remove it
    Rm {
        /// Its name
        name: String,
        /// Only say what would be changed
        #[arg(long)]
        dry_run: bool,
    },
    /// Take in many: CSV whose first line names the fields, `name` among them; all or none
    Import {
        /// The file
        file: PathBuf,
    },
    /// Show all of them, with your draft on top
    List,
    /// Show one of them
    Show {
        /// Its name
        name: String,
    },
}

/// What control says of a change.
#[derive(Deserialize)]
struct Changed {
    change: Option<Words>,
    notes: Vec<String>,
    draft_changes: u64,
}

#[derive(Deserialize)]
struct Words {
    words: String,
}

impl<F: Fields> Verbs<F> {
    /// Does it with the noun of a kind.
    pub(crate) fn run(
        self,
        session: &Session,
        kind: &str,
        columns: &[Column],
    ) -> Result<ExitCode, Trouble> {
        match self {
            Self::Add { name, fields, dry_run } => {
                let fields = fields.to_json()?;
                change(
                    session,
                    &json!({ "verb": "add", "kind": kind, "env": session.env(),
                    "name": name, "fields": fields, "dry_run": dry_run }),
                )
            }
            Self::Set { name, fields, dry_run } => {
                let fields = fields.to_json()?;
                change(
                    session,
                    &json!({ "verb": "set", "kind": kind, "env": session.env(),
                    "name": name, "fields": fields, "dry_run": dry_run }),
                )
            }
            Self::Rm { name, dry_run } => change(
                session,
                &json!({ "verb": "rm", "kind": kind, "env": session.env(), "name": name,
                    "dry_run": dry_run }),
            ),
            Self::Import { file } => import::import(session, kind, &file),
            Self::List => list(session, kind, columns),
            Self::Show { name } => show(session, kind, &name),
        }
    }
}

/// Sends a wish and tells what it comes to.
pub(crate) fn change(session: &Session, wish: &Value) -> Result<ExitCode, Trouble> {
    let answer = session.client.post("/v1/change", wish)?;
    tell(session, &answer, wish["dry_run"] == true)
}

/// Tells what a change comes to.
pub(crate) fn tell(session: &Session, answer: &Answer, dry_run: bool) -> Result<ExitCode, Trouble> {
    let changed: Changed = answer.read()?;
    if session.output == Output::Json {
        answer.print();
    }
    for note in &changed.notes {
        anstream::eprintln!("note: {note}");
    }
    match &changed.change {
        Some(change) => anstream::eprintln!("{}", change.words),
        None => anstream::eprintln!("it already is so"),
    }
    let count = writing::changes(changed.draft_changes);
    if dry_run {
        anstream::eprintln!("nothing was changed (--dry-run)");
    } else {
        anstream::eprintln!("draft: {count} (signalbox diff, signalbox commit)");
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows all objects of a kind.
pub(crate) fn list(session: &Session, kind: &str, columns: &[Column]) -> Result<ExitCode, Trouble> {
    let parameters = [("kind", Some(kind)), ("env", session.env.as_deref())];
    let answer = session.client.list("/v1/objects", &parameters)?;
    session.rows(&answer, columns)
}

/// Shows one object.
pub(crate) fn show(session: &Session, kind: &str, name: &str) -> Result<ExitCode, Trouble> {
    // People read what is special about an object; programs want to know all of it.
    let brief = (session.output != Output::Json).then_some("true");
    let env = session.env.as_deref();
    let parameters = [("kind", Some(kind)), ("env", env), ("name", Some(name)), ("brief", brief)];
    let answer = session.client.get("/v1/object", &parameters)?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let row: serde_json::Map<String, Value> = answer.read()?;
    let width = row.keys().map(String::len).max().unwrap_or_default();
    for (key, value) in &row {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    let key = format!("{key} {name}");
                    anstream::println!("{key:<width$}  {}", writing::text(value));
                }
            }
            value => anstream::println!("{key:<width$}  {}", writing::text(value)),
        }
    }
    Ok(ExitCode::SUCCESS)
}
