//! Links to next hops: dialled, bound, lost and dialled again.

use std::net::SocketAddr;
use std::time::Duration;

use routing::Timers;
use smpp::session::{Limits, Patience, Role, Session};
use smpp::{Bind, BindKind, BindResp, Frame, Status, Version};

use crate::deadlines::Timer;
use crate::input::{LinkId, Unlink};
use crate::limits::{
    REDIAL_FIRST, REDIAL_LONGEST, REFUSED_FIRST, REFUSED_LONGEST, STEADY, WINDOW_DEFAULT,
};
use crate::output::Plug;
use crate::peers::connections::ConnectionKey;
use crate::peers::links::{Asked, Link, Owner};
use crate::shard::Shard;
use crate::tables::digest_of;

impl Shard {
    /// Dials the links that are missing, if the time for it has come: all of them when one is
    /// bound, else the first one.
    pub(super) fn dial(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        if self.connections.ours.get(&key).is_some_and(|dialled| dialled.settings.awaited) {
            return self.await_outbind(key);
        }
        if self.handover.is_on() {
            return;
        }
        let Self { connections, out, stopping, .. } = self;
        loop {
            let Some(dialled) = connections.ours.get(&key).filter(|_| !*stopping) else { return };
            let is_welcome = dialled.slots.iter().any(|slot| slot.bound.is_some());
            let is_trying = dialled.slots.iter().any(|slot| slot.link.is_some());
            if dialled.not_before.is_some_and(|until| until > now) || is_trying && !is_welcome {
                return;
            }
            let Some(missing) = dialled.slots.iter().position(|slot| slot.link.is_none()) else {
                return;
            };
            let link = connections.next_link();
            let Some(dialled) = connections.ours.get_mut(&key) else { return };
            dialled.slots[missing].link = Some(link);
            let (local, remote) = (dialled.settings.local, dialled.settings.remote);
            let tls = dialled.settings.tls.clone();
            out.plugs.push_back(Plug::Dial { link, local, remote, tls });
        }
    }

    /// The link we asked for is there: bind.
    pub(crate) fn handle_dialled(&mut self, id: LinkId, local: SocketAddr, peer: SocketAddr) {
        let place = self.connections.of_link(id).filter(|_| !self.stopping);
        let Some(place) = place else {
            if self.trunk_linked(id, peer) {
                return;
            }
            if !self.say_outbind(id, local, peer) {
                self.out.plugs.push_back(Plug::Close { link: id });
            }
            return;
        };
        let link = Link::new(self.at, Role::Client, local, peer);
        self.begin_bind(place, id, link);
    }

