//! Ways out: dialled, bound, lost and dialled again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use routing::board::{LinkRole, LinkRow, LinkState};
use routing::{ArchivedConnection, Manner, Meaning, Timers, home};
use smpp::{BindKind, Status, Version};

use crate::egress::pace::Agreed;
use crate::input::{LinkId, ShardId};
use crate::limits::CONNECTION_LINKS_MAX;
use crate::mail::Mail;
use crate::peers::trunks::{self, Trunk, Trunks};
use crate::shard::Shard;

/// An environment and a connection of it.
pub(super) type ConnectionKey = (u32, u32);

/// A connection whose links are ours to keep.
///
/// Its links are dialled one after the other: while none is bound, only one is under way, so
/// that a peer that refuses is asked once and not once for each link.
#[derive(Debug)]
pub(super) struct Dialled {
    /// What it was dialled with; another plan may say otherwise.
    pub(super) settings: Settings,
    pub(super) terms: Terms,
    /// One for each link it shall have.
    pub(super) slots: Vec<Slot>,
    /// Failures in a row.
    pub(super) failures: u32,
    /// How the peer refused the last bind, if it did.
    pub(super) refused: Option<Status>,
    /// Nothing is dialled before this, after a failure.
    pub(super) not_before: Option<Instant>,
}

/// A place for one link.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) kind: BindKind,
    pub(super) link: Option<LinkId>,
    /// Since when it is bound.
    pub(super) bound: Option<Instant>,
    pub(super) since_ns: u64,
}

/// How Sms travel over a connection; another plan changes it without another bind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Terms {
    /// The next hop is another environment of ours.
    pub(crate) is_ours: bool,
    pub(crate) agreed: Agreed,
    pub(crate) manner: Manner,
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
    pub(super) links: u8,
    pub(super) version: Version,
    pub(super) window: u16,
    pub(super) timers: Timers,
    /// Speaks TLS to a peer of this name.
    pub(super) tls: Option<String>,
    /// The peer dials us and says outbind.
    pub(super) awaited: bool,
}

/// The connections of the node as one shard sees them.
#[derive(Debug, Default)]
pub(crate) struct Connections {
    pub(super) ours: BTreeMap<ConnectionKey, Dialled>,
    /// Bound ones of the other shards.
    up_there: BTreeSet<ConnectionKey>,
    /// Those that speak SIP.
    pub(crate) trunks: Trunks,
    dialled: u64,
}

