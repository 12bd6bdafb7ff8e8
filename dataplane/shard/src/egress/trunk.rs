//! Out over a trunk: one MESSAGE, and what its final response means (RFC 3428, RFC 3261 §17.1.2).
//!
//! ```text
//!                       401, 407: once          3xx: at most five times
//!                 ┌──── with credentials ────┬──── to another URI ────┐
//!                 ▼                          │                        │
//!   Ready ─▶ MESSAGE ── 200 ─▶ delivered     ├────────────────────────┘
//!                 │─── 202 ─▶ accepted       │
//!                 │─── 503, 429 with Retry-After ─▶ the trunk rests, the Sms goes another way
//!                 └─── anything else ─▶ Verdict::of_sip
//! ```
//! Over UDP it is sent again until it is answered, and at Timer F nobody knows whether it
//! arrived: then it is tried again, or ended UNKNOWN, as was agreed for the connection.

mod answers;
mod enrol;
mod sheet;
mod write;

pub(crate) use write::TRACE;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use routing::journal::Via;
use routing::{MessageId, State, Transport, Unknown};
use sip::Message;
use sip::transaction::Timers;
use sip::transaction::client::{Action, NonInvite, State as Progress};

use crate::deadlines::Timer;
use crate::egress::ConnectionKey;
use crate::flights::{Fork, Stage};
use crate::limits::{DATAGRAM_MAX, PROBE_PATIENCE};
use crate::peers::lines::{FlowId, Line};
use crate::peers::trunks::Trunk;
use crate::settle::Verdict;
use crate::shard::Shard;
use crate::tables::Table;
use crate::taps::Exchange;

use enrol::Pleas;
use sheet::Papers;

/// One request of ours that awaits its final response.
#[derive(Debug)]
pub(super) struct Client {
    key: ConnectionKey,
    hop: (SocketAddr, Transport),
    line: Line,
    octets: Vec<u8>,
    transaction: NonInvite,
    /// It is waited for no longer than this.
    until: Option<Instant>,
    armed: Option<Instant>,
    what: What,
}

/// What was asked.
#[derive(Debug)]
enum What {
    /// Does it live?
    Probe,
    /// Will it take this Sms?
    Message(Try),
    /// Will it register us?
    Register(Pleas),
}

/// One MESSAGE of an attempt: the first, or one that follows a challenge or a redirection.
#[derive(Debug)]
pub(super) struct Try {
    id: MessageId,
    attempt: u16,
    /// How many MESSAGEs of this attempt came before it.
    turn: u8,
    /// Where it goes: empty is the number at the trunk.
    uri: String,
    /// The URIs it was sent to before (promises.md E26).
    seen: Vec<String>,
    /// A challenge was answered: another one is a no (promises.md E24).
    answered: bool,
}

/// The client transactions of a shard towards trunks: at most the windows of its trunks, and one
/// for each hop.
#[derive(Debug, Default)]
pub(crate) struct TrunkClients {
    clients: Table<u128, Client>,
    /// Those that went out over connections.
    over: BTreeSet<(FlowId, u128)>,
    /// Memory for the texts of the next request.
    papers: Papers,
    /// How many requests there were: no two have one branch.
    probes: u64,
}

impl TrunkClients {
    pub(crate) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    fn insert(&mut self, transaction: u128, client: Client) {
        self.over.extend(client.line.flow().map(|flow| (flow, transaction)));
        self.clients.insert(transaction, client);
    }

    fn remove(&mut self, transaction: u128) -> Option<Client> {
        let client = self.clients.remove(&transaction)?;
        if let Some(flow) = client.line.flow() {
            self.over.remove(&(flow, transaction));
        }
        Some(client)
    }
}

impl Shard {
    /// Where the next MESSAGE over a trunk would go.
    pub(super) fn way_of_trunk(&self, key: ConnectionKey) -> Via {
        let trunk = self.connections.trunks.ours.get(&key);
        let hop = trunk.and_then(|trunk| Some(&trunk.hops[trunk.choose(0, false)?]));
        hop.map_or(Via::Nothing, |hop| Via::Sip(hop.hop.address))
    }

    /// The attempt is durable: the MESSAGE leaves.
    pub(super) fn send_by_trunk(&mut self, key: ConnectionKey, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let attempt = flight.attempts;
        let room = self.connections.trunks.ours.get(&key).map_or(0, Trunk::room);
        if room == 0 {
            return self.submit_later(key, id);
        }
        if let Some(flight) = self.flights.get_mut(id) {
            flight.stage = Stage::Trying(Fork { open: 1, best: None });
        }
        let (uri, seen, answered) = (String::new(), Vec::new(), false);
        self.ask_trunk(key, Try { id, attempt, turn: 0, uri, seen, answered });
    }

