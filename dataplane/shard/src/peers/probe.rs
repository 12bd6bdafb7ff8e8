//! Which hops of a trunk answer: OPTIONS to the idle ones (RFC 3261 §11), and connections to
//! those that are reached by a stream.
//!
//! ```text
//!                 two questions in a row without an answer, or its connection is gone
//!        Up ───────────────────────────────────────────────────────────────▶ Down
//!         ◀──── any final response but 408 and 503, or its connection stands ────
//! ```
//! Every final response counts, also one to a MESSAGE: only a hop that is silent is asked.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use routing::Transport;

use crate::config::{Entry, Speaks};
use crate::deadlines::Timer;
use crate::input::{LinkId, SocketId, Unlink};
use crate::limits::{PROBE_AGAIN, PROBE_BLIND, PROBE_MISSES, REDIAL_FIRST, TRUNK_KEPT};
use crate::output::Plug;
use crate::peers::connections::ConnectionKey;
use crate::peers::dial::{redial_pause, spread};
use crate::peers::flows::{Flow, Wire};
use crate::peers::lines::{FlowId, Line, Place};
use crate::peers::trunks::Trunk;
use crate::shard::Shard;

impl Shard {
    /// The socket of an environment from which an address can be reached.
    pub(super) fn socket_towards(
        &self,
        environment: u32,
        remote: SocketAddr,
        local: Option<IpAddr>,
    ) -> Option<Line> {
        let name = &self.plan.as_ref()?.environment(environment)?.name;
        let fits = |address: SocketAddr| {
            address.is_ipv4() == remote.is_ipv4() && local.is_none_or(|ip| ip == address.ip())
        };
        let ours = |entry: &Entry| *name == entry.environment && fits(entry.address);
        let place = self.config.sip.iter().position(ours)?;
        Some(Line::Socket(SocketId(place as u16)))
    }

    /// The address we give as ours on a connection that we dial: a listener of the environment
    /// for the same transport, else any place where it hears SIP.
    fn place_towards(&self, environment: u32, secure: bool) -> Option<Place> {
        let name = &self.plan.as_ref()?.environment(environment)?.name;
        let wanted = if secure { Transport::Tls } else { Transport::Tcp };
        let listens =
            |entry: &Entry| *name == entry.environment && entry.speaks == Speaks::Sip(wanted);
        let stream = self.config.streams.iter().position(listens);
        let socket = || self.config.sip.iter().position(|entry| *name == entry.environment);
        let stream = stream.map(|at| Place::Stream(at as u16));
        stream.or_else(|| socket().map(|at| Place::Socket(at as u16)))
    }

    /// Dials the hops that are reached by a stream and have none.
    pub(super) fn dial_trunk(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        if self.stopping {
            return;
        }
        let Self { connections, out, .. } = self;
        let missing: Vec<usize> = match connections.trunks.ours.get(&key) {
            Some(trunk) => (0..trunk.hops.len())
                .filter(|at| {
                    let hop = &trunk.hops[*at];
                    let is_free = hop.link.is_none() && hop.hop.transport.is_stream();
                    is_free && hop.not_before.is_none_or(|until| until <= now)
                })
                .collect(),
            None => return,
        };
        for at in missing {
            let link = connections.next_link();
            let Some(trunk) = connections.trunks.ours.get_mut(&key) else { return };
            let (hop, local) = (&mut trunk.hops[at], trunk.settings.local);
            hop.link = Some(link);
            let tls = hop.hop.transport.is_secure().then(|| hop.hop.name.clone());
            out.plugs.push_back(Plug::Dial { link, local, remote: hop.hop.address, tls });
        }
    }

