//! Ways out: dialled, bound, lost and dialled again.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use routing::board::{LinkRole, LinkRow, LinkState};
use routing::{ArchivedConnection, home};
use smpp::session::{Limits, Role};
use smpp::{Bind, BindKind, BindResp, Frame, Version};

use crate::deadlines::Timer;
use crate::input::{LinkId, ShardId, Unlink};
use crate::limits::{REDIAL_FIRST, REDIAL_LONGEST, WINDOW_DEFAULT};
use crate::mail::Mail;
use crate::output::Plug;
use crate::peers::links::{Asked, Link, Owner};
use crate::shard::Shard;

/// An environment and a connection of it.
type ConnectionKey = (u32, u32);

/// A connection whose link is ours to keep.
#[derive(Debug)]
struct Dialled {
    /// What it was dialled with; another plan may say otherwise.
    settings: Settings,
    link: Option<LinkId>,
    bound: bool,
    /// Failures in a row.
    failures: u32,
    since_ns: u64,
}

/// What makes a connection another connection when it changes.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Settings {
    remote: SocketAddr,
    local: Option<IpAddr>,
    system_id: String,
    system_type: String,
    password: Vec<u8>,
    kind: BindKind,
    window: u16,
}

/// The connections of the node as one shard sees them.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    ours: BTreeMap<ConnectionKey, Dialled>,
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

    fn of_link(&self, id: LinkId) -> Option<ConnectionKey> {
        self.ours.iter().find(|(_, dialled)| dialled.link == Some(id)).map(|(key, _)| *key)
    }

    /// Odd numbers, so that they never meet those of accepted links.
    fn next_link(&mut self) -> LinkId {
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

    fn dial(&mut self, key: ConnectionKey) {
        if self.stopping {
            return;
        }
        let link = self.connections.next_link();
        let Some(dialled) = self.connections.ours.get_mut(&key) else { return };
        if dialled.link.is_some() {
            return;
        }
        dialled.link = Some(link);
        let (local, remote) = (dialled.settings.local, dialled.settings.remote);
        self.out.plugs.push_back(Plug::Dial { link, local, remote });
    }

    /// The link we asked for is there: bind.
    pub(crate) fn handle_dialled(&mut self, id: LinkId, local: SocketAddr, peer: SocketAddr) {
        let key = self.connections.of_link(id).filter(|_| !self.stopping);
        let Some(key) = key else {
            return self.out.plugs.push_back(Plug::Close { link: id });
        };
        let Some(dialled) = self.connections.ours.get(&key) else { return };
        let settings = &dialled.settings;
        let mut link = Link::new(self.at, Role::Client, local, peer);
        (link.environment, link.owner) = (key.0, Owner::Connection(key.1));
        let limits = Limits { outbound: settings.window, inbound: WINDOW_DEFAULT };
        link.session.set_limits(limits);
        let command = settings.kind.command();
        if let Ok(sequence) = link.session.ask(self.at.now, command, Asked::Bind) {
            let bind = Bind {
                kind: settings.kind,
                system_id: settings.system_id.as_bytes(),
                password: &settings.password,
                system_type: settings.system_type.as_bytes(),
                interface_version: Version::V34.0,
                addr_ton: 0,
                addr_npi: 0,
                address_range: b"",
            };
            bind.encode(sequence, link.say());
        }
        self.links.insert(id, link);
        self.touch(id);
        self.arm_link(id);
    }

    /// The answer to our bind.
    pub(crate) fn handle_bind_resp(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let Some(key) = self.connections.of_link(id) else { return self.close(id) };
        let name = self.connection_name(key);
        let status = pdu.header.status;
        let kind = BindKind::of(pdu.header.command).filter(|_| status.is_ok());
        let Some(link) = self.links.get_mut(id) else { return };
        let peer = link.peer;
        let Some(kind) = kind else {
            let note = self.out.warn("bind of a connection refused", name);
            (note.peer, note.detail) = (Some(peer), status.to_string());
            return self.close(id);
        };
        let resp = BindResp::decode(pdu.body).unwrap_or_default();
        let theirs = resp.sc_interface_version.map_or(Version::V33, Version);
        let version = theirs.min(Version::V34).max(Version::V33);
        link.session.handle_bound(self.at.now, kind, version);
        let note = self.out.info("connection bound", name);
        (note.peer, note.detail) = (Some(peer), format!("{kind} SMPP {version}"));
        if let Some(dialled) = self.connections.ours.get_mut(&key) {
            (dialled.bound, dialled.failures) = (kind != BindKind::Receiver, 0);
        }
        self.tell_connected(key, kind != BindKind::Receiver);
        self.pump(key.0, key.1);
    }

    /// A dialled link could not be had.
    pub(crate) fn handle_not_dialled(&mut self, id: LinkId, cause: Unlink) {
        if let Some(key) = self.connections.of_link(id) {
            self.handle_connection_lost(key.0, key.1, cause);
        }
    }

    /// The link of a connection is gone, or never was: dial again after a pause.
    pub(crate) fn handle_connection_lost(
        &mut self,
        environment: u32,
        connection: u32,
        cause: Unlink,
    ) {
        let key = (environment, connection);
        let name = self.connection_name(key);
        let now = self.at;
        let Some(dialled) = self.connections.ours.get_mut(&key) else { return };
        let was_bound = std::mem::replace(&mut dialled.bound, false);
        dialled.link = None;
        dialled.since_ns = now.unix_ns;
        let pause = redial_pause(dialled.failures, key.1);
        dialled.failures = dialled.failures.saturating_add(1);
        let (first, peer) = (dialled.failures == 1, dialled.settings.remote);
        if was_bound || first {
            let note = self.out.warn("connection down", name);
            (note.peer, note.detail) = (Some(peer), format!("{cause:?}"));
        }
        if was_bound {
            self.tell_connected(key, false);
        }
        self.deadlines.arm(now.now + pause, Timer::Connection(environment, connection));
    }

    /// Dial again, or go on sending after a pause.
    pub(crate) fn handle_connection_timer(&mut self, environment: u32, connection: u32) {
        let key = (environment, connection);
        let idle = self.connections.ours.get(&key).is_some_and(|dialled| dialled.link.is_none());
        if idle { self.dial(key) } else { self.pump(environment, connection) }
    }

    fn tell_connected(&mut self, (environment, connection): ConnectionKey, up: bool) {
        for shard in (0..self.config.shards).map(ShardId).filter(|s| *s != self.config.shard) {
            self.out.post(shard, Mail::Connected { environment, connection, up });
        }
    }

    fn connection_name(&self, key: ConnectionKey) -> String {
        let plan = self.plan.as_ref();
        let found = plan.and_then(|plan| plan.connection(key.0, key.1));
        found.map_or_else(|| key.1.to_string(), |connection| connection.name.to_string())
    }
}

/// Doubles with every failure; spread by a quarter so that connections do not dial in step.
fn redial_pause(failures: u32, connection: u32) -> Duration {
    let pause = REDIAL_FIRST.saturating_mul(1 << failures.min(16)).min(REDIAL_LONGEST);
    pause - pause.mul_f64(f64::from(connection.wrapping_mul(2_654_435_761) >> 24) / 1024.0)
}

/// No address in particular.
const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
