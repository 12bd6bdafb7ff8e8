//! Carriers that we dial: when receipts wait for one and it has no bind that receives, its home
//! shard dials the address that was agreed, says outbind, and is the message centre of that link
//! (SMPP 3.4 §2.2.1). Once the carrier has bound, the link is like any other of its binds.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Instant;

use routing::{ArchivedCarrier, home};
use smpp::pdu::Outbind;
use smpp::session::Role;

use crate::deadlines::Timer;
use crate::input::{LinkId, ShardId};
use crate::limits::{OUTBIND_FIRST, OUTBIND_LONGEST, OUTBIND_TOLD, RECEIPT_TTL};
use crate::mail::Mail;
use crate::output::Plug;
use crate::peers::binds::CarrierKey;
use crate::peers::links::Link;
use crate::shard::Shard;

/// The carriers of the plan that are dialled; each shard knows all of them.
#[derive(Debug, Default)]
pub(crate) struct Outbinds {
    carriers: BTreeMap<CarrierKey, Summoned>,
}

/// A carrier that is dialled.
#[derive(Debug, Default)]
struct Summoned {
    /// When its home was told last that receipts of ours wait.
    told: Option<Instant>,
    /// At its home: until when it is dialled. What waits now is given up by then.
    wanted: Option<Instant>,
    /// At its home: the link that we dialled, until the carrier has bound on it.
    link: Option<LinkId>,
    /// Outbinds in a row that led to no bind that receives.
    failures: u32,
    /// It is not dialled before this.
    not_before: Option<Instant>,
}

impl Shard {
    pub(crate) fn adopt_outbinds(&mut self) {
        let Some(plan) = self.plan.as_ref() else { return };
        let mut known = std::mem::take(&mut self.outbinds.carriers);
        for environment in plan.plan().environments.iter() {
            if !self.serves(&environment.name) {
                continue;
            }
            for carrier in environment.carriers.iter().filter(|c| c.contract.outbind.is_some()) {
                let key = (environment.id.to_native(), carrier.id.to_native());
                self.outbinds.carriers.insert(key, known.remove(&key).unwrap_or_default());
            }
        }
        let keys: Vec<CarrierKey> = self.outbinds.carriers.keys().copied().collect();
        keys.into_iter().for_each(|key| self.review_outbind(key));
    }

    /// Has a carrier for which receipts wait here no bind that receives? Then it shall be dialled.
    pub(crate) fn review_outbind(&mut self, key: CarrierKey) {
        let Some(summoned) = self.outbinds.carriers.get_mut(&key) else { return };
        let receives = self.binds.receivers(key).next().is_some()
            || self.binds.receiving_shards(key).next().is_some();
        if receives {
            (summoned.told, summoned.wanted) = (None, None);
            return;
        }
        let now = self.at.now;
        let is_told = summoned.told.is_some_and(|told| told + OUTBIND_TOLD > now);
        if is_told || !self.receipts.has_waiting(key) {
            return;
        }
        summoned.told = Some(now);
        let home = ShardId(home(key.1, self.config.shards));
        if home == self.config.shard {
            self.want_bind(key);
        } else {
            self.out.post(home, Mail::Outbind { environment: key.0, carrier: key.1 });
        }
    }

    /// At its home: receipts wait for a carrier, somewhere on this node.
    pub(crate) fn want_bind(&mut self, key: CarrierKey) {
        if let Some(summoned) = self.outbinds.carriers.get_mut(&key) {
            summoned.wanted = Some(self.at.now + RECEIPT_TTL);
            self.dial_outbind(key);
        }
    }

