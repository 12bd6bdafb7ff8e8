//! Many objects of a kind at once, as CSV with a header.
//!
//! The header names fields as `signalbox NOUN show` does; `name` is the object's. A cell that is
//! empty says nothing; several values stand in one cell, parted by `;`. Control takes all rows or
//! none.

mod sheet;

use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::json;

use crate::arguments::Session;
use crate::client::Answer;
use crate::sending::{self, CHUNK};
use crate::trouble::Trouble;
use crate::writing::{self, Output};

use sheet::Sheet;

/// What control says of many changes.
#[derive(Deserialize)]
struct Taken {
    lines: u64,
    changed: u64,
    changes: Vec<Words>,
    notes: Vec<String>,
    draft_changes: u64,
    read_ms: u64,
}

#[derive(Deserialize)]
struct Words {
    words: String,
}

/// `signalbox NOUN import FILE`
pub(crate) fn import(session: &Session, kind: &str, path: &Path) -> Result<ExitCode, Trouble> {
    let sheet = Sheet::open(kind, path)?;
    let rows = sheet.check()?;
    let bar = sending::bar(rows, "{msg} {bar:40} {human_pos}/{human_len} {elapsed_precise}");
    let lines = Lines {
        sheet: Sheet::open(kind, path)?,
        kind: kind.to_owned(),
        env: session.env().to_owned(),
        bar: bar.clone(),
    };
    let answer = session.client.upload("/v1/import", &[], lines);
    bar.finish_and_clear();
    let answer = answer.map_err(|trouble| match trouble.about() {
        Some((row, _)) => sheet.blame(row, trouble),
        None => trouble,
    })?;
    if session.output == Output::Json {
        answer.print();
        return Ok(ExitCode::SUCCESS);
    }
    let Taken { lines, changed, notes, draft_changes, read_ms, .. } = answer.read()?;
    for note in &notes {
        anstream::eprintln!("note: {note}");
    }
    let (secs, tenths) = (read_ms / 1000, read_ms % 1000 / 100);
    let rows = writing::counted(lines, "row", "rows");
    anstream::eprintln!("{rows}, {} drafted in {secs}.{tenths} s", writing::changes(changed));
    let count = writing::changes(draft_changes);
    anstream::eprintln!("draft: {count} (signalbox diff, signalbox commit)");
    Ok(ExitCode::SUCCESS)
}

/// Tells what many changes came to; says how many changed something.
pub(crate) fn tell(answer: &Answer) -> Result<u64, Trouble> {
    let taken: Taken = answer.read()?;
    for note in &taken.notes {
        anstream::eprintln!("note: {note}");
    }
    for change in &taken.changes {
        anstream::eprintln!("{}", change.words);
    }
    Ok(taken.changed)
}

/// Rows on their way to control, as the lines that it takes.
struct Lines {
    sheet: Sheet,
    kind: String,
    env: String,
    bar: ProgressBar,
}

impl Body for Lines {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        // Nothing else happens in this thread while the disk is read.
        let mut text = String::new();
        let mut rows = 0;
        while text.len() < CHUNK {
            let row = match self.sheet.next() {
                None => break,
                Some(Err(trouble)) => {
                    let changed = format!("the file changed meanwhile: {trouble}");
                    return Poll::Ready(Some(Err(std::io::Error::other(changed))));
                }
                Some(Ok(row)) => row,
            };
            let wish = json!({ "verb": "put", "kind": self.kind, "env": self.env,
                "name": row.name, "fields": row.fields });
            text.push_str(&wish.to_string());
            text.push('\n');
            rows += 1;
        }
        if text.is_empty() {
            sending::wait(&self.bar, "{spinner} control takes the rows  {elapsed_precise}");
            return Poll::Ready(None);
        }
        self.bar.inc(rows);
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}
