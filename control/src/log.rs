//! Which log lines are written, and how they look.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry, fmt};

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// The log of this process.
#[derive(Debug)]
pub struct Log {
    filter: Handle<EnvFilter, Registry>,
}

impl Log {
    /// Sends log lines to stderr from now on; `words` chooses which, and `RUST_LOG` before it.
    /// `None` if nobody understands which.
    pub fn start(format: Format, words: &str) -> Option<Self> {
        let filter = EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(words));
        let (filtered, filter) = reload::Layer::new(filter.ok()?);
        let registry = tracing_subscriber::registry().with(filtered);
        let lines = fmt::layer().with_writer(std::io::stderr);
        match format {
            Format::Text => {
                registry.with(lines.with_ansi(std::io::stderr().is_terminal())).init();
            }
            Format::Json => registry.with(lines.json().flatten_event(true)).init(),
        }
        Some(Self { filter })
    }

    /// Writes other lines from now on; `false` if nobody understands which.
    pub fn choose(&self, words: &str) -> bool {
        EnvFilter::try_new(words).is_ok_and(|filter| self.filter.reload(filter).is_ok())
    }
}

/// Is this a choice of lines?
pub fn is_choice(words: &str) -> bool {
    EnvFilter::try_new(words).is_ok()
}
