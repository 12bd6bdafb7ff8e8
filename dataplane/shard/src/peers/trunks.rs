//! Connections that speak SIP: their hops, and which of them answer.
//!
//! A trunk has one hop for each address of its other end, best first. A hop over UDP is believed
//! in until it fails to answer; one over a stream is there while its connection stands, which is
//! dialled as soon as the plan names it and again whenever it is lost. Who is silent is asked by
//! OPTIONS ([`probe`](super::probe)). A trunk is up while one of its hops is.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use routing::board::{LinkRole, LinkRow, LinkState};
use routing::{ArchivedConnection, Cidr, Hop, Transport};

use crate::egress::pace::Agreed;
use crate::input::LinkId;
use crate::peers::connections::{ANY, ConnectionKey, Terms};
use crate::peers::enrolment::Enrolment;
use crate::peers::lines::Line;
use crate::shard::Shard;

/// A connection that speaks SIP, kept by this shard.
#[derive(Debug)]
pub(crate) struct Trunk {
    pub(crate) settings: Settings,
    pub(crate) terms: Terms,
    pub(crate) hops: Vec<HopState>,
    /// MESSAGEs of ours that await their final response.
    pub(crate) outstanding: usize,
    /// It asked for a pause; nothing is sent before this.
    pub(crate) held_until: Option<Instant>,
    /// What it challenged us with last, to answer before we are asked.
    pub(crate) challenge: Option<Challenged>,
    /// When the operator last heard that it does not take our password.
    pub(crate) alarmed: Option<Instant>,
    /// How we are registered there.
    pub(crate) enrolment: Enrolment,
}

/// What makes a trunk another trunk when it changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) trunk: routing::Trunk,
    pub(crate) local: Option<IpAddr>,
    pub(crate) password: Vec<u8>,
    pub(crate) window: u16,
}

/// A challenge that is kept (RFC 7616 §3.3).
#[derive(Clone, Debug)]
pub(crate) struct Challenged {
    pub(crate) realm: String,
    pub(crate) nonce: String,
    pub(crate) algorithm: sip::Algorithm,
    pub(crate) opaque: Option<String>,
    /// Of our password there.
    pub(crate) ha1: sip::digest::Ha1,
    /// Did a proxy ask (407), or the server itself (401)?
    pub(crate) by_proxy: bool,
    /// How often its nonce was used.
    pub(crate) uses: u32,
}

/// One address of a trunk and how it is.
#[derive(Debug)]
pub(crate) struct HopState {
    pub(crate) hop: Hop,
    /// By what requests leave: a socket of ours, or the connection if it stands.
    pub(crate) line: Option<Line>,
    /// The connection that was dialled.
    pub(crate) link: Option<LinkId>,
    pub(crate) is_up: bool,
    /// Questions in a row without an answer.
    pub(crate) misses: u8,
    /// When it is asked whether it lives; `None` is not at all.
    pub(crate) probe_at: Option<Instant>,
    /// It is being asked.
    pub(crate) is_probed: bool,
    /// How often it could not be dialled, in a row.
    pub(crate) failures: u32,
    /// It is not dialled before this.
    pub(crate) not_before: Option<Instant>,
    pub(crate) since_ns: u64,
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// The trunks of a node as one shard sees them.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    pub(crate) ours: BTreeMap<ConnectionKey, Trunk>,
    /// From where MESSAGEs of trunks come, those of other shards too: environment, addresses and
    /// connection.
    sources: Vec<(u32, Cidr, u32)>,
    /// The trunks to which an environment's REGISTERs go.
    registrars: BTreeMap<u32, u32>,
}

impl Trunks {
    /// The trunk whose MESSAGEs come from an address.
    pub(crate) fn source(&self, environment: u32, peer: IpAddr) -> Option<u32> {
        let peer = peer.to_canonical();
        let from = |(of, block, _): &&(u32, Cidr, u32)| *of == environment && block.contains(peer);
        self.sources.iter().find(from).map(|(.., connection)| *connection)
    }

    /// The trunk to which the REGISTERs of an environment go, if they do not end here.
    pub(crate) fn registrar(&self, environment: u32) -> Option<u32> {
        self.registrars.get(&environment).copied()
    }

