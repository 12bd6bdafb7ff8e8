//! Links to next hops: dialled, bound, lost and dialled again.

use std::net::SocketAddr;
use std::time::Duration;

use smpp::session::{Limits, Role};
use smpp::{Bind, BindKind, BindResp, Frame, Version};

use crate::deadlines::Timer;
use crate::input::{LinkId, Unlink};
use crate::limits::{REDIAL_FIRST, REDIAL_LONGEST, WINDOW_DEFAULT};
use crate::output::Plug;
use crate::peers::connections::ConnectionKey;
use crate::peers::links::{Asked, Link, Owner};
use crate::shard::Shard;

impl Shard {
    pub(super) fn dial(&mut self, key: ConnectionKey) {
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
        let tls = dialled.settings.tls.clone();
        self.out.plugs.push_back(Plug::Dial { link, local, remote, tls });
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
}

/// Doubles with every failure; spread by a quarter so that connections do not dial in step.
fn redial_pause(failures: u32, connection: u32) -> Duration {
    let pause = REDIAL_FIRST.saturating_mul(1 << failures.min(16)).min(REDIAL_LONGEST);
    pause - pause.mul_f64(f64::from(connection.wrapping_mul(2_654_435_761) >> 24) / 1024.0)
}
