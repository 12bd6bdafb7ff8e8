//! Links of the process before this one: described at its end, taken up at our start.

use std::time::{Duration, Instant};

use smpp::BindKind;
use smpp::session::{Limits, Patience, Role, Session, State};

use crate::handover::{Handed, HandedAnswer, Holder};
use crate::input::LinkId;
use crate::limits::WINDOW_DEFAULT;
use crate::output::Plug;
use crate::peers::agreed;
use crate::peers::connections::ConnectionKey;
use crate::peers::dial;
use crate::peers::links::{Answered, Link, Owner};
use crate::shard::Shard;

impl Link {
    /// Can another process go on with it? What TLS has agreed on stays in this one, and so does
    /// who lent a link to whom: of the links that we bind on only those that we dialled go.
    pub(crate) fn may_be_handed(&self, id: LinkId) -> bool {
        let is_dialled = id.0 % 2 == 1;
        let state = self.session.state();
        let is_ours = match self.session.role() {
            Role::Server => !is_dialled && (state.is_bound() || state == State::Open),
            Role::Client => is_dialled && state.is_bound(),
        };
        is_ours && !self.tls && !self.closing
    }

    /// Is nothing owed on it, on either side?
    pub(crate) fn is_at_rest(&self) -> bool {
        let leaves = self.unbinding.is_some() || self.leaving.is_some() || self.unbound;
        self.session.is_at_rest() && !leaves && !self.guard.is_refused()
    }

    /// What another process must know to go on.
    pub(crate) fn handed(&self, id: LinkId, now: Instant) -> Handed {
        let answer = |one: &Answered| HandedAnswer {
            age_ns: now.saturating_duration_since(one.at).as_nanos() as u64,
            id: one.id,
            likeness: one.likeness,
            owner: one.owner,
        };
        Handed {
            link: id,
            environment: self.environment,
            owner: match self.owner {
                Owner::Nobody => Holder::Nobody,
                Owner::Carrier(id) => Holder::Carrier(id),
                Owner::Connection(id) => Holder::Connection(id),
            },
            role: self.session.role(),
            standing: self.session.standing(),
            ends: (self.local, self.peer),
            since_ns: self.since_ns,
            counts: (self.received, self.sent),
            octets: [&self.kept[..], &self.partial[..]].concat(),
            answered: self.answered.iter().map(answer).collect(),
        }
    }
}

impl Shard {
    /// Takes up links of carriers, and of those who have not bound yet.
    pub(crate) fn take_up_links(&mut self) {
        let heirless = std::mem::take(&mut self.handover.heirless);
        for handed in heirless {
            match handed.owner {
                Holder::Connection(_) => self.handover.heirless.push(handed),
                Holder::Carrier(carrier) => self.take_up_carrier(carrier, handed),
                Holder::Nobody => {
                    let patience = Patience::default();
                    let limits = Limits { outbound: 1, inbound: 1 };
                    self.take_up(handed, Owner::Nobody, limits, patience);
                }
            }
        }
    }

    fn take_up_carrier(&mut self, carrier: u32, handed: Handed) {
        let (id, key) = (handed.link, (handed.environment, carrier));
        let plan = self.plan.as_ref();
        let known = plan.and_then(|plan| plan.carrier(key.0, key.1));
        let known = known.filter(|carrier| carrier.allows(handed.ends.1.ip()));
        let Some(window) = known.map(|carrier| carrier.window.to_native().max(1)) else {
            return self.out.plugs.push_back(Plug::Close { link: id });
        };
        self.agree(key);
        let agreed = self.agreed.get(key);
        let patience =
            agreed.map_or_else(Patience::default, |agreed| agreed::patience(&agreed.contract));
        let limits = Limits { outbound: window, inbound: window };
        let receives = handed.standing.state.carries_delivers();
        self.binds.add(key, id, receives);
        self.tell_binds(key);
        self.take_up(handed, Owner::Carrier(carrier), limits, patience);
    }

    /// Gives links that are there already their places in a connection that is to be dialled.
    pub(super) fn take_up_connection(&mut self, key: ConnectionKey) {
        let heirless = std::mem::take(&mut self.handover.heirless);
        for handed in heirless {
            if (handed.environment, handed.owner) != (key.0, Holder::Connection(key.1))
                || !self.give_place(key, &handed)
            {
                self.handover.heirless.push(handed);
                continue;
            }
            let Some(dialled) = self.connections.ours.get(&key) else { continue };
            let limits = Limits { outbound: dialled.settings.window, inbound: WINDOW_DEFAULT };
            let patience = dial::patience(dialled.settings.timers);
            self.take_up(handed, Owner::Connection(key.1), limits, patience);
        }
        if self.connections.senders(key).next().is_some() {
            self.tell_connected(key, true);
        }
    }

    fn give_place(&mut self, key: ConnectionKey, handed: &Handed) -> bool {
        let now = self.at.now;
        let Some(dialled) = self.connections.ours.get_mut(&key) else { return false };
        let kind = match handed.standing.state {
            State::BoundTx => BindKind::Transmitter,
            State::BoundRx => BindKind::Receiver,
            State::BoundTrx => BindKind::Transceiver,
            State::Open | State::Outbound | State::Unbinding | State::Closed => return false,
        };
        if dialled.settings.remote != handed.ends.1 {
            return false;
        }
        let is_free =
            |slot: &&mut super::connections::Slot| slot.link.is_none() && slot.kind == kind;
        let Some(slot) = dialled.slots.iter_mut().find(is_free) else { return false };
        (slot.link, slot.bound) = (Some(handed.link), Some(now));
        self.connections.knows_link(handed.link);
        true
    }

    fn take_up(&mut self, handed: Handed, owner: Owner, limits: Limits, patience: Patience) {
        let Handed { link: id, environment, role, standing, ends, octets, answered, .. } = handed;
        let now = self.at.now;
        let mut link = Link::new(self.at, role, ends.0, ends.1);
        (link.environment, link.owner, link.since_ns) = (environment, owner, handed.since_ns);
        (link.received, link.sent) = handed.counts;
        link.session = Session::resumed(now, role, limits, patience, standing);
        for HandedAnswer { age_ns, id, likeness, owner } in answered {
            let at = now.checked_sub(Duration::from_nanos(age_ns)).unwrap_or(now);
            link.remember(Answered { at, id, likeness, owner });
        }
        self.links.insert(id, link);
        self.arm_link(id);
        self.handle_bytes(id, &octets);
    }

    /// Another plan, or another number of shards, has no place for these.
    pub(crate) fn leave_heirless(&mut self) {
        for handed in std::mem::take(&mut self.handover.heirless) {
            self.connections.knows_link(handed.link);
            self.out.plugs.push_back(Plug::Close { link: handed.link });
        }
    }
}
