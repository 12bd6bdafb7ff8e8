//! How log lines look and where they go, and which of them are written.

use std::io;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

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

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    pipe: Pipe,
    filter: Handle<EnvFilter, Registry>,
}

impl Log {
    /// Sends log lines to stderr from now on; `words` chooses which, and `RUST_LOG` before it.
    pub fn start(format: Format, words: &str) -> io::Result<Self> {
        let pipe = Pipe::open(io::stderr())?;
        let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(words));
        let (filtered, filter) = reload::Layer::new(filter.map_err(io::Error::other)?);
        let writer = pipe.clone();
        let lines = fmt::layer().with_target(false).with_writer(move || writer.clone());
        let registry = tracing_subscriber::registry().with(filtered);
        match format {
            Format::Text => {
                let is_terminal = io::IsTerminal::is_terminal(&io::stderr());
                registry.with(lines.with_ansi(is_terminal)).init();
            }
            Format::Json => registry.with(lines.json().flatten_event(true)).init(),
        }
        Ok(Self { pipe, filter })
    }

    /// Writes other lines from now on; `false` if nobody understands which.
    pub fn choose(&self, words: &str) -> bool {
        EnvFilter::try_new(words).is_ok_and(|filter| self.filter.reload(filter).is_ok())
    }

    /// Waits a moment for the last lines to be written.
    pub fn finish(&self) {
        self.pipe.finish();
    }
}

/// Is this a choice of lines?
pub fn is_choice(words: &str) -> bool {
    EnvFilter::try_new(words).is_ok()
}
