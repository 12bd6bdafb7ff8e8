//! How log lines look and where they go.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

use super::Pipe;

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object per line.
    Json,
}

/// Sends log lines to stderr from now on; `RUST_LOG` chooses which. Call [`Pipe::finish`] at
/// the end.
pub fn start(format: Format) -> io::Result<Pipe> {
    let pipe = Pipe::open(io::stderr())?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let writer = pipe.clone();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(move || writer.clone());
    match format {
        Format::Text => lines.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init(),
        Format::Json => lines.json().flatten_event(true).init(),
    }
    Ok(pipe)
}
