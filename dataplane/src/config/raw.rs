//! The text of `node.toml`, with the place of every value.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::ConfigError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    pub(super) node: Spanned<String>,
    pub(super) number: Spanned<i64>,
    #[serde(default)]
    pub(super) shards: Option<Spanned<Shards>>,
    #[serde(default)]
    pub(super) cores: Option<Spanned<Vec<usize>>>,
    #[serde(default)]
    pub(super) runtime: Option<Spanned<Runtime>>,
    #[serde(default)]
    pub(super) io: Option<Spanned<Io>>,
    pub(super) data: PathBuf,
    pub(super) plan: PathBuf,
    pub(super) key_file: PathBuf,
    #[serde(default)]
    pub(super) journal: RawJournal,
    #[serde(default)]
    pub(super) tls: RawDialler,
    #[serde(default)]
    pub(super) log: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) tape_mib: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) hep: Option<RawHep>,
    pub(super) environment: Spanned<Vec<RawEnvironment>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJournal {
    #[serde(default)]
    pub(super) volume_mib: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) commit_interval_us: Option<Spanned<i64>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnvironment {
    pub(super) name: Spanned<String>,
    #[serde(default)]
    pub(super) smpp: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) smpp_tls: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) sip: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) sip_tcp: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) sip_tls: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) sip_ws: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) sip_wss: Vec<Spanned<SocketAddr>>,
    #[serde(default)]
    pub(super) tls: Option<RawListener>,
}

/// `[hep]`: a collector, and what it is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHep {
    pub(super) collector: Spanned<SocketAddr>,
    #[serde(default)]
    pub(super) agent: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) one_in: Option<Spanned<i64>>,
    #[serde(default)]
    pub(super) peer: Option<String>,
    #[serde(default)]
    pub(super) party: Option<Spanned<String>>,
}

/// `[tls]`: what is used to dial.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDialler {
    #[serde(default)]
    pub(super) roots: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) certificate: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) key: Option<Spanned<PathBuf>>,
}

/// `[environment.tls]`: what its listeners use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawListener {
    pub(super) certificate: Spanned<PathBuf>,
    pub(super) key: Spanned<PathBuf>,
    #[serde(default)]
    pub(super) client_ca: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(super) client_certificates: Option<Spanned<Asked>>,
}

/// Must whoever comes show a certificate?
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Asked {
    Optional,
    Required,
}

/// `shards = 4` or `shards = "auto"`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Shards {
    Count(i64),
    Word(Auto),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Auto {
    Auto,
}

/// Who runs the loop of a shard.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Runtime {
    /// A pinned thread of ours.
    #[default]
    Own,
    /// A glommio executor.
    Glommio,
}

/// Which kernel interface carries a shard.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Io {
    /// io_uring where it is allowed, else epoll.
    #[default]
    Auto,
    /// io_uring or nothing.
    Uring,
    /// epoll.
    Epoll,
}

impl RawEnvironment {
    /// Does it listen nowhere?
    pub(super) fn is_silent(&self) -> bool {
        let streams = [&self.smpp, &self.smpp_tls, &self.sip_tcp, &self.sip_tls];
        let others = [&self.sip, &self.sip_ws, &self.sip_wss];
        streams.into_iter().chain(others).all(Vec::is_empty)
    }
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Raw, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let message = error.message().trim().replace('\n', ": ");
        let span = error.span().unwrap_or(0..0);
        ConfigError::at(path, text, span, &message, cure_of(&message))
    })
}

fn cure_of(message: &str) -> &'static str {
    let known = [
        ("unknown field", "remove it, or correct its spelling to one of the expected names"),
        ("missing field `environment`", "add at least one [[environment]] with name, smpp and sip"),
        ("missing field", "add it; docs/configuration.md shows a whole node.toml"),
        ("socket address", "write an IP address and a port, such as \"127.0.0.2:2775\""),
        ("unknown variant", "use one of the expected words"),
        ("untagged enum Shards", "write a number from 1 to 64, or \"auto\" for one per core"),
    ];
    known.iter().find(|(part, _)| message.contains(part)).map_or("correct the value", |pair| pair.1)
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Own => "own",
            Self::Glommio => "glommio",
        })
    }
}

impl fmt::Display for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Uring => "uring",
            Self::Epoll => "epoll",
        })
    }
}
