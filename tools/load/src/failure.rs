//! Why a run could not start, or had to end.

use std::io;
use std::net::SocketAddr;

use smpp::Status;

/// What stops a run; losses and duplicates are no failures but its result.
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
    /// A harness this strong is pointed at this machine only, unless told otherwise.
    #[error("{host} is not on this machine; allow it with --allow-host {}", host.ip())]
    Host {
        /// Where it was pointed.
        host: SocketAddr,
    },
    /// Options that make no sense together.
    #[error("{0}")]
    Usage(String),
    /// The message centre did not let us in.
    #[error("bind refused: {0}")]
    BindRefused(Status),
    /// A phone could not register.
    #[error("REGISTER of {user} {outcome}")]
    Register {
        /// Whose.
        user: String,
        /// What came back.
        outcome: String,
    },
    /// Something that has to happen before the run did not.
    #[error("waited {secs} s in vain for {what}")]
    Vain {
        /// What was waited for.
        what: String,
        /// How long.
        secs: u64,
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