    /// Dials a carrier, if it is wanted and the time for it has come.
    pub(crate) fn dial_outbind(&mut self, key: CarrierKey) {
        let (now, stopping) = (self.at.now, self.stopping);
        let remote = self.summons(key).map(|(remote, ..)| remote);
        let (Some(summoned), Some(remote)) = (self.outbinds.carriers.get_mut(&key), remote) else {
            return;
        };
        let is_wanted = summoned.wanted.is_some_and(|until| until > now);
        let is_early = summoned.not_before.is_some_and(|until| until > now);
        if stopping || !is_wanted || is_early || summoned.link.is_some() {
            return;
        }
        let link = self.connections.next_link();
        summoned.link = Some(link);
        self.out.plugs.push_back(Plug::Dial { link, local: None, remote, tls: None });
    }

    /// Where a carrier is dialled, and what it is told.
    fn summons(&self, key: CarrierKey) -> Option<(SocketAddr, &ArchivedCarrier, &[u8])> {
        let plan = self.plan.as_ref()?;
        let carrier = plan.carrier(key.0, key.1)?;
        let remote = carrier.contract.outbind.as_ref()?.remote.as_socket_addr();
        let password = plan.secrets.carrier_outbinds.get(&key.1);
        Some((remote, carrier, password.map_or(b"".as_slice(), Vec::as_slice)))
    }

    /// A link that we dialled stands; if it was to a carrier, it is told to bind.
    pub(super) fn say_outbind(&mut self, id: LinkId, local: SocketAddr, peer: SocketAddr) -> bool {
        let Some(key) = self.outbinds.of_link(id).filter(|_| !self.stopping) else { return false };
        let Some((_, carrier, password)) = self.summons(key) else { return false };
        let agreed = carrier.contract.outbind.as_ref().map(|summons| &*summons.outbind.system_id);
        let system_id = agreed.filter(|agreed| !agreed.is_empty());
        let system_id = system_id.unwrap_or(&self.config.system_id).as_bytes();
        let name = carrier.name.to_string();
        let mut link = Link::new(self.at, Role::Server, local, peer);
        link.environment = key.0;
        if let Ok(sequence) = link.session.ask_untracked() {
            Outbind { system_id, password }.encode(sequence, link.say());
        }
        link.session.handle_outbind();
        self.links.insert(id, link);
        self.out.info("outbind said", name).peer = Some(peer);
        self.touch(id);
        self.arm_link(id);
        true
    }

    /// A carrier has bound. If we dialled that link, we may forget it: it is a bind like others.
    pub(crate) fn outbind_heeded(&mut self, id: LinkId, receives: bool) {
        let Some(key) = self.outbinds.of_link(id) else { return };
        if !receives {
            self.outbind_lost(id);
        } else if let Some(summoned) = self.outbinds.carriers.get_mut(&key) {
            (summoned.link, summoned.failures) = (None, 0);
        }
    }

    /// A link that we dialled for a carrier led to nothing: again after a pause. `false` if the
    /// link is none of these.
    pub(crate) fn outbind_lost(&mut self, id: LinkId) -> bool {
        let Some(key) = self.outbinds.of_link(id) else { return false };
        let Some(summoned) = self.outbinds.carriers.get_mut(&key) else { return false };
        let pause = OUTBIND_FIRST.saturating_mul(1 << summoned.failures.min(16));
        let pause = pause.min(OUTBIND_LONGEST);
        summoned.link = None;
        summoned.failures = summoned.failures.saturating_add(1);
        summoned.not_before = Some(self.at.now + pause);
        let is_first = summoned.failures == 1;
        self.deadlines.arm(self.at.now + pause, Timer::Outbind(key.0, key.1));
        if is_first {
            let name = self.carrier_name(key.0, key.1);
            self.out.warn("no bind after an outbind", name);
        }
        true
    }
}

impl Outbinds {
    /// The carrier for which we dialled this link, until it has bound.
    fn of_link(&self, id: LinkId) -> Option<CarrierKey> {
        let ours = |(_, summoned): &(&CarrierKey, &Summoned)| summoned.link == Some(id);
        self.carriers.iter().find(ours).map(|(key, _)| *key)
    }
}
