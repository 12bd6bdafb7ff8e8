//! Out to the app: one MESSAGE to every contact, the first 2xx decides (RFC 3428).

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

use routing::{Address, MessageId, Sms, State};

use sip::transaction::client::{Action, NonInvite};
use sip::transaction::{HashKey, Key, Timers};
use sip::{BuildError, Builder, Date, MAX_FORWARDS, MESSAGE_MAX, Message, Method, Party, Request};

use crate::deadlines::Timer;
use crate::flights::{Fork, Stage};
use crate::inbox::AccountKey;
use crate::input::ShardId;
use crate::limits::DATAGRAM_MAX;
use crate::peers::lines::{FlowId, Line, in_via};
use crate::peers::registrar::Reach;
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
#[derive(Debug, Default)]
pub(crate) struct Clients {
    clients: Table<u128, Client>,
    /// Those that went out over connections.
    over: BTreeSet<(FlowId, u128)>,
}

impl Clients {
    fn insert(&mut self, transaction: u128, client: Client) {
        self.over.extend(client.line.flow().map(|flow| (flow, transaction)));
        self.clients.insert(transaction, client);
    }

    fn remove(&mut self, transaction: u128) {
        let client = self.clients.remove(&transaction);
        if let Some(flow) = client.and_then(|client| client.line.flow()) {
            self.over.remove(&(flow, transaction));
        }
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
        let reaches = self.registrar.live(key, self.at.unix_ns);
        let Some(flight) = self.flights.get_mut(id) else { return };
        if reaches.is_empty() {
            // It never left, so it was no attempt; a REGISTER brings it back.
            flight.stage = Stage::Waiting;
            return self.inbox_put_back(key, id);
        }
        let attempt = flight.attempts;
        flight.stage = Stage::Trying(Fork { open: reaches.len() as u16, best: None });
        for (index, reach) in reaches.iter().enumerate() {
            self.fork(key, id, attempt, index, reach);
        }
    }

    fn fork(&mut self, key: AccountKey, id: MessageId, attempt: u16, index: usize, reach: &Reach) {
        let branch = branch(self.config.shard, id, attempt, index);
        let mut octets = Vec::with_capacity(DATAGRAM_MAX);
        let built = self.build(key, id, attempt, &branch, reach, &mut octets);
        let (line, peer) = (reach.line, reach.contact.source);
        let is_stream = line.flow().is_some();
        if octets.len() > if is_stream { MESSAGE_MAX } else { DATAGRAM_MAX } {
            return self.branch_ended(id, attempt, Verdict::Permanent(State::Undeliverable, 513));
        }
        if built.is_err() {
            return self.branch_ended(id, attempt, Verdict::Permanent(State::Undeliverable, 400));
        }
        let transaction = NonInvite::new(self.at.now, is_stream, Timers::default());
        let client = Client { flight: id, attempt, line, peer, octets, transaction, armed: None };
        let transaction = Key::of_branch(self.hash_key(), &branch, Method::Message).0;
        self.clients.insert(transaction, client);
        self.send_again(transaction);
        self.arm_client(transaction);
    }

    fn build(
        &self,
        key: AccountKey,
        id: MessageId,
        attempt: u16,
        branch: &str,
        reach: &Reach,
        octets: &mut Vec<u8>,
    ) -> Result<(), BuildError> {
        let refused = BuildError { field: "account" };
        let flight = self.flights.get(id).ok_or(refused)?;
        let plan = self.plan.as_ref().ok_or(refused)?;
        let environment = plan.environment(key.0).ok_or(refused)?;
        let account = environment.account(key.1).ok_or(refused)?;
        let sms = &flight.sms;
        let domain = environment.domain.as_str();
        let (local, transport) = self.config.end_of(reach.line).ok_or(refused)?;
        let local = local.to_string();
        let (id, from) = (id.to_string(), From::of(&sms.calling()));
        let call_id = format!("{id}@{domain}");
        let request = Request {
            method: Method::Message,
            uri: &reach.contact.uri,
            transport: in_via(transport),
            sent_by: &local,
            branch,
            rport: !transport.is_stream(),
            max_forwards: MAX_FORWARDS,
            route: &reach.contact.path,
            from: Party { display: &from.display, user: &from.user, host: domain, tag: Some(&id) },
            to: Party { display: "", user: &account.user, host: domain, tag: None },
            call_id: &call_id,
            cseq: u32::from(attempt),
        };
        let body = self.body(flight);
        Builder::request(octets, &request)
            .date(Date { unix_secs: sms.accepted_ns / 1_000_000_000 })
            .expires(expires_secs(sms))
            .finish_with(body.content_type(), body.octets())
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
        let transaction = Key::of_response(self.hash_key(), response).0;
        let Some(client) = self.clients.clients.get_mut(&transaction) else { return };
        let Some(status) = response.status().filter(|_| client.line.may_answer(line)) else {
            return;
        };
        let action = client.transaction.handle_response(self.at.now, status);
        self.act(transaction, action);
    }

    /// A connection is gone: nobody will hear over it what became of these.
    pub(crate) fn fail_clients(&mut self, flow: FlowId) {
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
        let Some(flight) = self.flights.get_mut(id) else { return };
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

/// The sender as an app is shown it.
struct From {
    display: String,
    user: String,
}

impl From {
    /// A name stands as display name too; an international number gets its `+` back, which a
    /// short number inside our environments never had.
    fn of(source: &Address) -> Self {
        let text = String::from_utf8_lossy(source.as_bytes()).into_owned();
        let digits = text.bytes().all(|octet| octet.is_ascii_digit());
        if !digits || text.is_empty() {
            let user = if text.is_empty() { "anonymous".to_owned() } else { text.clone() };
            return Self { display: text, user };
        }
        let international = source.ton == smpp::ton::INTERNATIONAL && text.len() >= E164_MIN;
        let user = if international { format!("+{text}") } else { text };
        Self { display: String::new(), user }
    }
}

/// The same for the same attempt, also after a restart: the app then takes it for a
/// retransmission (RFC 3261 §17.2.3).
fn branch(shard: ShardId, id: MessageId, attempt: u16, index: usize) -> String {
    format!("{BRANCH_START}{:02x}-{id}-{attempt}-{index}", shard.0)
}

fn shard_of(branch: &str) -> Option<ShardId> {
    let shard = branch.strip_prefix(BRANCH_START)?.get(..2)?;
    u8::from_str_radix(shard, 16).ok().map(ShardId)
}

fn expires_secs(sms: &Sms) -> u32 {
    let left = sms.expires_ns.saturating_sub(sms.accepted_ns) / 1_000_000_000;
    u32::try_from(left).unwrap_or(u32::MAX)
}

/// RFC 3261's cookie and ours.
const BRANCH_START: &str = "z9hG4bKsb";

/// The fewest digits of a number with its country code.
const E164_MIN: usize = 7;
