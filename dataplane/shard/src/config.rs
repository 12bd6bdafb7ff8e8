//! What a shard is told once, at birth.

use std::net::SocketAddr;

use routing::Transport;

use crate::input::ShardId;

/// What a shard is told once, at birth; everything else comes with a snapshot.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which shard it is.
    pub shard: ShardId,
    /// How many shards the node has.
    pub shards: u8,
    /// The node's number, part of every message id.
    pub node: u8,
    /// What it calls itself in a bind_resp.
    pub system_id: String,
    /// Listeners; every shard of the node has the same list.
    pub streams: Vec<Entry>,
    /// UDP sockets of SIP; every shard of the node has the same list.
    pub sip: Vec<Entry>,
    /// The key of digest nonces and tags; the same for every shard of the node.
    pub key: [u8; 32],
}

/// A fixed address and the environment it belongs to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The environment's name.
    pub environment: String,
    /// The address and port.
    pub address: SocketAddr,
    /// What is spoken there.
    pub speaks: Speaks,
}

/// What is spoken at a fixed address.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Speaks {
    /// SMPP.
    Smpp,
    /// SIP, carried by that.
    Sip(Transport),
}

impl Config {
    /// The address that stands for the whole node: the first one it was given.
    pub(crate) fn face(&self) -> SocketAddr {
        let entry = self.streams.first().or_else(|| self.sip.first());
        entry.map_or_else(|| SocketAddr::from(([0; 4], 0)), |entry| entry.address)
    }
}
