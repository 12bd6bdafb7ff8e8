//! Out to the app: a MESSAGE to one contact, and what is answered to it (RFC 3428).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use routing::{Address, MessageId, State};

use sip::registrar::Contact;
use sip::transaction::client::{Action, NonInvite};
use sip::transaction::{HashKey, Key, Timers};
use sip::{
    BuildError, Builder, Glance, MAX_FORWARDS, MESSAGE_MAX, Message, Method, Party, Request,
};

use crate::config::Config;
use crate::content::{Aside, Body};
use crate::deadlines::Timer;
use crate::egress::desk::{Branch, Desk, display_of, shard_of};
use crate::egress::fork::{Rest, UNAVAILABLE, Way, key_of};
use crate::inbox::AccountKey;
use crate::limits::DATAGRAM_MAX;
use crate::peers::lines::{FlowId, Line, in_via};
use crate::settle::Verdict;
use crate::shard::Shard;
use crate::tables::Table;
use crate::taps::Exchange;

/// One MESSAGE of ours that awaits its final response.
#[derive(Debug)]
struct Client {
    key: AccountKey,
    flight: MessageId,
    attempt: u16,
    way: Way,
    line: Line,
    peer: SocketAddr,
    octets: Vec<u8>,
    transaction: NonInvite,
    armed: Option<Instant>,
}

/// What a MESSAGE says.
pub(crate) struct Letter<'a> {
    pub(crate) source: Address,
    pub(crate) accepted_ns: u64,
    pub(crate) expires_ns: u64,
    pub(crate) content_type: &'a str,
    pub(crate) body: Body<'a>,
    pub(crate) aside: Aside,
}

/// The client transactions of a shard: at most one fork for each account.
#[derive(Debug)]
pub(crate) struct Clients {
    clients: Table<u128, Client>,
    desk: Desk,
    /// What is left of attempts with more than one way to go.
    pub(super) rests: Table<MessageId, Rest>,
    /// Those that went out over connections.
    over: BTreeSet<(FlowId, u128)>,
}

impl Clients {
    pub(crate) fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    pub(crate) fn new(config: &Config) -> Self {
        let (clients, rests, over) = (Table::default(), Table::default(), BTreeSet::new());
        Self { clients, desk: Desk::new(config), rests, over }
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

    /// An empty buffer for a request.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.desk.take()
    }

    /// A buffer that is not needed any more.
    pub(super) fn give_back(&mut self, octets: Vec<u8>) {
        self.desk.give(octets);
    }

    /// Our end of a line as it stands in a Via.
    pub(super) fn end_of(&self, line: Line) -> &str {
        self.desk.end_of(line)
    }

    /// Those that went out over one connection.
    fn of(&self, flow: FlowId) -> Vec<u128> {
        let ours = self.over.range((flow, 0)..=(flow, u128::MAX));
        ours.map(|(_, transaction)| *transaction).collect()
    }
}

impl Shard {
    /// Sends one branch of an attempt.
    pub(crate) fn fork(&mut self, key: AccountKey, branch: Branch, way: Way) {
        let Branch { id, attempt, .. } = branch;
        let Some((branch, way)) = self.begin_trial(key, branch, way) else {
            return self.answered(key, (id, attempt), way, Verdict::Temporary(UNAVAILABLE));
        };
        let mut octets = self.clients.desk.take();
        let built = self.write_message(key, branch, way, &mut octets);
        let is_long = |line: Line| {
            octets.len() > if line.flow().is_some() { MESSAGE_MAX } else { DATAGRAM_MAX }
        };
        let refused = match built {
            Ok((line, ..)) => is_long(line).then_some(513),
            Err(_) => Some(400),
        };
        let (Ok(line), None) = (built, refused) else {
            self.clients.desk.give(octets);
            let verdict = Verdict::Permanent(State::Undeliverable, refused.unwrap_or(400));
            return self.answered(key, (id, attempt), way, verdict);
        };
        self.send_request(key, (id, attempt), way, line, octets);
    }

    /// Sends a MESSAGE of ours, and again until it is answered; then its branch has ended.
    pub(crate) fn send_request(
        &mut self,
        key: AccountKey,
        (flight, attempt): (MessageId, u16),
        way: Way,
        (line, peer, transaction): (Line, SocketAddr, u128),
        octets: Vec<u8>,
    ) {
        let timers = NonInvite::new(self.at.now, line.flow().is_some(), Timers::default());
        let client = Client {
            key,
            flight,
            attempt,
            way,
            line,
            peer,
            octets,
            transaction: timers,
            armed: None,
        };
        if self.out.taps.is_on() {
            let exchange = Exchange::of_sip(&client.octets);
            self.tell_taps_id(exchange, flight);
        }
        self.clients.insert(transaction, client);
        self.send_again(transaction);
        self.arm_client(transaction);
    }

