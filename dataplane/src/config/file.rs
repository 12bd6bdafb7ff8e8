//! What one node is told when it starts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::raw::{Io, Runtime};
use super::{check, raw};
use crate::net::tls;

/// What one node is told when it starts; every path is absolute or relative to the process.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name.
    pub node: String,
    /// Its number, unique among the nodes of a site: part of every message id.
    pub number: u8,
    /// How many shards it runs.
    pub shards: u8,
    /// The core of each shard, in the order of shards.
    pub cores: Vec<usize>,
    /// Who runs the loop of a shard.
    pub runtime: Runtime,
    /// Which kernel interface carries it.
    pub io: Io,
    /// Where journal, board and lock live.
    pub data: PathBuf,
    /// Where control publishes.
    pub plan: PathBuf,
    /// The file with the site's seal.
    pub key_file: PathBuf,
    /// The journal's measures.
    pub journal: Journal,
    /// What is used to dial a peer that speaks TLS.
    pub tls: tls::Dialler,
    /// The environments it serves.
    pub environments: Vec<Environment>,
}

/// The journal's measures.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Journal {
    /// Octets of one volume.
    pub volume_len: u64,
    /// The least time between two commits of a shard.
    pub commit_interval: Duration,
}

/// The fixed addresses of one environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Environment {
    /// Its name, as in the plan.
    pub name: String,
    /// Where carriers bind, TCP.
    pub smpp: Vec<SocketAddr>,
    /// Where carriers bind, TLS.
    pub smpp_tls: Vec<SocketAddr>,
    /// Who those are that speak TLS.
    pub tls: Option<tls::Listener>,
    /// Where apps register, UDP.
    pub sip: Vec<SocketAddr>,
}

impl Config {
    /// Reads and checks a file.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text =
            std::fs::read_to_string(path).map_err(|error| ConfigError::unreadable(path, &error))?;
        Self::parse(path, &text)
    }

    /// Reads and checks the text of a file; `path` names it in errors and anchors its paths.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let raw = raw::parse(path, text)?;
        check::check(path, text, raw)
    }

    /// The files of everything that speaks TLS; the places are those of the streams of every
    /// environment, one after the other.
    pub fn tls_files(&self) -> tls::Files {
        let mut files = tls::Files { dialler: self.tls.clone(), ..tls::Files::default() };
        for environment in &self.environments {
            files.places.extend(environment.smpp.iter().map(|_| None));
            files.places.extend(environment.smpp_tls.iter().map(|_| Some(files.listeners.len())));
            files.listeners.extend(environment.tls.clone());
        }
        files
    }

    /// The data directory of a shard's journal.
    pub fn journal_dir(&self) -> PathBuf {
        self.data.join("journal")
    }
}

impl Environment {
    /// Every address that accepts, with what is spoken there: plain ones first. The shard knows a
    /// listener by its place in this order.
    pub fn streams(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        let plain = self.smpp.iter().map(|address| ("smpp", *address));
        plain.chain(self.smpp_tls.iter().map(|address| ("smpp tls", *address)))
    }
}
