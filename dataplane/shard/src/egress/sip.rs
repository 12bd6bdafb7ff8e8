//! Out to the app: one MESSAGE to every contact, the first 2xx decides (RFC 3428).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use routing::{MessageId, Sms, State};

use sip::registrar::Contact;
use sip::transaction::client::{Action, NonInvite};
use sip::transaction::{HashKey, Key, Timers};
use sip::{BuildError, Builder, Date, MAX_FORWARDS, MESSAGE_MAX, Message, Method, Party, Request};

use crate::config::Config;
use crate::content::Aside;
use crate::deadlines::Timer;
use crate::egress::desk::{Branch, Desk, display_of, shard_of};
use crate::flights::{Fork, Stage};
use crate::inbox::AccountKey;
use crate::limits::DATAGRAM_MAX;
use crate::peers::lines::{FlowId, Line, in_via};
use crate::proof::enveloped;
use crate::settle::Verdict;
use crate::shard::Shard;
use crate::tables::Table;

/// One MESSAGE of ours that awaits its final response.
#[derive(Debug)]
struct Client {
    flight: MessageId,
    attempt: u16,
    line: Line,
    peer: SocketAddr,
    octets: Vec<u8>,
    transaction: NonInvite,
    armed: Option<Instant>,
}

/// The client transactions of a shard: at most one fork for each account.
#[derive(Debug)]
pub(crate) struct Clients {
    clients: Table<u128, Client>,
    desk: Desk,
    /// Those that went out over connections.
    over: BTreeSet<(FlowId, u128)>,
}

impl Clients {
    pub(crate) fn new(config: &Config) -> Self {
        Self { clients: Table::default(), desk: Desk::new(config), over: BTreeSet::new() }
    }

    fn insert(&mut self, transaction: u128, client: Client) {
        self.over.extend(client.line.flow().map(|flow| (flow, transaction)));
        self.clients.insert(transaction, client);
    }

    fn remove(&mut self, transaction: u128) {
        let Some(client) = self.clients.remove(&transaction) else { return };
        if let Some(flow) = client.line.flow() {
            self.over.remove(&(flow, transaction));
        }
        self.desk.give(client.octets);
    }

    /// Those that went out over one connection.
    fn of(&self, flow: FlowId) -> Vec<u128> {
        let ours = self.over.range((flow, 0)..=(flow, u128::MAX));
        ours.map(|(_, transaction)| *transaction).collect()
    }
}

impl Shard {
    /// The attempt is durable: a MESSAGE to every contact leaves.
    pub(crate) fn send_message(&mut self, key: AccountKey, id: MessageId) {
        let contacts = self.registrar.live(key, self.at.unix_ns).count();
        let Some(flight) = self.flights.get_mut(id) else { return };
        if contacts == 0 {
            // It never left, so it was no attempt; a REGISTER brings it back.
            flight.stage = Stage::Waiting;
            return self.inbox_put_back(key, id);
        }
        let attempt = flight.attempts;
        flight.stage = Stage::Trying(Fork { open: contacts as u16, best: None });
        let by_datagram = |contact: &Contact| Line::of(contact.line).flow().is_none();
        if self.registrar.live(key, self.at.unix_ns).any(by_datagram) {
            self.cut_for_datagrams(key, id);
        }
        for index in 0..contacts {
            self.fork(key, Branch { shard: self.config.shard, id, attempt, index });
        }
    }

    fn fork(&mut self, key: AccountKey, branch: Branch) {
        let Branch { id, attempt, .. } = branch;
        let mut octets = self.clients.desk.take();
        let built = self.write_message(key, branch, &mut octets);
        let is_long = |line: Line| {
            octets.len() > if line.flow().is_some() { MESSAGE_MAX } else { DATAGRAM_MAX }
        };
        let refused = match built {
            Ok((line, ..)) => is_long(line).then_some(513),
            Err(_) => Some(400),
        };
        let (Ok(way), None) = (built, refused) else {
            self.clients.desk.give(octets);
            let verdict = Verdict::Permanent(State::Undeliverable, refused.unwrap_or(400));
            return self.branch_ended(id, attempt, verdict);
        };
        self.send_request((id, attempt), way, octets);
    }

    /// Sends a MESSAGE of ours, and again until it is answered; then its branch has ended.
    pub(crate) fn send_request(
        &mut self,
        (flight, attempt): (MessageId, u16),
        (line, peer, transaction): (Line, SocketAddr, u128),
        octets: Vec<u8>,
    ) {
        let timers = NonInvite::new(self.at.now, line.flow().is_some(), Timers::default());
        let client =
            Client { flight, attempt, line, peer, octets, transaction: timers, armed: None };
        self.clients.insert(transaction, client);
        self.send_again(transaction);
        self.arm_client(transaction);
    }

    /// Appends the MESSAGE to one contact; says where it goes and the key of its transaction.
    fn write_message(
        &mut self,
        key: AccountKey,
        branch: Branch,
        octets: &mut Vec<u8>,
    ) -> Result<(Line, SocketAddr, u128), BuildError> {
        let refused = BuildError { field: "account" };
        let mut desk = std::mem::take(&mut self.clients.desk);
        let written = self.message(key, branch, &mut desk, octets).unwrap_or(Err(refused));
        self.clients.desk = desk;
        written
    }

