//! Why a peer could not start or go on.

use std::io;

/// Something outside that stops a peer; refusals of the other side are no failures but counted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The operating system refused.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried, as in "listen on 127.0.0.1:2775".
        doing: String,
        /// What it said.
        source: io::Error,
    },
}

/// Says what was being done when the operating system refused.
pub(crate) trait Doing<T> {
    /// Turns an error into a [`Failure`] that says what was tried.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|source| Failure::Io { doing: what(), source })
    }
}
