//! An attempt is journaled before its first octet leaves, so that after a crash we know what
//! we do not know (promises.md 1.3).

use std::time::Duration;

use routing::journal::{Attempt, Cost, Record, Via};
use routing::{Asked, MessageId, Sms, State, Target};

use crate::admit::target_id;
use crate::egress::ConnectionKey;
use crate::flights::Stage;
use crate::limits::RECEIPT_GRACE;
use crate::promises::Promise;
use crate::shard::Shard;

impl Shard {
    /// Records the next attempt of a flight; it begins when the record is durable.
    pub(crate) fn begin_attempt(&mut self, id: MessageId) {
        let at_ns = self.at.unix_ns;
        let Some(flight) = self.flights.get(id) else { return };
        let (via, cost) = self.way(&flight.sms);
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.attempts = flight.attempts.saturating_add(1);
        flight.stage = Stage::Ready;
        flight.via = via;
        let repeats = flight.unknowns > 0;
        flight.doubled |= repeats;
        let attempt = flight.attempts;
        let over = match flight.sms.target {
            Target::Account(_) => None,
            Target::Connection { connection, .. } => Some((flight.sms.environment, connection)),
        };
        self.record(&Record::Attempt(Attempt { id, at_ns, attempt, via, repeats, cost }));
        self.promises.keep(Promise::Attempt { id, attempt, over });
        self.add(routing::board::Tally::Attempts, 1);
    }

    /// Where it goes, and what that costs us.
    fn way(&self, sms: &Sms) -> (Via, Cost) {
        let nowhere = (Via::Nothing, Cost::default());
        match sms.target {
            Target::Account(account) => {
                let first = self.registrar.first((sms.environment, account), self.steady_ns);
                first.map_or(nowhere, |contact| (Via::Sip(contact), Cost::default()))
            }
            Target::Connection { connection, .. } => {
                let plan = self.plan.as_ref();
                let environment = plan.and_then(|plan| plan.environment(sms.environment));
                let over = environment.and_then(|env| Some((env, env.connection(connection)?)));
                over.map_or(nowhere, |(environment, connection)| {
                    let (number, calling) = (sms.number, &sms.calling());
                    let asked = Asked { number, calling, at_ns: self.at.unix_ns };
                    let cost = environment.cost_of(connection, &asked);
                    let cost = cost.map(|(tariff, micros)| (tariff.id.to_native(), micros));
                    let (tariff, micros) = cost.unwrap_or_default();
                    let via = match connection.trunk() {
                        None => Via::Smpp(connection.remote.as_socket_addr()),
                        Some(_) => self.way_of_trunk((sms.environment, connection.id.to_native())),
                    };
                    (via, Cost { tariff, micros })
                })
            }
        }
    }

    /// The attempt is durable: now it leaves.
    pub(crate) fn launch(&mut self, id: MessageId, attempt: u16, over: Option<ConnectionKey>) {
        if let Some(key) = over {
            let queue = self.queues.queue(key);
            queue.ready = queue.ready.saturating_sub(1);
        }
        let Some(flight) = self.flights.get(id) else { return };
        if flight.attempts != attempt || !matches!(flight.stage, Stage::Ready) {
            return;
        }
        let key = (flight.sms.environment, target_id(flight.sms.target));
        match flight.sms.target {
            Target::Account(_) => self.send_message(key, id),
            Target::Connection { .. } if self.connections.is_trunk(key) => {
                self.send_by_trunk(key, id);
            }
            Target::Connection { .. } => self.send_submit(key, id),
        }
    }

    /// The validity ended in the middle of an attempt; look again when it must be over.
    pub(crate) fn expire_later(&mut self, id: MessageId) {
        let patience = sip::transaction::Timers::default().patience();
        self.flights.expire_at(id, self.at.now + patience + Duration::from_secs(1));
    }

    /// The next hop took it and its receipt never came.
    pub(crate) fn expire_taken(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        if let Target::Account(_) = flight.sms.target {
            return self.expire_proof(id);
        }
        let grace_ns = RECEIPT_GRACE.as_nanos() as u64;
        let until_ns = flight.sms.expires_ns.saturating_add(grace_ns);
        if until_ns > self.at.unix_ns {
            let left = Duration::from_nanos(until_ns - self.at.unix_ns);
            return self.flights.expire_at(id, self.at.now + left);
        }
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let asked_for_failures = flight.sms.registered_delivery & 0b11 == 2;
        let said_nothing = asked_for_failures && !self.always_asks(key);
        self.settle(id, if said_nothing { State::Accepted } else { State::Unknown }, 0);
    }
}
