//! The requests that are being answered, and those that were.

use std::net::SocketAddr;
use std::time::Instant;

use sip::Scanners;
use sip::digest::NonceKey;
use sip::transaction::server::NonInvite;

use crate::ingress::done::Done;
use crate::ingress::{NonceCounts, Sources};
use crate::input::Moment;
use crate::limits::{DATAGRAM_MAX, SPARE_MESSAGES_MAX};
use crate::peers::lines::Line;
use crate::tables::Table;

/// One request that was taken in and will be answered.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) line: Line,
    pub(super) peer: SocketAddr,
    /// The environment that was asked.
    pub(super) environment: u32,
    /// Where its answer goes.
    pub(super) to: SocketAddr,
    /// The lines of its request that every answer repeats: the rest depends on what became of it.
    pub(super) octets: Vec<u8>,
    pub(super) transaction: NonInvite,
    pub(super) merge: Option<u128>,
    pub(super) armed: Option<Instant>,
}

/// The server transactions of a shard.
#[derive(Debug)]
pub(crate) struct Servers {
    pub(super) servers: Table<u128, Server>,
    pub(super) merges: Table<u128, ()>,
    /// Those that were answered.
    pub(super) done: Done,
    /// Buffers of requests that were answered, for the next ones.
    spare: Vec<Vec<u8>>,
    pub(crate) nonces: NonceKey,
    /// What was said under them.
    pub(crate) counts: NonceCounts,
    /// What strangers cost.
    pub(crate) sources: Sources,
    pub(super) scanners: Scanners,
}

impl Servers {
    pub(crate) fn new(key: &[u8; 32], Moment { now, unix_ns }: Moment) -> Self {
        let (servers, merges, nonces) = (Table::default(), Table::default(), NonceKey::new(*key));
        let (counts, sources) = (NonceCounts::since(unix_ns), Sources::default());
        let (done, spare, scanners) = (Done::new(now), Vec::new(), Scanners::default());
        Self { servers, merges, done, spare, nonces, counts, sources, scanners }
    }

    pub(super) fn is_merged(&self, merge: u128) -> bool {
        self.merges.contains_key(&merge) || self.done.is_merged(merge)
    }

    /// Takes out a transaction; its merge key stays for whoever needs it.
    pub(super) fn remove(&mut self, transaction: u128) -> Option<Server> {
        let server = self.servers.remove(&transaction)?;
        if let Some(merge) = server.merge {
            self.merges.remove(&merge);
        }
        Some(server)
    }

    /// Memory for the lines that an answer repeats.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Keeps the memory of a request for the next one.
    pub(super) fn give(&mut self, mut octets: Vec<u8>) {
        if self.spare.len() < SPARE_MESSAGES_MAX && octets.capacity() <= DATAGRAM_MAX {
            octets.clear();
            self.spare.push(octets);
        }
    }
}
