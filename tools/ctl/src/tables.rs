//! Tables of rows that come as files: import, set, rm, list and show.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use clap::Subcommand;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::Session;
use crate::client::Answer;
use crate::columns;
use crate::fields::{Fields, TermsFields};
use crate::nouns::{change, list, show, tell};
use crate::sending::{self, CHUNK};
use crate::trouble::{FAILED, Trouble};
use crate::writing::{self, Output};

/// What can be done with a table.
#[derive(Debug, Subcommand)]
pub(crate) enum TableVerbs {
    /// Take in a file of rows, 'pattern,target' one a line: a new table, or other rows for one
    #[command(after_help = IMPORT_EXAMPLES)]
    Import {
        /// Its name
        name: String,
        /// The file
        file: PathBuf,
        /// What a row of digits alone is: with 'patterns' one number, with 'prefixes' all numbers
        /// that begin so
        #[arg(long, value_parser = ["patterns", "prefixes"], default_value = "patterns")]
        kind: String,
        #[command(flatten)]
        fields: TermsFields,
        /// Only say what would be changed
        #[arg(long, help_heading = None::<&str>)]
        dry_run: bool,
    },
    /// Change some of its settings; its rows stay
    Set {
        /// Its name
        name: String,
        #[command(flatten)]
        fields: TermsFields,
        /// Only say what would be changed
        #[arg(long, help_heading = None::<&str>)]
        dry_run: bool,
    },
    /// Remove it
    #[command(visible_alias = "delete")]
    Rm {
        /// Its name
        name: String,
        /// Only say what would be changed
        #[arg(long)]
        dry_run: bool,
    },
    /// Show all of them, with your draft on top
    List,
    /// Show one of them
    Show {
        /// Its name
        name: String,
    },
}

impl TableVerbs {
    /// Does it.
    pub(crate) fn run(self, session: &Session) -> Result<ExitCode, Trouble> {
        match self {
            Self::Import { name, file, kind, fields, dry_run } => {
                let fields = json!(fields.to_json()?).to_string();
                let dry_run_said = dry_run.then_some("true");
                let shown = file.display().to_string();
                let parameters = [
                    ("env", session.env.as_deref()),
                    ("name", Some(name.as_str())),
                    ("file", Some(shown.as_str())),
                    ("kind", Some(kind.as_str())),
                    ("fields", Some(fields.as_str())),
                    ("dry_run", dry_run_said),
                ];
                import(session, &file, &parameters, dry_run)
            }
            Self::Set { name, fields, dry_run } => {
                let mut wish = wish(session, "set", &name);
                wish["fields"] = fields.to_json()?.into();
                wish["dry_run"] = dry_run.into();
                change(session, &wish)
            }
            Self::Rm { name, dry_run } => {
                let mut wish = wish(session, "rm", &name);
                wish["dry_run"] = dry_run.into();
                change(session, &wish)
            }
            Self::List => list(session, KIND, columns::TABLES),
            Self::Show { name } => show(session, KIND, &name),
        }
    }
}

fn wish(session: &Session, verb: &str, name: &str) -> Value {
    json!({ "verb": verb, "kind": KIND, "env": session.env(), "name": name })
}

/// What control says of a file.
#[derive(Deserialize)]
struct Imported {
    rows: u64,
    targets: u64,
    read_ms: u64,
}

fn import(
    session: &Session,
    path: &Path,
    parameters: &[(&str, Option<&str>)],
    dry_run: bool,
) -> Result<ExitCode, Trouble> {
    let answer = upload(session, "/v1/table", path, parameters)?;
    let Imported { rows, targets, read_ms } = answer.read()?;
    if session.output != Output::Json {
        let rows = writing::counted(rows, "row", "rows");
        let targets = writing::counted(targets, "target", "targets");
        let (secs, tenths) = (read_ms / 1000, read_ms % 1000 / 100);
        anstream::eprintln!("{rows} to {targets}, read in {secs}.{tenths} s");
    }
    tell(session, &answer, dry_run)
}

/// Sends a file of rows to control.
pub(crate) fn upload(
    session: &Session,
    address: &str,
    path: &Path,
    parameters: &[(&str, Option<&str>)],
) -> Result<Answer, Trouble> {
    let upload = Upload::of(path)
        .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
    let bar = upload.bar.clone();
    let answer = session.client.upload(address, parameters, upload);
    bar.finish_and_clear();
    answer
}

/// A file on its way to control.
struct Upload {
    file: File,
    left: u64,
    bar: ProgressBar,
}

impl Upload {
    fn of(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let left = file.metadata()?.len();
        let template = "{msg} {bar:40} {bytes}/{total_bytes} {bytes_per_sec} {elapsed_precise}";
        Ok(Self { file, left, bar: sending::bar(left, template) })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let mut octets = vec![0; CHUNK.min(usize::try_from(self.left).unwrap_or(CHUNK))];
        if octets.is_empty() {
            sending::wait(&self.bar, "{spinner} control reads the rows  {elapsed_precise}");
            return Poll::Ready(None);
        }
        // Nothing else happens in this thread while the disk is read.
        if let Err(error) = self.file.read_exact(&mut octets) {
            return Poll::Ready(Some(Err(error)));
        }
        self.left -= octets.len() as u64;
        self.bar.inc(octets.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(octets.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

const KIND: &str = "table";

const IMPORT_EXAMPLES: &str = "\
Examples:
  signalbox table import ported ported.csv --priority 5
  signalbox table import operator prefixes.csv --kind prefixes
  signalbox table import trial new.csv --shadow

A file has a row on each line:
  pattern,target
  4479001%,cheap
  447900123456,cheap;dear:tps=50
  44790019%,refuse:not-allowed
The longest row that matches a number wins; it is then a policy of the table's priority.";