impl Connections {
    /// The bound links of a connection of ours that send.
    pub(crate) fn senders(&self, key: ConnectionKey) -> impl Iterator<Item = LinkId> + '_ {
        self.ours.get(&key).into_iter().flat_map(Dialled::senders)
    }

    /// How Sms travel over a connection of ours.
    pub(crate) fn terms(&self, key: ConnectionKey) -> Option<&Terms> {
        let smpp = self.ours.get(&key).map(|dialled| &dialled.terms);
        smpp.or_else(|| Some(&self.trunks.ours.get(&key)?.terms))
    }

    /// Is it one of ours that speaks SIP?
    pub(crate) fn is_trunk(&self, key: ConnectionKey) -> bool {
        self.trunks.ours.contains_key(&key)
    }

    /// Can it be sent over, here or on another shard?
    pub(crate) fn is_up(&self, environment: u32, connection: u32) -> bool {
        let key = (environment, connection);
        let answers = || self.trunks.ours.get(&key).is_some_and(Trunk::is_up);
        self.senders(key).next().is_some() || answers() || self.up_there.contains(&key)
    }

    /// Ours, in order.
    pub(crate) fn keys(&self) -> Vec<ConnectionKey> {
        self.ours.keys().chain(self.trunks.ours.keys()).copied().collect()
    }

    /// Is it down for longer than a blink: was it dialled again in vain?
    pub(crate) fn is_lost(&self, key: ConnectionKey) -> bool {
        let lost = |dialled: &Dialled| dialled.failures > 1 && dialled.senders().next().is_none();
        let silent = |trunk: &Trunk| !trunk.is_up() || trunk.held_until.is_some();
        let trunk = self.trunks.ours.get(&key);
        self.ours.get(&key).is_some_and(lost) || trunk.is_some_and(silent)
    }

    /// Is one of ours?
    pub(crate) fn has_lost(&self) -> bool {
        self.ours.keys().chain(self.trunks.ours.keys()).any(|key| self.is_lost(*key))
    }

    /// What another shard said of a connection of its own.
    pub(crate) fn heard(&mut self, key: ConnectionKey, up: bool) {
        if up {
            self.up_there.insert(key);
        } else {
            self.up_there.remove(&key);
        }
    }

    /// Places without a link, as rows of the board.
    pub(crate) fn down_rows(&self) -> impl Iterator<Item = LinkRow> + '_ {
        let slots = |(key, dialled): (&ConnectionKey, &Dialled)| {
            let down = dialled.slots.iter().filter(|slot| slot.link.is_none());
            let (key, settings) = (*key, dialled.settings.clone());
            down.map(move |slot| (key, settings.clone(), slot.since_ns)).collect::<Vec<_>>()
        };
        let down = self.ours.iter().flat_map(slots);
        down.map(|((environment, subject), settings, since_ns)| LinkRow {
            role: LinkRole::Connection,
            environment,
            subject,
            state: LinkState::Down,
            local: SocketAddr::new(settings.local.unwrap_or(ANY), 0),
            peer: settings.remote,
            since_ns,
            received: 0,
            sent: 0,
            outstanding: 0,
            window: 0,
            owed: 0,
            rate_in: 0,
            rate_out: 0,
            congestion: None,
        })
    }

    /// Whose link it is, and at which of its places.
    pub(super) fn of_link(&self, id: LinkId) -> Option<(ConnectionKey, usize)> {
        let place = |dialled: &Dialled| dialled.slots.iter().position(|s| s.link == Some(id));
        self.ours.iter().find_map(|(key, dialled)| Some((*key, place(dialled)?)))
    }

    /// Numbers of links that are there already are not given again.
    pub(super) fn knows_link(&mut self, id: LinkId) {
        self.dialled = self.dialled.max(id.0.div_ceil(2));
    }

    /// Odd numbers, so that they never meet those of accepted links.
    pub(super) fn next_link(&mut self) -> LinkId {
        self.dialled += 1;
        LinkId(self.dialled * 2 - 1)
    }
}

impl Dialled {
    fn new(settings: Settings, terms: Terms, since_ns: u64) -> Self {
        let slot = |kind| Slot { kind, link: None, bound: None, since_ns };
        let slots = (0..settings.links).flat_map(|_| settings.kinds()).copied().map(slot);
        let slots = slots.collect();
        Self { settings, terms, slots, failures: 0, refused: None, not_before: None }
    }

    pub(super) fn senders(&self) -> impl Iterator<Item = LinkId> + '_ {
        let sends = |slot: &&Slot| slot.bound.is_some() && slot.kind != BindKind::Receiver;
        self.slots.iter().filter(sends).filter_map(|slot| slot.link)
    }
}

impl Terms {
    fn of(connection: &ArchivedConnection) -> Self {
        let manner = connection.manner.thawed();
        let agreed = Agreed { tps: connection.tps.to_native(), burst: manner.burst };
        Self { is_ours: connection.count_hops, agreed, manner }
    }

    /// What was agreed for a command_status.
    pub(crate) fn meaning(&self, status: u32) -> Option<Meaning> {
        let agreed = self.manner.verdicts.iter().find(|(listed, _)| *listed == status);
        agreed.map(|(_, meaning)| *meaning)
    }
}

