//! What one node is told when it starts.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use routing::Tap;
use shard::{Entry, ShardId, Speaks, Transport};

use super::error::ConfigError;
use super::raw::{Io, Runtime};
use super::{check, raw};
use crate::net::tls;
use crate::plan::Seal;

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
    /// Octets of the tape of each shard; none is kept if it is 0.
    pub tape_len: usize,
    /// Which log lines are written, as `RUST_LOG` says it.
    pub log: String,
    /// Who is told by HEP what passes.
    pub hep: Option<Hep>,
    /// What is used to dial a peer that speaks TLS.
    pub tls: tls::Dialler,
    /// The environments it serves.
    pub environments: Vec<Environment>,
}

/// Who is told by HEP what passes, and what of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Hep {
    /// Where it listens, UDP.
    pub collector: SocketAddr,
    /// The number of this node there.
    pub agent: u32,
    /// What it is told.
    pub tap: Tap,
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
#[derive(Clone, Debug, Default, Eq, PartialEq)]
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
    /// Where apps register, TCP.
    pub sip_tcp: Vec<SocketAddr>,
    /// Where apps register, TLS.
    pub sip_tls: Vec<SocketAddr>,
    /// Where browsers register, WebSocket.
    pub sip_ws: Vec<SocketAddr>,
    /// Where browsers register, WebSocket over TLS.
    pub sip_wss: Vec<SocketAddr>,
}

/// An address that accepts connections.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Stream {
    /// What is spoken there, for people.
    pub protocol: &'static str,
    /// What is spoken there, for the shard.
    pub speaks: Speaks,
    /// Is TLS around it?
    pub is_secure: bool,
    /// The address.
    pub address: SocketAddr,
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
            let for_carriers = files.listeners.len();
            files.listeners.extend(environment.tls.clone());
            // Apps have no certificates: those that carriers must show are not asked of them.
            let for_apps = files.listeners.len();
            let open = |tls: tls::Listener| tls::Listener { clients: None, ..tls };
            files.listeners.extend(environment.tls.clone().map(open));
            files.places.extend(environment.streams().map(|stream| match stream.speaks {
                _ if !stream.is_secure => None,
                Speaks::Smpp => Some(for_carriers),
                Speaks::Sip(_) => Some(for_apps),
            }));
        }
        files
    }

    /// What a shard of this node is told at its birth.
    pub fn of_shard(&self, seal: &Seal, shard: ShardId) -> shard::Config {
        let mut told = shard::Config {
            shard,
            shards: self.shards,
            node: self.number,
            system_id: self.node.chars().take(SYSTEM_ID_MAX).collect(),
            streams: Vec::new(),
            sip: Vec::new(),
            key: seal.key(),
        };
        for environment in &self.environments {
            let entry = |address, speaks| {
                let environment = environment.name.clone();
                Entry { environment, address, speaks }
            };
            let streams = environment.streams();
            told.streams.extend(streams.map(|stream| entry(stream.address, stream.speaks)));
            let udp = Speaks::Sip(Transport::Udp);
            told.sip.extend(environment.sip.iter().map(|address| entry(*address, udp)));
        }
        told
    }

    /// The data directory of a shard's journal.
    pub fn journal_dir(&self) -> PathBuf {
        self.data.join("journal")
    }
}

impl Environment {
    /// Every address that accepts, with what is spoken there. The shard knows a listener by its
    /// place in this order.
    pub fn streams(&self) -> impl Iterator<Item = Stream> {
        let sip = |transport: Transport| (Speaks::Sip(transport), transport.is_secure());
        [
            ("smpp", (Speaks::Smpp, false), &self.smpp),
            ("smpp tls", (Speaks::Smpp, true), &self.smpp_tls),
            ("sip tcp", sip(Transport::Tcp), &self.sip_tcp),
            ("sip tls", sip(Transport::Tls), &self.sip_tls),
            ("sip ws", sip(Transport::Ws), &self.sip_ws),
            ("sip wss", sip(Transport::Wss), &self.sip_wss),
        ]
        .into_iter()
        .flat_map(|(protocol, (speaks, is_secure), addresses)| {
            let stream =
                move |address: &_| Stream { protocol, speaks, is_secure, address: *address };
            addresses.iter().map(stream)
        })
    }
}

/// system_id has 15 characters (SMPP 3.4 §5.2.1).
const SYSTEM_ID_MAX: usize = 15;
