//! What an operator should read.

use std::fmt;
use std::net::SocketAddr;

/// Something an operator should read: one line of the log. Never a text, never a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Note {
    /// How much it matters.
    pub level: Level,
    /// What happened, in fixed words.
    pub what: &'static str,
    /// Whom it concerns: carrier, connection, account or environment.
    pub subject: String,
    /// The peer's address, if there is one.
    pub peer: Option<SocketAddr>,
    /// The number it is about, whole; whoever writes it down masks it.
    pub number: Option<String>,
    /// The rest, such as a status.
    pub detail: String,
}

/// How much a note matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Happens every day.
    Info,
    /// May wake someone at night.
    Warn,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.subject)?;
        if let Some(peer) = self.peer {
            write!(f, " peer={peer}")?;
        }
        if let Some(number) = &self.number {
            write!(f, " number={number}")?;
        }
        if !self.detail.is_empty() {
            write!(f, " {}", self.detail)?;
        }
        Ok(())
    }
}
