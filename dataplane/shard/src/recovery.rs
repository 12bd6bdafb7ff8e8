//! After a restart, and when another plan comes.

use routing::journal::{Final, Flight as Kept, Via};
use routing::{AckLevel, Contract, MessageId, Sms, State, Target};
use sip::transaction::Timers;
use smpp::BindKind;
use smpp::session::{self, Limits};

use crate::admit::target_id;
use crate::flights::{Flight, Stage};
use crate::ingress::bind::may_bind;
use crate::peers::links::{Link, Owner};
use crate::plan::Adopted;
use crate::shard::Shard;

impl Shard {
    /// Obeys another plan from now on.
    pub(crate) fn handle_adopted(&mut self, plan: Adopted) {
        let old = self.plan.replace(plan);
        self.adopt_agreements();
        self.adopt_links(old.as_ref());
        self.take_up_links();
        self.adopt_connections();
        self.leave_heirless();
        self.adopt_outbinds();
        self.adopt_outlooks();
        self.look_for_ways();
        for (environment, account) in self.inboxes.keys() {
            self.try_account(environment, account);
        }
    }

    /// Carriers that are gone, or have another password, or may not come from there any more,
    /// leave; those that wait to bind learn where they are.
    fn adopt_links(&mut self, old: Option<&Adopted>) {
        let Some(plan) = self.plan.clone() else { return };
        for id in self.links.ids() {
            let Some(link) = self.links.get(id) else { continue };
            let environment = link.environment;
            match link.owner {
                Owner::Carrier(carrier) => {
                    let known = plan.carrier(environment, carrier);
                    let window = known.map(|carrier| carrier.window.to_native().max(1));
                    let agreed = self.agreed.get((environment, carrier));
                    let welcome = known.is_some_and(|carrier| carrier.allows(link.peer.ip()))
                        && agreed.is_some_and(|agreed| link.may_stay(&agreed.contract));
                    let password = |plan: &Adopted| plan.secrets.carriers.get(&carrier).cloned();
                    let same = old.is_some_and(|old| password(old) == password(&plan));
                    match (window.filter(|_| welcome && same), self.links.get_mut(id)) {
                        (Some(window), Some(link)) => {
                            let limits = Limits { outbound: window, inbound: window };
                            link.session.set_limits(limits);
                        }
                        (_, _) => self.unbind(id),
                    }
                }
                Owner::Nobody if environment == 0 => self.close(id),
                Owner::Nobody | Owner::Connection(_) => {}
            }
        }
    }

    /// An id from before the restart: none up to it is given again, though the clock went back.
    pub(crate) fn knows_id(&mut self, id: MessageId) {
        self.last_id = self.last_id.max((id.unix_ms(), MessageId::COUNTER_MAX));
    }

    /// How Sms ended before the restart.
    pub(crate) fn handle_finals(&mut self, finals: Vec<Final>) {
        for ended in finals {
            self.knows_id(ended.id);
            self.finals.keep(ended);
        }
    }

    /// An open flight from before the restart.
    pub(crate) fn handle_recovered(&mut self, kept: Kept) {
        if kept.doubted {
            self.doubt(&kept.sms);
        }
        let sms = kept.sms;
        let id = sms.id;
        self.knows_id(id);
        let key = (sms.environment, target_id(sms.target));
        let (stage, expires) = self.first_stage(&sms);
        let before = sms.journey.attempts;
        let attempts = kept.attempt.map_or(before, |attempt| attempt.attempt.max(before));
        let via = kept.attempt.map_or(Via::Nothing, |attempt| attempt.via);
        let recent = kept.attempt.is_some_and(|attempt| {
            let age_ns = self.at.unix_ns.saturating_sub(attempt.at_ns);
            u128::from(age_ns) < Timers::default().patience().as_nanos()
        });
        let doubled = kept.attempt.is_some_and(|attempt| attempt.repeats);
        let (unknowns, touched) = (0, attempts > 0);
        let mut flight = Flight { sms, attempts, unknowns, touched, doubled, via, stage, expires };
        if let Some(outcome) = kept.outcome {
            flight.stage = Stage::Settled(outcome);
            let ended = Final::of(&flight.sms, &outcome);
            ended.into_iter().for_each(|ended| self.finals.keep(ended));
            self.flights.insert(flight);
            return self.offer_receipt(id);
        }
        if let Some(peer_id) = kept.peer_id {
            let to_app = matches!(flight.sms.target, Target::Account(_));
            if !to_app {
                self.names.named(key, self.id_form(key), &peer_id, id);
            }
            flight.stage = Stage::Taken(peer_id.clone());
            self.flights.insert(flight);
            match to_app {
                true => self.limit_proof(id),
                // Its receipt may have come before its name, and not have settled it durably.
                false => self.claim_parked(key, id, &peer_id),
            }
            return;
        }
        let over = flight.is_over();
        let is_scheduled = matches!(flight.stage, Stage::Scheduled);
        match flight.sms.target {
            // The same octets leave once more if the app can still take them for a
            // retransmission.
            Target::Account(_) if recent && attempts > before => flight.attempts -= 1,
            Target::Account(_) => {}
            // Nobody knows what became of the attempt before the restart.
            Target::Connection { .. } if attempts > before && over.is_none() => {
                flight.unknowns = u8::from(doubled);
                self.flights.insert(flight);
                // At once over a link that did not die with the process.
                return self.submit_unknown(id);
            }
            Target::Connection { .. } => {}
        }
        self.flights.insert(flight);
        match over {
            Some((state, code)) => self.settle(id, state, code),
            None if is_scheduled => {}
            None => self.enqueue(id),
        }
        self.look_for_ways_again();
    }
}

impl Link {
    /// May a bound link of a carrier stay, now that this is agreed?
    fn may_stay(&self, contract: &Contract) -> bool {
        let kind = match self.session.state() {
            session::State::BoundTx => BindKind::Transmitter,
            session::State::BoundRx => BindKind::Receiver,
            session::State::BoundTrx => BindKind::Transceiver,
            session::State::Open
            | session::State::Outbound
            | session::State::Unbinding
            | session::State::Closed => return true,
        };
        may_bind(contract, kind) && (self.tls || !contract.tls_only)
    }
}

impl Flight {
    /// An Sms of one attempt is not tried again. Who waited for its outcome has no positive
    /// answer and may send it anew, so that it is not even tried for the first time.
    fn is_over(&self) -> Option<(State, u32)> {
        match (self.sms.ack, self.attempts) {
            (AckLevel::Delivered, 0) => Some((State::Undeliverable, 503)),
            (_, 1..) if self.sms.is_single() => Some((State::Unknown, 0)),
            _ => None,
        }
    }
}

/// What a flight is made of stays small enough that a million fit in memory.
const _: () = assert!(size_of::<Flight>() <= 256 && size_of::<Sms>() <= 528);
