//! What happened, one line an event; at the end the totals as one line of JSON.
//!
//! A reader that goes away ends the peer (its stdout is the only place it talks to), so that
//! nothing is left running behind a closed pipe.

use std::io::{self, BufWriter, Stdout, Write};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

/// How to report.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Events as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// No events, only the totals at the end.
    #[arg(long, short)]
    quiet: bool,
}

/// The writer of events.
#[derive(Debug)]
pub(crate) struct Report<W: Write = BufWriter<Stdout>> {
    peer: &'static str,
    options: Options,
    start: Instant,
    out: W,
    /// Nobody reads any more.
    broken: bool,
}

impl Report {
    /// Reports to stdout what `peer` does from `start` on.
    pub(crate) fn to_stdout(peer: &'static str, options: Options, start: Instant) -> Self {
        Self { peer, options, start, out: BufWriter::new(io::stdout()), broken: false }
    }
}

impl<W: Write> Report<W> {
    /// Tells an event; `fields` is asked for only if somebody wants to know.
    pub(crate) fn event(&mut self, now: Instant, name: &str, fields: impl FnOnce() -> Value) {
        if self.options.quiet || self.broken {
            return;
        }
        let at = seconds(now.saturating_duration_since(self.start));
        let line = if self.options.json {
            let mut object = into_object(fields());
            object.insert("t".to_owned(), json!(at));
            object.insert("peer".to_owned(), json!(self.peer));
            object.insert("event".to_owned(), json!(name));
            Value::Object(object).to_string()
        } else {
            human(at, self.peer, name, &into_object(fields()))
        };
        self.line(&line);
    }

    /// Tells the totals; always, always as JSON, always last.
    pub(crate) fn summary(&mut self, now: Instant, ok: bool, fields: Value) {
        let mut object = into_object(fields);
        object.insert("t".to_owned(), json!(seconds(now.saturating_duration_since(self.start))));
        object.insert("peer".to_owned(), json!(self.peer));
        object.insert("event".to_owned(), json!("summary"));
        object.insert("ok".to_owned(), json!(ok));
        self.line(&Value::Object(object).to_string());
        self.flush();
    }

    /// Lets readers see what was told so far.
    pub(crate) fn flush(&mut self) {
        self.broken |= self.out.flush().is_err();
    }

    /// Whether nobody reads any more.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    fn line(&mut self, line: &str) {
        self.broken |= writeln!(self.out, "{line}").is_err();
    }
}

/// `   1.204 esme   bound             kind=transceiver system_id=tata`.
fn human(at: f64, peer: &str, name: &str, fields: &Map<String, Value>) -> String {
    let mut line = format!("{at:>9.3} {peer:<6} {name:<18}");
    for (key, value) in fields {
        match value {
            Value::String(text) if is_plain(text) => line.push_str(&format!(" {key}={text}")),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => line.push_str(&format!(" {key}={value}")),
        }
    }
    line
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'"')
}

fn into_object(fields: Value) -> Map<String, Value> {
    match fields {
        Value::Object(object) => object,
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other)]),
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.as_millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests;