    /// Whose connection it is that was dialled, and which hop of it.
    pub(crate) fn of_link(&self, id: LinkId) -> Option<(ConnectionKey, usize)> {
        let place = |trunk: &Trunk| trunk.hops.iter().position(|hop| hop.link == Some(id));
        self.ours.iter().find_map(|(key, trunk)| Some((*key, place(trunk)?)))
    }

    /// The hops of our trunks as rows of the board.
    pub(crate) fn rows(&self) -> impl Iterator<Item = LinkRow> + '_ {
        self.ours.iter().flat_map(|(key, trunk)| {
            trunk.hops.iter().map(move |hop| LinkRow {
                role: LinkRole::Connection,
                environment: key.0,
                subject: key.1,
                state: match (hop.is_up, hop.line) {
                    (true, _) => LinkState::Up,
                    (false, Some(_)) => LinkState::Open,
                    (false, None) => LinkState::Down,
                },
                local: SocketAddr::new(trunk.settings.local.unwrap_or(ANY), 0),
                peer: hop.hop.address,
                since_ns: hop.since_ns,
                received: hop.received,
                sent: hop.sent,
                outstanding: u32::try_from(trunk.outstanding).unwrap_or(u32::MAX),
                window: trunk.settings.window.into(),
                owed: 0,
                rate_in: 0,
                rate_out: 0,
                congestion: None,
            })
        })
    }
}

impl Trunk {
    fn new(settings: Settings, terms: Terms) -> Self {
        Self {
            settings,
            terms,
            hops: Vec::new(),
            outstanding: 0,
            held_until: None,
            challenge: None,
            alarmed: None,
            enrolment: Enrolment::default(),
        }
    }

    /// Does one of its hops answer?
    pub(crate) fn is_up(&self) -> bool {
        self.hops.iter().any(|hop| hop.is_up)
    }

    /// How many MESSAGEs may leave now.
    pub(crate) fn room(&self) -> usize {
        let may = self.is_up() && self.held_until.is_none();
        let window = usize::from(self.settings.window.max(1));
        if may { window.saturating_sub(self.outstanding) } else { 0 }
    }

    /// Where the next request goes: of the hops that answer, one of the best, by the lot and
    /// their weights (RFC 2782); only streams for what no datagram may carry.
    pub(crate) fn choose(&self, lot: u64, by_stream: bool) -> Option<usize> {
        let fits = |hop: &HopState| {
            hop.is_up && hop.line.is_some() && (!by_stream || hop.hop.transport.is_stream())
        };
        let open = || self.hops.iter().enumerate().filter(|(_, hop)| fits(hop));
        let best = open().map(|(_, hop)| hop.hop.priority).min()?;
        let among = || open().filter(|(_, hop)| hop.hop.priority == best);
        // The first of equal weights 0 stands for all: they are in the order in which they stand
        // in the plan.
        let total: u64 = among().map(|(_, hop)| u64::from(hop.hop.weight)).sum();
        let mut lot = if total == 0 { 0 } else { lot % total };
        for (at, hop) in among() {
            let weight = u64::from(hop.hop.weight);
            if lot < weight || total == 0 {
                return Some(at);
            }
            lot -= weight;
        }
        None
    }

    /// Has it a stream at all?
    pub(crate) fn has_stream(&self) -> bool {
        self.hops.iter().any(|hop| hop.hop.transport.is_stream())
    }

    /// The hop at an address.
    pub(crate) fn hop_at(&self, address: SocketAddr, transport: Transport) -> Option<usize> {
        let same = |hop: &HopState| hop.hop.address == address && hop.hop.transport == transport;
        self.hops.iter().position(same)
    }
}

impl Settings {
    pub(crate) fn of(connection: &ArchivedConnection, password: Option<&Vec<u8>>) -> Option<Self> {
        Some(Self {
            trunk: connection.trunk()?.thawed(),
            local: connection.local.as_ref().map(|local| local.as_ipaddr()),
            password: password.cloned().unwrap_or_default(),
            window: connection.window.to_native(),
        })
    }
}

impl Settings {
    /// Would we register there alike?
    fn enrols_like(&self, other: &Self) -> bool {
        let said = |of: &Self| (of.trunk.register_secs, of.local, of.password.clone());
        let named = |of: &Self| (of.trunk.username.clone(), of.trunk.host.clone());
        said(self) == said(other)
            && named(self) == named(other)
            && self.trunk.domain == other.trunk.domain
    }
}