    /// Binds on a link that has just opened.
    pub(super) fn begin_bind(
        &mut self,
        (key, at): (ConnectionKey, usize),
        id: LinkId,
        mut link: Link,
    ) {
        let Some(dialled) = self.connections.ours.get(&key) else { return };
        let (settings, kind) = (&dialled.settings, dialled.slots[at].kind);
        (link.environment, link.owner) = (key.0, Owner::Connection(key.1));
        let limits = Limits { outbound: settings.window, inbound: WINDOW_DEFAULT };
        let patience = patience(settings.timers);
        link.session = Session::new(self.at.now, Role::Client, limits, patience);
        if settings.awaited {
            link.session.handle_outbind();
        }
        if let Ok(sequence) = link.session.ask(self.at.now, kind.command(), Asked::Bind) {
            let bind = Bind {
                kind,
                system_id: settings.system_id.as_bytes(),
                password: &settings.password,
                system_type: settings.system_type.as_bytes(),
                interface_version: settings.version.0,
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
        let status = pdu.header.status;
        let Some((key, at)) = self.connections.of_link(id) else { return self.close(id) };
        let Some(dialled) = self.connections.ours.get_mut(&key) else { return };
        let Some(kind) = BindKind::of(pdu.header.command).filter(|_| status.is_ok()) else {
            dialled.refused = Some(status);
            return self.close(id);
        };
        let resp = BindResp::decode(pdu.body).unwrap_or_default();
        // Who does not say what it speaks understands no TLVs (SMPP 3.4 §5.3.2.25).
        let theirs = resp.sc_interface_version.map_or(Version::V33, Version);
        let version = theirs.min(dialled.settings.version).spoken();
        let was_up = dialled.senders().next().is_some();
        (dialled.slots[at].bound, dialled.refused) = (Some(self.at.now), None);
        // The peer is well: the other links may follow, whatever failed before.
        dialled.not_before = None;
        let is_up = dialled.senders().next().is_some();
        let name = self.connection_name(key);
        let Some(link) = self.links.get_mut(id) else { return };
        link.session.handle_bound(self.at.now, kind, version);
        let peer = link.peer;
        let note = self.out.info("connection bound", name);
        (note.peer, note.detail) = (Some(peer), format!("{kind} SMPP {version}"));
        if is_up && !was_up {
            self.tell_connected(key, true);
        }
        self.dial(key);
        self.pump(key.0, key.1);
    }

    /// A link of a connection is gone, or could not be had: dial again after a pause.
    pub(crate) fn handle_connection_lost(&mut self, id: LinkId, cause: Unlink) {
        let Some((key, at)) = self.connections.of_link(id) else { return };
        let (name, now) = (self.connection_name(key), self.at);
        let Some(dialled) = self.connections.ours.get_mut(&key) else { return };
        let was_up = dialled.senders().next().is_some();
        let slot = &mut dialled.slots[at];
        let bound = slot.bound.take();
        (slot.link, slot.since_ns) = (None, now.unix_ns);
        if bound.is_some_and(|since| now.now.saturating_duration_since(since) >= STEADY) {
            dialled.failures = 0;
        }
        let refused = dialled.refused.take();
        let chance = (key, dialled.failures, now.unix_ns);
        let pause = match dialled.settings.awaited {
            true => REDIAL_LONGEST,
            false => spread(pause(dialled.failures, refused), chance),
        };
        dialled.failures = dialled.failures.saturating_add(1);
        let is_lost = dialled.failures == 2;
        let until = now.now + pause;
        dialled.not_before = Some(until);
        let (first, peer) = (dialled.failures == 1, dialled.settings.remote);
        let is_down = was_up && dialled.senders().next().is_none();
        if let Some(status) = refused {
            // One line for each try, and tries become rare.
            let note = self.out.warn("bind of a connection refused", name);
            let again = pause.as_secs_f32();
            (note.peer, note.detail) = (Some(peer), format!("{status}, again in {again:.1} s"));
        } else if bound.is_some() || first {
            let note = self.out.warn("connection down", name);
            (note.peer, note.detail) = (Some(peer), format!("{cause:?}"));
        }
        if is_down {
            self.tell_connected(key, false);
        }
        self.deadlines.arm(until, Timer::Connection(key.0, key.1));
        self.pump(key.0, key.1);
        if is_lost {
            self.look_for_ways();
        }
    }

    /// Dial again, or go on sending after a pause.
    pub(crate) fn handle_connection_timer(&mut self, environment: u32, connection: u32) {
        let key = (environment, connection);
        self.dial(key);
        self.dial_trunk(key);
        self.release_trunk(key);
        self.pump(environment, connection);
    }
}

/// The pause before a hop of a trunk is dialled again.
pub(super) fn redial_pause(failures: u32) -> Duration {
    pause(failures, None)
}

/// Doubles with every failure; a peer that said no is left alone for longer.
fn pause(failures: u32, refused: Option<Status>) -> Duration {
    let passing = [Status::RSYSERR, Status::RTHROTTLED, Status::RMSGQFUL, Status::RUNKNOWNERR];
    let (first, longest) = match refused {
        Some(status) if !passing.contains(&status) => (REFUSED_FIRST, REFUSED_LONGEST),
        Some(_) | None => (REDIAL_FIRST, REDIAL_LONGEST),
    };
    first.saturating_mul(1 << failures.min(16)).min(longest)
}

/// Takes off up to a quarter, by chance, so that connections do not dial in step.
pub(super) fn spread(pause: Duration, chance: (ConnectionKey, u32, u64)) -> Duration {
    pause - pause.mul_f64((digest_of(chance) >> 48) as f64 / f64::from(1 << 18))
}

/// One unanswered enquire_link makes a dead peer: 40 s of silence by our own values (D1).
pub(super) fn patience(timers: Timers) -> Patience {
    let ours = Patience::default();
    let agreed = |ms: u32| (ms > 0).then(|| Duration::from_millis(ms.into()));
    Patience {
        enquire_link: agreed(timers.enquire_ms).unwrap_or(ours.enquire_link),
        response: agreed(timers.response_ms).unwrap_or(ours.response),
        inactivity: agreed(timers.inactivity_ms),
        misses: 1,
        ..ours
    }
}
