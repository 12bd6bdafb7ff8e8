//! Connections that are never dialled: their message centre dials us and says outbind
//! (SMPP 3.4 §2.2.1), and we bind on its link.

use std::net::{IpAddr, SocketAddr};

use routing::{ArchivedConnection, home};
use smpp::Frame;
use smpp::pdu::Outbind;
use smpp::session::{Role, State};

use crate::deadlines::Timer;
use crate::ingress::bind::is_same;
use crate::input::{LinkId, ShardId};
use crate::limits::REDIAL_LONGEST;
use crate::output::Plug;
use crate::peers::connections::ConnectionKey;
use crate::peers::links::{Link, Owner};
use crate::shard::Shard;

impl Shard {
    /// Somebody who dialled us says outbind. `false` if no connection waits for that, or not
    /// for these words: then it is a PDU like any other that a stranger may not say.
    pub(crate) fn handle_outbind(&mut self, id: LinkId, pdu: &Frame<'_>) -> bool {
        let Some(link) = self.links.get(id) else { return false };
        let session = &link.session;
        let is_stranger = (session.role(), session.state()) == (Role::Server, State::Open)
            && link.owner == Owner::Nobody;
        let Some(outbind) = Outbind::decode(pdu.body).ok().filter(|_| is_stranger) else {
            return false;
        };
        let Some(key) = self.awaited(link, &outbind) else { return false };
        let (ends, tls) = ((link.local, link.peer), link.tls);
        let name = self.connection_name(key);
        self.out.info("outbind", name).peer = Some(ends.1);
        let speaker = ShardId(home(key.1, self.config.shards));
        if speaker != self.config.shard && self.relays.has_room() {
            self.hand_over(id, key, speaker);
            return true;
        }
        // From now on it is a link of ours to them, as if we had dialled.
        self.links.remove(id);
        if speaker != self.config.shard || !self.begin_awaited(key, id, ends, tls) {
            self.out.plugs.push_back(Plug::Close { link: id });
        }
        true
    }

    /// The connection that waits for this peer and these words. One with words of its own goes
    /// before one that takes any.
    fn awaited(&self, link: &Link, outbind: &Outbind<'_>) -> Option<ConnectionKey> {
        let environment = self.plan.as_ref()?.environment(link.environment)?;
        let waits = |connection: &&ArchivedConnection| {
            connection.enabled
                && connection.remote.as_socket_addr().ip().to_canonical() == canonical(link)
                && (connection.manner.tls.is_none() || link.tls)
                && self.is_agreed(connection, outbind)
        };
        let anything = |connection: &&ArchivedConnection| {
            let agreed = connection.manner.outbind.as_ref();
            agreed.is_some_and(|a| a.system_id.is_empty() && a.password.is_empty())
        };
        let found = environment.connections.iter().filter(waits).min_by_key(anything)?;
        Some((link.environment, found.id.to_native()))
    }

    fn is_agreed(&self, connection: &ArchivedConnection, outbind: &Outbind<'_>) -> bool {
        let Some(agreed) = connection.manner.outbind.as_ref() else { return false };
        let system_id = agreed.system_id.as_bytes();
        if !system_id.is_empty() && system_id != outbind.system_id {
            return false;
        }
        let secrets = self.plan.as_ref().map(|plan| &plan.secrets.connection_outbinds);
        let secret = secrets.and_then(|secrets| secrets.get(&connection.id.to_native()));
        // A secret that could not be unsealed is one that nobody knows.
        agreed.password.is_empty() || secret.is_some_and(|s| is_same(s, outbind.password))
    }

    /// Binds on a link that the peer of a connection of ours opened; `false` if it has all its
    /// links, or waits for nobody.
    pub(super) fn begin_awaited(
        &mut self,
        key: ConnectionKey,
        id: LinkId,
        (local, peer): (SocketAddr, SocketAddr),
        tls: bool,
    ) -> bool {
        let ours = self.connections.ours.get_mut(&key).filter(|_| !self.stopping);
        let Some(dialled) = ours.filter(|dialled| dialled.settings.awaited) else { return false };
        let Some(at) = dialled.slots.iter().position(|slot| slot.link.is_none()) else {
            return false;
        };
        dialled.slots[at].link = Some(id);
        let mut link = Link::new(self.at, Role::Client, local, peer);
        link.tls = tls;
        self.begin_bind((key, at), id, link);
        true
    }

    /// Nobody is dialled; what waits for this connection goes another way, if there is one, when
    /// its peer has stayed away for too long.
    pub(super) fn await_outbind(&mut self, key: ConnectionKey) {
        let now = self.at.now;
        let ours = self.connections.ours.get_mut(&key).filter(|_| !self.stopping);
        let is_alone = |dialled: &&mut super::connections::Dialled| {
            dialled.slots.iter().all(|slot| slot.link.is_none())
        };
        let Some(dialled) = ours.filter(is_alone) else { return };
        match dialled.not_before {
            Some(until) if until <= now => {
                dialled.failures = dialled.failures.max(2);
                self.look_for_ways();
            }
            Some(_) => {}
            None => {
                let until = now + REDIAL_LONGEST;
                dialled.not_before = Some(until);
                self.deadlines.arm(until, Timer::Connection(key.0, key.1));
            }
        }
    }
}

fn canonical(link: &Link) -> IpAddr {
    link.peer.ip().to_canonical()
}
