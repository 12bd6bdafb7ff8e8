//! Ways out: dialled, bound, lost and dialled again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use routing::board::{LinkRole, LinkRow, LinkState};
use routing::{ArchivedConnection, home};
use smpp::BindKind;

use crate::input::{LinkId, ShardId};
use crate::mail::Mail;
use crate::shard::Shard;

/// An environment and a connection of it.
pub(super) type ConnectionKey = (u32, u32);

/// A connection whose link is ours to keep.
#[derive(Debug)]
pub(super) struct Dialled {
    /// What it was dialled with; another plan may say otherwise.
    pub(super) settings: Settings,
    pub(super) link: Option<LinkId>,
    pub(super) bound: bool,
    /// Failures in a row.
    pub(super) failures: u32,
    pub(super) since_ns: u64,
}

/// What makes a connection another connection when it changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Settings {
    pub(super) remote: SocketAddr,
    pub(super) local: Option<IpAddr>,
    pub(super) system_id: String,
    pub(super) system_type: String,
    pub(super) password: Vec<u8>,
    pub(super) kind: BindKind,
    pub(super) window: u16,
    /// Speaks TLS to a peer of this name.
    pub(super) tls: Option<String>,
}

/// The connections of the node as one shard sees them.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    pub(super) ours: BTreeMap<ConnectionKey, Dialled>,
    /// Bound ones of the other shards.
    up_there: BTreeSet<ConnectionKey>,
    dialled: u64,
}

impl Connections {
    /// The bound link of a connection of ours.
    pub(crate) fn link(&self, key: ConnectionKey) -> Option<LinkId> {
        self.ours.get(&key).filter(|dialled| dialled.bound)?.link
    }

    /// Can it be sent over, here or on another shard?
    pub(crate) fn is_up(&self, environment: u32, connection: u32) -> bool {
        let key = (environment, connection);
        self.link(key).is_some() || self.up_there.contains(&key)
    }

    /// What another shard said of a connection of its own.
    pub(crate) fn heard(&mut self, key: ConnectionKey, up: bool) {
        if up {
            self.up_there.insert(key);
        } else {
            self.up_there.remove(&key);
        }
    }

    /// Connections without a link, as rows of the board.
    pub(crate) fn down_rows(&self) -> impl Iterator<Item = LinkRow> + '_ {
        let down = self.ours.iter().filter(|(_, dialled)| dialled.link.is_none());
        down.map(|((environment, connection), dialled)| LinkRow {
            role: LinkRole::Connection,
            environment: *environment,
            subject: *connection,
            state: LinkState::Down,
            local: SocketAddr::new(dialled.settings.local.unwrap_or(ANY), 0),
            peer: dialled.settings.remote,
            since_ns: dialled.since_ns,
            received: 0,
            sent: 0,
            outstanding: 0,
        })
    }

    pub(super) fn of_link(&self, id: LinkId) -> Option<ConnectionKey> {
        self.ours.iter().find(|(_, dialled)| dialled.link == Some(id)).map(|(key, _)| *key)
    }

    /// Odd numbers, so that they never meet those of accepted links.
    pub(super) fn next_link(&mut self) -> LinkId {
        self.dialled += 1;
        LinkId(self.dialled * 2 - 1)
    }
}

impl Settings {
    fn of(connection: &ArchivedConnection, password: Option<&Vec<u8>>) -> Self {
        let kind = match connection.bind {
            routing::ArchivedBindKind::Transceiver => BindKind::Transceiver,
            routing::ArchivedBindKind::Transmitter => BindKind::Transmitter,
            routing::ArchivedBindKind::Receiver => BindKind::Receiver,
        };
        Self {
            remote: connection.remote.as_socket_addr(),
            local: connection.local.as_ref().map(|local| local.as_ipaddr()),
            system_id: connection.system_id.to_string(),
            system_type: connection.system_type.to_string(),
            password: password.cloned().unwrap_or_default(),
            kind,
            window: connection.window.to_native().max(1),
            tls: connection.manner.tls.as_ref().map(|tls| tls.name.to_string()),
        }
    }
}

impl Shard {
    /// Makes the links what the plan says: new ones dialled, changed and removed ones closed.
    pub(crate) fn adopt_connections(&mut self) {
        let wanted = self.wanted_connections();
        let known: Vec<ConnectionKey> = self.connections.ours.keys().copied().collect();
        for key in known {
            let Some(dialled) = self.connections.ours.get(&key) else { continue };
            if wanted.get(&key) != Some(&dialled.settings) {
                let link = dialled.link;
                self.connections.ours.remove(&key);
                self.tell_connected(key, false);
                if let Some(link) = link {
                    self.unbind(link);
                }
            }
        }
        let since_ns = self.at.unix_ns;
        for (key, settings) in wanted {
            if let Entry::Vacant(vacant) = self.connections.ours.entry(key) {
                let (link, bound, failures) = (None, false, 0);
                vacant.insert(Dialled { settings, link, bound, failures, since_ns });
                self.dial(key);
            }
        }
    }

    fn wanted_connections(&self) -> BTreeMap<ConnectionKey, Settings> {
        let mut wanted = BTreeMap::new();
        let Some(plan) = self.plan.as_ref() else { return wanted };
        for environment in plan.plan().environments.iter() {
            // A node serves the environments its sockets belong to, and no others.
            if !self.serves(&environment.name) {
                continue;
            }
            for connection in environment.connections.iter().filter(|c| c.enabled) {
                let id = connection.id.to_native();
                if home(id, self.config.shards) == self.config.shard.0 {
                    let settings = Settings::of(connection, plan.secrets.connections.get(&id));
                    wanted.insert((environment.id.to_native(), id), settings);
                }
            }
        }
        wanted
    }

    pub(crate) fn serves(&self, environment: &str) -> bool {
        let entries = self.config.smpp.iter().chain(&self.config.sip);
        entries.into_iter().any(|entry| entry.environment == environment)
    }

    pub(super) fn tell_connected(&mut self, (environment, connection): ConnectionKey, up: bool) {
        for shard in (0..self.config.shards).map(ShardId).filter(|s| *s != self.config.shard) {
            self.out.post(shard, Mail::Connected { environment, connection, up });
        }
    }

    pub(super) fn connection_name(&self, key: ConnectionKey) -> String {
        let plan = self.plan.as_ref();
        let found = plan.and_then(|plan| plan.connection(key.0, key.1));
        found.map_or_else(|| key.1.to_string(), |connection| connection.name.to_string())
    }
}

/// No address in particular.
const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