    /// Appends the MESSAGE to one contact; says where it goes and the key of its transaction.
    fn write_message(
        &mut self,
        key: AccountKey,
        branch: Branch,
        way: Way,
        octets: &mut Vec<u8>,
    ) -> Result<(Line, SocketAddr, u128), BuildError> {
        let refused = BuildError { field: "account" };
        let mut desk = std::mem::take(&mut self.clients.desk);
        let written = self.message(key, (branch, way), &mut desk, octets).unwrap_or(Err(refused));
        self.clients.desk = desk;
        written
    }

    /// `None` if there is nothing to write it from.
    fn message(
        &self,
        key: AccountKey,
        (branch, way): (Branch, Way),
        desk: &mut Desk,
        octets: &mut Vec<u8>,
    ) -> Option<Result<(Line, SocketAddr, u128), BuildError>> {
        let is_it = |contact: &&Contact| way.contact == 0 || key_of(contact) == way.contact;
        let contact = self.registrar.live(key, self.steady_ns).find(is_it)?;
        let environment = self.plan.as_ref()?.environment(key.0)?;
        let account = environment.account(key.1)?;
        let (letter, line) = (self.letter(key, branch.id, way)?, Line::of(contact.line));
        let domain = environment.domain.as_str();
        let (_, transport) = self.config.end_of(line)?;
        let display = display_of(&letter.source);
        let (ends, names) = desk.write(branch, domain, &letter.source);
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
            cseq: way.cseq(branch.attempt),
        };
        let mut builder = Builder::request(octets, &request);
        let built = self.finish_message(&mut builder, &request, contact, (&letter, branch.id, way));
        let transaction = Key::of_branch(self.hash_key(), names.branch(), Method::Message).0;
        Some(built.map(|()| (line, contact.next_hop(), transaction)))
    }

    /// What is to be said: of a flight, or of what a device is owed.
    pub(crate) fn letter(&self, key: AccountKey, id: MessageId, way: Way) -> Option<Letter<'_>> {
        if way.is_owed {
            let row = self.devices.next(key, way.who, self.at.unix_ns)?;
            return Some(Letter {
                source: row.source,
                accepted_ns: row.accepted_ns,
                expires_ns: row.expires_ns,
                content_type: &row.content_type,
                body: Body::Data(row.body.as_slice().into()),
                aside: Aside::beside(&row.tlvs),
            });
        }
        let flight = self.flights.get(id)?;
        let (sms, body, aside) = (&flight.sms, self.body(flight), Aside::of(&flight.sms));
        Some(Letter {
            source: sms.calling(),
            accepted_ns: sms.accepted_ns,
            expires_ns: sms.expires_ns,
            content_type: aside.content_type(&body),
            body,
            aside,
        })
    }

    /// Nothing more is said or heard under a branch.
    pub(super) fn forget_client(&mut self, branch: Branch) {
        let mut text = String::new();
        branch.put(&mut text);
        self.clients.remove(Key::of_branch(self.hash_key(), &text, Method::Message).0);
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
        let branch = response.via().branch.unwrap_or_default();
        let Some(owner) = shard_of(branch, self.config.shards) else { return };
        if owner != self.config.shard {
            if owner.0 < self.config.shards {
                self.forward(owner, line, peer, octets);
            }
            return;
        }
        self.out.taps.saw_sip(false, line, peer, octets);
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

    /// A response to a MESSAGE of ours that is written as usual; `false` if it has to be read.
    pub(crate) fn handle_usual_response(&mut self, line: Line, octets: &[u8]) -> bool {
        let Some(glance) = Glance::of(octets) else { return false };
        if shard_of(glance.branch, self.config.shards) != Some(self.config.shard) {
            return false;
        }
        let transaction = Key::of_branch(self.hash_key(), glance.branch, glance.method).0;
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return false };
        if client.line.may_answer(line) {
            self.out.taps.saw_sip(false, line, client.peer, octets);
            let action = client.transaction.handle_response(self.at.now, glance.status);
            self.act(transaction, action);
        }
        true
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
        let (key, sent, way) = (client.key, (client.flight, client.attempt), client.way);
        match action {
            Action::None => {}
            Action::Retransmit => self.send_again(transaction),
            // Timer K would only absorb copies of the response; a response without a
            // transaction is dropped all the same (RFC 3261 §17.1.2.2).
            Action::Final(status) => {
                self.clients.remove(transaction);
                if status == FLOW_FAILED {
                    self.flow_failed(key, way);
                }
                return self.answered(key, sent, way, Verdict::of_sip(status));
            }
            Action::TimedOut | Action::Failed => {
                self.clients.remove(transaction);
                return self.answered(key, sent, way, Verdict::Temporary(408));
            }
        }
        self.arm_client(transaction);
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

/// The seconds that an Sms holds from when it was accepted.
pub(super) fn expires_secs(accepted_ns: u64, expires_ns: u64) -> u32 {
    let left = expires_ns.saturating_sub(accepted_ns) / 1_000_000_000;
    u32::try_from(left).unwrap_or(u32::MAX)
}

/// An edge proxy has lost the app's connection (RFC 5626 §11.6).
const FLOW_FAILED: u16 = 430;