    /// Sends one MESSAGE of an attempt.
    fn ask_trunk(&mut self, key: ConnectionKey, one: Try) {
        let Some(trunk) = self.connections.trunks.ours.get(&key) else {
            return self.attempt_ended(key, &one, Verdict::Temporary(503));
        };
        let lot = one.id.bits() as u64;
        let (has_stream, first) = (trunk.has_stream(), trunk.choose(lot, false));
        let mut sent = first.and_then(|at| self.write_to_trunk(key, at, &one));
        if let Some((_, written)) = &sent
            && !written.line_is_stream
            && written.octets.len() > DATAGRAM_MAX
        {
            // RFC 3428 §8, promises.md E16.
            if !has_stream {
                let verdict = Verdict::Permanent(State::Undeliverable, 513);
                return self.attempt_ended(key, &one, verdict);
            }
            let trunk = self.connections.trunks.ours.get(&key);
            let stream = trunk.and_then(|trunk| trunk.choose(lot, true));
            sent = stream.and_then(|at| self.write_to_trunk(key, at, &one));
        }
        let Some((at, written)) = sent else {
            return self.attempt_ended(key, &one, Verdict::Temporary(503));
        };
        if written.octets.is_empty() {
            let verdict = Verdict::Permanent(State::Undeliverable, 400);
            return self.attempt_ended(key, &one, verdict);
        }
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            trunk.outstanding += 1;
        }
        self.begin_client(key, at, written, What::Message(one), None);
    }

    /// Asks a hop whether it lives.
    pub(crate) fn send_probe(&mut self, key: ConnectionKey, at: usize) {
        self.trunk_clients.probes += 1;
        let count = self.trunk_clients.probes;
        match self.write_options(key, at, count) {
            Some(written) => {
                let until = Some(self.at.now + PROBE_PATIENCE);
                self.begin_client(key, at, written, What::Probe, until);
            }
            None => self.hop_missed(key, at),
        }
    }

    fn begin_client(
        &mut self,
        key: ConnectionKey,
        at: usize,
        written: write::Written,
        what: What,
        until: Option<Instant>,
    ) {
        let Some(trunk) = self.connections.trunks.ours.get_mut(&key) else { return };
        let Some(hop) = trunk.hops.get_mut(at) else { return };
        hop.sent += 1;
        let transaction = NonInvite::new(self.at.now, written.line_is_stream, Timers::default());
        let client = Client {
            key,
            hop: (hop.hop.address, hop.hop.transport),
            line: written.line,
            octets: written.octets,
            transaction,
            until,
            armed: None,
            what,
        };
        if self.out.taps.is_on()
            && let What::Message(one) = &client.what
        {
            let exchange = Exchange::of_sip(&client.octets);
            self.tell_taps_id(exchange, one.id);
        }
        self.trunk_clients.insert(written.transaction, client);
        self.say_to_trunk(written.transaction);
        self.arm_trunk_client(written.transaction);
    }

    fn say_to_trunk(&mut self, transaction: u128) {
        let Some(client) = self.trunk_clients.clients.get(&transaction) else { return };
        self.flows.transmit_octets(&mut self.out, client.line, client.hop.0, &client.octets);
    }

    fn arm_trunk_client(&mut self, transaction: u128) {
        let Some(client) = self.trunk_clients.clients.get_mut(&transaction) else { return };
        let times = [client.transaction.poll_timeout(), client.until];
        let Some(next) = times.into_iter().flatten().min() else { return };
        if client.armed.is_none_or(|armed| armed > next) {
            client.armed = Some(next);
            self.deadlines.arm(next, Timer::Trunk(transaction));
        }
    }

    pub(crate) fn handle_trunk_timer(&mut self, transaction: u128) {
        let now = self.at.now;
        let Some(client) = self.trunk_clients.clients.get_mut(&transaction) else { return };
        client.armed = None;
        if client.until.is_some_and(|until| until <= now) {
            return self.trunk_silent(transaction);
        }
        match client.transaction.handle_timeout(now) {
            Action::Retransmit => self.say_to_trunk(transaction),
            Action::TimedOut | Action::Failed => return self.trunk_silent(transaction),
            Action::None | Action::Final(_) => {}
        }
        self.arm_trunk_client(transaction);
    }

    /// A response that may be to a request of ours to a trunk; says whether it is.
    pub(super) fn handle_trunk_response(
        &mut self,
        transaction: u128,
        line: Line,
        response: &Message<'_>,
    ) -> bool {
        let Some(client) = self.trunk_clients.clients.get_mut(&transaction) else { return false };
        let Some(status) = response.status().filter(|_| client.line.may_answer(line)) else {
            return true;
        };
        if let Action::Final(status) = client.transaction.handle_response(self.at.now, status) {
            self.trunk_answered(transaction, status, response);
        }
        true
    }

    /// A connection is gone, and with it the answers that were awaited over it.
    pub(super) fn fail_trunk_clients(&mut self, flow: FlowId) {
        let over = self.trunk_clients.over.range((flow, 0)..=(flow, u128::MAX));
        let transactions: Vec<u128> = over.map(|(_, transaction)| *transaction).collect();
        transactions.into_iter().for_each(|transaction| self.trunk_silent(transaction));
    }

    fn trunk_answered(&mut self, transaction: u128, status: u16, response: &Message<'_>) {
        let Some(client) = self.trunk_clients.remove(transaction) else { return };
        let key = client.key;
        let at = self.place_of(&client);
        self.clients.give_back(client.octets);
        match client.what {
            What::Probe if matches!(status, 408 | 503) => {
                at.into_iter().for_each(|at| self.hop_missed(key, at));
            }
            What::Probe => {
                at.into_iter().for_each(|at| self.hop_heard(key, at, status));
                self.probe_trunk(key);
            }
            What::Register(pleas) => {
                at.into_iter().for_each(|at| self.hop_heard(key, at, status));
                self.enrol_answered(key, client.hop, (pleas, status), response);
            }
            What::Message(one) => {
                self.is_less(key);
                at.into_iter().for_each(|at| self.hop_heard(key, at, status));
                self.message_answered(key, one, status, response);
                self.pump(key.0, key.1);
            }
        }
    }

    /// No answer came, or none will.
    fn trunk_silent(&mut self, transaction: u128) {
        let Some(client) = self.trunk_clients.remove(transaction) else { return };
        let key = client.key;
        let at = self.place_of(&client);
        let heard_nothing = client.transaction.state() != Progress::Proceeding;
        let is_missed = heard_nothing && !self.is_lost_flow(&client);
        self.clients.give_back(client.octets);
        match client.what {
            What::Probe => at.into_iter().for_each(|at| self.hop_missed(key, at)),
            What::Register(_) => {
                at.into_iter().for_each(|at| self.hop_missed(key, at));
                self.enrol_failed(key, "no answer", None);
            }
            What::Message(one) => {
                self.is_less(key);
                if is_missed && let Some(at) = at {
                    self.hop_missed(key, at);
                }
                self.message_unknown(key, &one);
                self.pump(key.0, key.1);
            }
        }
    }

    fn is_lost_flow(&mut self, client: &Client) -> bool {
        client.line.flow().is_some_and(|flow| self.flows.get_mut(flow.link).is_none())
    }

    /// A MESSAGE of a trunk has ended.
    fn is_less(&mut self, key: ConnectionKey) {
        if let Some(trunk) = self.connections.trunks.ours.get_mut(&key) {
            trunk.outstanding = trunk.outstanding.saturating_sub(1);
        }
    }

    fn place_of(&self, client: &Client) -> Option<usize> {
        let (address, transport) = client.hop;
        self.connections.trunks.ours.get(&client.key)?.hop_at(address, transport)
    }

    /// Nobody knows whether the next hop has it (standards.md 4.2: Timer F).
    fn message_unknown(&mut self, key: ConnectionKey, one: &Try) {
        if !self.is_tried(one) {
            return;
        }
        let means = self.unknown_means(key, one.id);
        if let Some(flight) = self.flights.get_mut(one.id) {
            flight.touched = true;
            flight.unknowns = flight.unknowns.saturating_add(1);
        }
        match means {
            Unknown::Resend => self.conclude(one.id, Verdict::Temporary(408)),
            Unknown::Hold | Unknown::Fail => self.settle(one.id, State::Unknown, 0),
        }
    }

    /// Does its flight still wait for this attempt?
    fn is_tried(&self, one: &Try) -> bool {
        let flight = self.flights.get(one.id).filter(|flight| flight.attempts == one.attempt);
        flight.is_some_and(|flight| matches!(flight.stage, Stage::Trying(_)))
    }

    fn attempt_ended(&mut self, key: ConnectionKey, one: &Try, verdict: Verdict) {
        if self.is_tried(one) {
            self.conclude(one.id, verdict);
            self.pump(key.0, key.1);
        }
    }
}