impl Terms {
    /// One MESSAGE to one number at a time (RFC 3428 §8), whoever sends it.
    pub(super) fn of_trunk(connection: &ArchivedConnection) -> Self {
        let mut manner = connection.manner.thawed();
        manner.in_order = true;
        // A MESSAGE carries a text whole, and the final response is all that is ever heard.
        (manner.segments, manner.always_ask) = (routing::Segmenting::Payload, false);
        let agreed = Agreed { tps: connection.tps.to_native(), burst: manner.burst };
        Self { is_ours: connection.count_hops, agreed, manner }
    }
}

impl Shard {
    /// Makes the trunks what the plan says. What is on its way keeps going; connections of hops
    /// that are no more are closed when they were idle long enough.
    pub(super) fn adopt_trunks(&mut self, wanted: BTreeMap<ConnectionKey, (Settings, Terms)>) {
        self.adopt_sources();
        let gone: Vec<ConnectionKey> = self.connections.trunks.ours.keys().copied().collect();
        for key in gone.into_iter().filter(|key| !wanted.contains_key(key)) {
            self.connections.trunks.ours.remove(&key);
            self.tell_connected(key, false);
        }
        for (key, (settings, terms)) in wanted {
            let trunks = &mut self.connections.trunks.ours;
            let trunk = trunks.entry(key).or_insert_with(|| {
                Trunk::new(Settings { window: 0, ..settings.clone() }, terms.clone())
            });
            trunk.terms = terms;
            if trunk.settings == settings {
                continue;
            }
            let was_up = trunk.is_up();
            let enrols_anew =
                trunk.enrolment.began_ns == 0 || !trunk.settings.enrols_like(&settings);
            if trunk.settings.password != settings.password
                || trunk.settings.trunk.username != settings.trunk.username
            {
                trunk.challenge = None;
            }
            let same_end = trunk.settings.local == settings.local;
            let mut known = std::mem::take(&mut trunk.hops);
            known.retain(|_| same_end);
            trunk.settings = settings.clone();
            for hop in &settings.trunk.hops {
                let place = known.iter().position(|state| state.hop.is_at(hop));
                let state = place.map(|at| known.swap_remove(at));
                let state = match state {
                    Some(state) => HopState { hop: hop.clone(), ..state },
                    None => self.new_hop(key, hop, settings.local),
                };
                if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
                    trunk.hops.push(state);
                }
            }
            let is_up = self.connections.trunks.ours.get(&key).is_some_and(Trunk::is_up);
            if is_up != was_up {
                self.tell_connected(key, is_up);
            }
            self.dial_trunk(key);
            self.probe_trunk(key);
            if enrols_anew {
                self.enrol_anew(key);
            }
            self.pump(key.0, key.1);
        }
    }

    fn new_hop(&self, key: ConnectionKey, hop: &Hop, local: Option<IpAddr>) -> HopState {
        let line = match hop.transport.is_stream() {
            true => None,
            false => self.socket_towards(key.0, hop.address, local),
        };
        HopState {
            hop: hop.clone(),
            line,
            link: None,
            is_up: line.is_some(),
            misses: 0,
            probe_at: Some(self.at.now),
            is_probed: false,
            failures: 0,
            not_before: None,
            since_ns: self.at.unix_ns,
            sent: 0,
            received: 0,
        }
    }

    /// From where MESSAGEs of trunks come. Every shard knows, since every one may hear them.
    fn adopt_sources(&mut self) {
        let (mut sources, mut registrars) = (Vec::new(), BTreeMap::new());
        if let Some(plan) = &self.plan {
            for environment in plan.plan().environments.iter() {
                let of = environment.id.to_native();
                if environment.registrar != 0 {
                    registrars.insert(of, environment.registrar.to_native());
                }
                for connection in environment.connections.iter().filter(|one| one.enabled) {
                    let Some(trunk) = connection.trunk() else { continue };
                    let (id, trunk) = (connection.id.to_native(), trunk.thawed());
                    let said = trunk.sources.iter().map(|block| (of, *block, id));
                    sources.extend(said);
                    if trunk.sources.is_empty() {
                        let hops = trunk.hops.iter().map(|hop| Cidr::host(hop.address.ip()));
                        sources.extend(hops.map(|block| (of, block, id)));
                    }
                }
            }
        }
        self.connections.trunks.sources = sources;
        self.connections.trunks.registrars = registrars;
    }
}

#[cfg(test)]
mod tests;
