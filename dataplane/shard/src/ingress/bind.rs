//! Who binds, and may they? Whatever was wrong, the peer hears the same.

use routing::Contract;
use routing::board::Tally;
use smpp::session::{Limits, Patience};
use smpp::{Bind, BindKind, BindResp, Frame, Status, Version};

use crate::input::{LinkId, ShardId};
use crate::mail::Mail;
use crate::peers::agreed::patience;
use crate::peers::binds::CarrierKey;
use crate::peers::links::{Link, Owner};
use crate::plan::Adopted;
use crate::shard::Shard;

/// What a carrier is told when it is let in.
struct Admitted {
    carrier: u32,
    name: String,
    window: u16,
    patience: Patience,
}

impl Shard {
    pub(crate) fn handle_bind(&mut self, id: LinkId, pdu: &Frame<'_>) {
        let Some(kind) = BindKind::of(pdu.header.command) else { return };
        let Some(link) = self.links.get(id) else { return };
        let bind = match Bind::decode(kind, pdu.body) {
            Ok(bind) => bind,
            Err(error) => return self.refuse_bind(id, pdu, error.status, error.to_string()),
        };
        match self.judge_bind(link, &bind) {
            Ok(admitted) => self.accept_bind(id, pdu.header.sequence, &bind, admitted),
            Err(why) => self.refuse_bind(id, pdu, Status::RBINDFAIL, why),
        }
    }

    /// The reason is for our log alone.
    fn judge_bind(&self, link: &Link, bind: &Bind<'_>) -> Result<Admitted, String> {
        let plan = self.plan.as_ref().ok_or("no plan has been adopted yet")?;
        let environment = plan.environment(link.environment).ok_or("no environment here")?;
        let system_id = std::str::from_utf8(bind.system_id).unwrap_or_default();
        let carrier = environment.carrier_by_system_id(system_id).ok_or("unknown system_id")?;
        let id = carrier.id.to_native();
        if !carrier.allows(link.peer.ip()) {
            return Err(format!("{} may not bind from this address", carrier.name));
        }
        if !has_password(plan, id, bind.password) {
            return Err(format!("wrong password for {}", carrier.name));
        }
        let contract = carrier.thawed_contract();
        if contract.tls_only && !link.tls {
            return Err(format!("{} binds over TLS only", carrier.name));
        }
        if !may_bind(&contract, bind.kind) {
            return Err(format!("{} may not bind as {}", carrier.name, bind.kind));
        }
        let held = self.binds.total((link.environment, id));
        if held >= usize::from(carrier.binds_max.to_native()) {
            return Err(format!("{} holds {held} binds already", carrier.name));
        }
        let window = carrier.window.to_native().max(1);
        let patience = patience(&contract);
        Ok(Admitted { carrier: id, name: carrier.name.to_string(), window, patience })
    }

    fn accept_bind(&mut self, id: LinkId, sequence: u32, bind: &Bind<'_>, admitted: Admitted) {
        let Some(link) = self.links.get_mut(id) else { return };
        let version = Version(bind.interface_version).min(Version::V50).max(Version::V33);
        let version = if version < Version::V34 { Version::V33 } else { version };
        link.owner = Owner::Carrier(admitted.carrier);
        link.session.set_patience(admitted.patience);
        link.session.handle_bound(self.at.now, bind.kind, version);
        link.session.set_limits(Limits { outbound: admitted.window, inbound: admitted.window });
        let resp = BindResp {
            system_id: self.config.system_id.as_bytes(),
            sc_interface_version: version.has_tlvs().then_some(Version::V34.0.max(version.0)),
        };
        resp.encode(bind.kind, Status::ROK, sequence, link.say());
        let (key, peer) = ((link.environment, admitted.carrier), link.peer);
        let receives = link.session.state().carries_delivers();
        self.links.forget_half_open(id);
        self.agree(key);
        self.binds.add(key, id, receives);
        self.outbind_heeded(id, receives);
        self.tell_binds(key);
        self.add(Tally::BindsAccepted, 1);
        let note = self.out.info("carrier bound", admitted.name);
        (note.peer, note.detail) = (Some(peer), format!("{} SMPP {version}", bind.kind));
        self.touch(id);
        if receives {
            self.offer_receipts(key.0, key.1);
        }
    }

    fn refuse_bind(&mut self, id: LinkId, pdu: &Frame<'_>, status: Status, why: String) {
        let Some(link) = self.links.get_mut(id) else { return };
        let peer = link.peer;
        self.add(Tally::BindsRefused, 1);
        let note = self.out.warn("bind refused", "");
        (note.peer, note.detail) = (Some(peer), why);
        self.refuse_later(id, pdu.header, status);
    }

    /// A bind is over, whether its link is or not.
    pub(crate) fn leave_binds(&mut self, id: LinkId) {
        let Some(link) = self.links.get(id) else { return };
        if let Owner::Carrier(carrier) = link.owner {
            let key = (link.environment, carrier);
            self.binds.remove(key, id);
            self.tell_binds(key);
            self.return_guests(key);
            // What waited for room on this bind may go another way now.
            self.offer_receipts(key.0, key.1);
        }
    }

    pub(crate) fn tell_binds(&mut self, (environment, carrier): CarrierKey) {
        let (binds, receivers) = self.binds.told((environment, carrier));
        for shard in (0..self.config.shards).map(ShardId).filter(|s| *s != self.config.shard) {
            self.out.post(shard, Mail::Binds { environment, carrier, binds, receivers });
        }
    }

    pub(crate) fn carrier_name(&self, environment: u32, carrier: u32) -> String {
        let plan = self.plan.as_ref();
        let found = plan.and_then(|plan| plan.carrier(environment, carrier));
        found.map_or_else(|| carrier.to_string(), |carrier| carrier.name.to_string())
    }
}

/// Which binds a carrier may make; it may make all three if nothing was agreed.
pub(crate) fn may_bind(contract: &Contract, kind: BindKind) -> bool {
    let kind = match kind {
        BindKind::Transceiver => routing::BindKind::Transceiver,
        BindKind::Transmitter => routing::BindKind::Transmitter,
        BindKind::Receiver => routing::BindKind::Receiver,
    };
    contract.bind_kinds.is_empty() || contract.bind_kinds.contains(&kind)
}

fn has_password(plan: &Adopted, carrier: u32, given: &[u8]) -> bool {
    plan.secrets.carriers.get(&carrier).is_some_and(|password| is_same(password, given))
}

/// Compares without telling by its duration how much was right.
pub(crate) fn is_same(secret: &[u8], given: &[u8]) -> bool {
    let differ = secret.iter().zip(given).fold(0, |differ, (one, other)| differ | (one ^ other));
    secret.len() == given.len() && std::hint::black_box(differ) == 0
}