impl Settings {
    /// SMPP 3.3 has no transceiver: a transmitter and a receiver do its work.
    fn kinds(&self) -> &'static [BindKind] {
        match self.kind {
            BindKind::Transceiver if self.version.has_tlvs() => &[BindKind::Transceiver],
            BindKind::Transceiver => &[BindKind::Transmitter, BindKind::Receiver],
            BindKind::Transmitter => &[BindKind::Transmitter],
            BindKind::Receiver => &[BindKind::Receiver],
        }
    }

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
            links: connection.manner.links.clamp(1, CONNECTION_LINKS_MAX),
            version: match connection.manner.version {
                0 => Version::V34,
                version => Version(version).spoken(),
            },
            window: connection.window.to_native().max(1),
            timers: connection.manner.dialect.timers.thawed(),
            tls: connection.manner.tls.as_ref().map(|tls| tls.name.to_string()),
            awaited: connection.manner.outbind.is_some(),
        }
    }
}

impl Shard {
    /// Makes the links what the plan says: new ones dialled, changed and removed ones closed.
    pub(crate) fn adopt_connections(&mut self) {
        let (mut wanted, trunks) = self.wanted_connections();
        self.adopt_trunks(trunks);
        let known: Vec<ConnectionKey> = self.connections.ours.keys().copied().collect();
        for key in known {
            let Some(dialled) = self.connections.ours.get_mut(&key) else { continue };
            match wanted.remove(&key) {
                Some((settings, terms)) if settings == dialled.settings => dialled.terms = terms,
                changed => {
                    let links: Vec<_> = dialled.slots.iter().filter_map(|s| s.link).collect();
                    self.connections.ours.remove(&key);
                    self.tell_connected(key, false);
                    links.into_iter().for_each(|link| self.unbind(link));
                    if let Some(changed) = changed {
                        wanted.insert(key, changed);
                    }
                }
            }
        }
        let since_ns = self.at.unix_ns;
        for (key, (settings, terms)) in wanted {
            self.connections.ours.insert(key, Dialled::new(settings, terms, since_ns));
            self.take_up_connection(key);
            self.dial(key);
        }
    }

    fn wanted_connections(&self) -> (Wanted<Settings>, Wanted<trunks::Settings>) {
        let (mut wanted, mut trunks) = (BTreeMap::new(), BTreeMap::new());
        let Some(plan) = self.plan.as_ref() else { return (wanted, trunks) };
        for environment in plan.plan().environments.iter() {
            // A node serves the environments its sockets belong to, and no others.
            if !self.serves(&environment.name) {
                continue;
            }
            for connection in environment.connections.iter().filter(|c| c.enabled) {
                let id = connection.id.to_native();
                if home(id, self.config.shards) == self.config.shard.0 {
                    let password = plan.secrets.connections.get(&id);
                    let key = (environment.id.to_native(), id);
                    match trunks::Settings::of(connection, password) {
                        Some(trunk) => {
                            trunks.insert(key, (trunk, Terms::of_trunk(connection)));
                        }
                        None => {
                            let settings = Settings::of(connection, password);
                            wanted.insert(key, (settings, Terms::of(connection)));
                        }
                    }
                }
            }
        }
        (wanted, trunks)
    }

    pub(crate) fn serves(&self, environment: &str) -> bool {
        let entries = self.config.streams.iter().chain(&self.config.sip);
        entries.into_iter().any(|entry| entry.environment == environment)
    }

    pub(super) fn tell_connected(&mut self, (environment, connection): ConnectionKey, up: bool) {
        for shard in (0..self.config.shards).map(ShardId).filter(|s| *s != self.config.shard) {
            self.out.post(shard, Mail::Connected { environment, connection, up });
        }
        if up && self.connections.has_lost() {
            self.look_for_ways();
        }
    }

    pub(crate) fn connection_name(&self, key: ConnectionKey) -> String {
        let plan = self.plan.as_ref();
        let found = plan.and_then(|plan| plan.connection(key.0, key.1));
        found.map_or_else(|| key.1.to_string(), |connection| connection.name.to_string())
    }
}

/// What the plan says of the connections of one protocol.
type Wanted<S> = BTreeMap<ConnectionKey, (S, Terms)>;

/// No address in particular.
pub(super) const ANY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