    /// A connection we dialled stands; says whether it is one of a trunk.
    pub(super) fn trunk_linked(&mut self, id: LinkId, peer: SocketAddr) -> bool {
        let Some((key, at)) = self.connections.trunks.of_link(id) else { return false };
        let secure = self.connections.trunks.ours[&key].hops[at].hop.transport.is_secure();
        let Some(place) = self.place_towards(key.0, secure).filter(|_| !self.stopping) else {
            self.out.plugs.push_back(Plug::Close { link: id });
            return true;
        };
        let listener = place.dialled(secure);
        let wire = Wire::Stream(sip::Framer::default());
        self.flows.insert(id, Flow::new(self.at.now, listener, peer, wire));
        self.keep_flow(id, TRUNK_KEPT);
        let line = Line::Flow(FlowId { shard: self.config.shard, listener, link: id });
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            let hop = &mut trunk.hops[at];
            (hop.line, hop.failures, hop.misses) = (Some(line), 0, 0);
            hop.probe_at = Some(self.at.now);
        }
        self.set_hop(key, at, true);
        self.probe_trunk(key);
        true
    }

    /// A connection of a trunk is gone, or could not be had: dial again after a pause. Says
    /// whether it was one of a trunk.
    pub(crate) fn trunk_lost(&mut self, id: LinkId, cause: Unlink) -> bool {
        let Some((key, at)) = self.connections.trunks.of_link(id) else { return false };
        let now = self.at;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return true };
        let hop = &mut trunk.hops[at];
        let was_there = hop.line.take().is_some();
        (hop.link, hop.is_probed) = (None, false);
        let pause = match was_there {
            true => REDIAL_FIRST,
            false => redial_pause(hop.failures),
        };
        let until = now.now + spread(pause, (key, hop.failures, now.unix_ns));
        hop.failures = if was_there { 0 } else { hop.failures.saturating_add(1) };
        hop.not_before = Some(until);
        let (first, peer) = (hop.failures == 1, hop.hop.address);
        self.deadlines.arm(until, Timer::Connection(key.0, key.1));
        if first && !was_there {
            let name = self.connection_name(key);
            let note = self.out.warn("trunk cannot be dialled", name);
            (note.peer, note.detail) = (Some(peer), format!("{cause:?}"));
        }
        self.set_hop(key, at, false);
        true
    }

    /// A hop answered with this status, or was dialled.
    pub(crate) fn hop_heard(&mut self, key: ConnectionKey, at: usize, status: u16) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let every = trunk.probe_every();
        let Some(hop) = trunk.hops.get_mut(at) else { return };
        hop.received += 1;
        if matches!(status, 408 | 503) {
            return;
        }
        (hop.misses, hop.is_probed) = (0, false);
        hop.probe_at = every.map(|every| now + every);
        if let Some(Line::Flow(flow)) = hop.line {
            self.keep_flow(flow.link, TRUNK_KEPT);
        }
        self.set_hop(key, at, true);
    }

    /// A hop did not answer, or answered that it cannot.
    pub(crate) fn hop_missed(&mut self, key: ConnectionKey, at: usize) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let every = trunk.probe_every();
        let Some(hop) = trunk.hops.get_mut(at) else { return };
        hop.is_probed = false;
        hop.misses = hop.misses.saturating_add(1);
        let is_down = hop.misses >= PROBE_MISSES;
        let pause = if is_down { every.unwrap_or(PROBE_BLIND) } else { PROBE_AGAIN };
        hop.probe_at = Some(now + pause);
        self.deadlines.arm(now + pause, Timer::Probe(key.0, key.1));
        if is_down {
            self.set_hop(key, at, false);
        }
    }

    /// It answers, or does not; the others hear when that changes what the trunk can do.
    fn set_hop(&mut self, key: ConnectionKey, at: usize, is_up: bool) {
        let since_ns = self.at.unix_ns;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let was_up = trunk.is_up();
        let Some(hop) = trunk.hops.get_mut(at) else { return };
        if hop.is_up == is_up {
            return;
        }
        (hop.is_up, hop.since_ns) = (is_up, since_ns);
        let (peer, transport, now_up) = (hop.hop.address, hop.hop.transport, trunk.is_up());
        let name = self.connection_name(key);
        let note = match is_up {
            true => self.out.info("trunk answers", name),
            false => self.out.warn("trunk does not answer", name),
        };
        (note.peer, note.detail) = (Some(peer), transport.to_string());
        self.enrol_elsewhere(key, (peer, transport), is_up);
        if was_up != now_up {
            self.tell_connected(key, now_up);
            self.outlook_changed();
        }
        if now_up {
            self.pump(key.0, key.1);
        } else if was_up {
            self.look_for_ways();
        }
    }

    /// Asks the hops whose time has come whether they live.
    pub(crate) fn probe_trunk(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let asks = trunk.settings.trunk.probe_ms > 0;
        let mut due = Vec::new();
        let mut next = None;
        for (at, hop) in trunk.hops.iter_mut().enumerate() {
            let wanted = asks || !hop.is_up;
            let Some(when) = hop.probe_at.filter(|_| wanted && hop.line.is_some()) else {
                continue;
            };
            if when > now {
                next = next.into_iter().chain([when]).min();
            } else if !hop.is_probed {
                hop.is_probed = true;
                due.push(at);
            }
        }
        if let Some(next) = next {
            self.deadlines.arm(next, Timer::Probe(key.0, key.1));
        }
        due.into_iter().for_each(|at| self.send_probe(key, at));
    }

    /// A pause that a trunk asked for is over.
    pub(super) fn release_trunk(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key)
            && trunk.held_until.is_some_and(|until| until <= now)
        {
            trunk.held_until = None;
            self.outlook_changed();
        }
    }
}

impl Trunk {
    /// How often an idle hop is asked.
    fn probe_every(&self) -> Option<Duration> {
        let every = self.settings.trunk.probe_ms;
        (every > 0).then(|| Duration::from_millis(every.into()))
    }
}