    /// `None` if there is nothing to write it from.
    fn message(
        &self,
        key: AccountKey,
        branch: Branch,
        desk: &mut Desk,
        octets: &mut Vec<u8>,
    ) -> Option<Result<(Line, SocketAddr, u128), BuildError>> {
        let contact = self.registrar.live(key, self.at.unix_ns).nth(branch.index)?;
        let flight = self.flights.get(branch.id)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let account = environment.account(key.1)?;
        let (sms, line) = (&flight.sms, Line::of(contact.line));
        let domain = environment.domain.as_str();
        let (_, transport) = self.config.end_of(line)?;
        let source = sms.calling();
        let display = display_of(&source);
        let (ends, names) = desk.write(branch, domain, &source);
        let from = Party { display: &display, user: names.user(), host: domain, tag: None };
        let request = Request {
            method: Method::Message,
            uri: &contact.uri,
            transport: in_via(transport),
            sent_by: ends.of(line),
            branch: names.branch(),
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: &contact.path,
            from: Party { tag: Some(names.tag()), ..from },
            to: Party { display: "", user: &account.user, host: domain, tag: None },
            call_id: names.call_id(),
            cseq: u32::from(branch.attempt),
        };
        let body = self.body(flight);
        let aside = Aside::of(sms);
        let mut builder = Builder::request(octets, &request);
        let date = Date { unix_secs: sms.accepted_ns / 1_000_000_000 };
        builder.date(date).expires(expires_secs(sms));
        aside.put(&mut builder);
        let built = if self.asks_for_proof(sms, contact, &body) {
            let (from, to) = (request.from.uri(), request.to.uri());
            builder.finish_with("message/cpim", &enveloped(flight, &from, &to, &body))
        } else {
            builder.finish_with(aside.content_type(&body), body.octets())
        };
        let transaction = Key::of_branch(self.hash_key(), names.branch(), Method::Message).0;
        Some(built.map(|()| (line, contact.next_hop(), transaction)))
    }

    fn send_again(&mut self, transaction: u128) {
        let Some(client) = self.clients.clients.get(&transaction) else { return };
        self.flows.transmit_octets(&mut self.out, client.line, client.peer, &client.octets);
    }

    fn arm_client(&mut self, transaction: u128) {
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return };
        let Some(next) = client.transaction.poll_timeout() else { return };
        if client.armed.is_none_or(|armed| armed > next) {
            client.armed = Some(next);
            self.deadlines.arm(next, Timer::Client(transaction));
        }
    }

    pub(crate) fn handle_client_timer(&mut self, transaction: u128) {
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return };
        client.armed = None;
        let action = client.transaction.handle_timeout(self.at.now);
        self.act(transaction, action);
    }

    /// A response to a MESSAGE of ours; if another shard sent it, it goes there.
    pub(crate) fn handle_sip_response(
        &mut self,
        line: Line,
        peer: SocketAddr,
        octets: &[u8],
        response: &Message<'_>,
    ) {
        let Some(owner) = shard_of(response.via().branch.unwrap_or_default()) else { return };
        if owner != self.config.shard {
            if owner.0 < self.config.shards {
                self.forward(owner, line, peer, octets);
            }
            return;
        }
        if self.passes_back(response) {
            return;
        }
        let transaction = Key::of_response(self.hash_key(), response).0;
        if self.handle_trunk_response(transaction, line, response) {
            return;
        }
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return };
        let Some(status) = response.status().filter(|_| client.line.may_answer(line)) else {
            return;
        };
        let action = client.transaction.handle_response(self.at.now, status);
        self.act(transaction, action);
    }

    /// A connection is gone: nobody will hear over it what became of these.
    pub(crate) fn fail_clients(&mut self, flow: FlowId) {
        self.fail_trunk_clients(flow);
        for transaction in self.clients.of(flow) {
            let Some(client) = self.clients.clients.get_mut(&transaction) else { continue };
            let action = client.transaction.handle_transport_error(self.at.now);
            self.act(transaction, action);
        }
    }

    fn act(&mut self, transaction: u128, action: Action) {
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return };
        let (id, attempt) = (client.flight, client.attempt);
        match action {
            Action::None => {}
            Action::Retransmit => self.send_again(transaction),
            // Timer K would only absorb copies of the response; a response without a
            // transaction is dropped all the same (RFC 3261 §17.1.2.2).
            Action::Final(status) => {
                self.clients.remove(transaction);
                return self.branch_ended(id, attempt, Verdict::of_sip(status));
            }
            Action::TimedOut | Action::Failed => {
                self.clients.remove(transaction);
                return self.branch_ended(id, attempt, Verdict::Temporary(408));
            }
        }
        self.arm_client(transaction);
    }

    /// One branch of a fork has its answer: the first 2xx ends it, the last failure too.
    fn branch_ended(&mut self, id: MessageId, attempt: u16, verdict: Verdict) {
        let Some(flight) = self.flights.get_mut(id) else {
            return self.notice_ended(id, verdict);
        };
        if flight.attempts != attempt {
            return;
        }
        let Stage::Trying(fork) = &mut flight.stage else { return };
        // Nobody answered: the app may have it all the same.
        flight.touched |= verdict == Verdict::Temporary(408);
        fork.open = fork.open.saturating_sub(1);
        let best = verdict.better(fork.best);
        fork.best = Some(best);
        if verdict == Verdict::Delivered || fork.open == 0 {
            self.conclude(id, best);
        }
    }

    /// The secret under which transactions are found again.
    pub(crate) fn hash_key(&self) -> HashKey {
        let half = |at: usize| {
            let octets = self.config.key[at..at + 8].try_into().expect("eight octets of 32");
            u64::from_le_bytes(octets)
        };
        HashKey([half(0), half(8)])
    }
}

pub(super) fn expires_secs(sms: &Sms) -> u32 {
    let left = sms.expires_ns.saturating_sub(sms.accepted_ns) / 1_000_000_000;
    u32::try_from(left).unwrap_or(u32::MAX)
}
