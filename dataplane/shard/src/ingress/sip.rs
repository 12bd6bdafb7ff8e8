//! Octets become messages, and each request meets its server transaction.

use std::net::SocketAddr;
use std::time::Instant;

use routing::board::Tally;
use sip::digest::NonceKey;
use sip::transaction::server::{Action, NonInvite, State};
use sip::transaction::{Key, Timers};
use sip::{Builder, Message, Method, Name, Response, has_credentials, is_scanner, stun};

use crate::deadlines::Timer;
use crate::ingress::body::{ACCEPT, ACCEPT_ENCODING};
use crate::ingress::verdict::unserved;
use crate::ingress::{NonceCounts, Sources};
use crate::input::SocketId;
use crate::limits::TRANSACTIONS_MAX;
use crate::peers::lines::Line;
use crate::shard::Shard;
use crate::tables::Table;

/// One request that was taken in and is, or will be, answered.
#[derive(Debug)]
struct Server {
    line: Line,
    peer: SocketAddr,
    /// The request, as long as it is not answered.
    request: Vec<u8>,
    /// The final response, for retransmissions.
    response: Vec<u8>,
    transaction: NonInvite,
    merge: Option<u128>,
    armed: Option<Instant>,
}

/// The server transactions of a shard.
#[derive(Debug)]
pub(crate) struct Servers {
    servers: Table<u128, Server>,
    merges: Table<u128, u128>,
    pub(crate) nonces: NonceKey,
    /// What was said under them.
    pub(crate) counts: NonceCounts,
    /// What strangers cost.
    pub(crate) sources: Sources,
}

impl Servers {
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let (servers, merges, nonces) = (Table::default(), Table::default(), NonceKey::new(*key));
        let (counts, sources) = (NonceCounts::default(), Sources::default());
        Self { servers, merges, nonces, counts, sources }
    }
}

/// A request, and how it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) line: Line,
    pub(crate) peer: SocketAddr,
    pub(crate) octets: &'a [u8],
    pub(crate) message: &'a Message<'a>,
    /// The environment the line belongs to.
    pub(crate) environment: u32,
}

impl Shard {
    /// A datagram: SIP, or what keeps a NAT open. Of scanners, and of addresses that prove
    /// nothing and do not stop, nothing is read.
    pub(crate) fn handle_datagram(&mut self, socket: SocketId, peer: SocketAddr, octets: &[u8]) {
        let is_request = !octets.starts_with(b"SIP/2.0 ");
        let says_who = || has_credentials(octets);
        let now = self.at.now;
        if is_request
            && (!self.servers.sources.may_speak(now, peer.ip(), says_who) || is_scanner(octets))
        {
            return self.add(Tally::Dropped, 1);
        }
        if !stun::is_stun(octets) {
            return self.handle_sip(Line::Socket(socket), peer, octets);
        }
        let answered = self
            .out
            .datagram(socket, peer, |out| stun::answer(octets, peer, out).then_some(()).ok_or(()));
        if answered.is_ok() {
            self.servers.sources.answered(now, peer.ip());
        }
    }

    /// A datagram, or one message of a connection.
    pub(crate) fn handle_sip(&mut self, line: Line, peer: SocketAddr, octets: &[u8]) {
        if octets.iter().all(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
            return; // a keep-alive of an app behind a NAT
        }
        let message = match Message::parse(octets) {
            Ok(message) => message,
            Err(error) => {
                self.add(Tally::Nonsense, 1);
                if let Some(request) = Message::salvage(octets) {
                    self.reject(line, peer, &request, error.status(), |_| {});
                }
                return;
            }
        };
        if message.method().is_none() {
            return self.handle_sip_response(line, peer, octets, &message);
        }
        let Some(environment) = self.environment_of(line) else {
            return self.reject(line, peer, &message, 503, |builder| {
                builder.retry_after(1);
            });
        };
        let arrival = Arrival { line, peer, octets, message: &message, environment };
        self.handle_request(&arrival);
    }

    fn environment_of(&self, line: Line) -> Option<u32> {
        let entry = self.config.entry(line)?;
        let environment = self.plan.as_ref()?.plan().environment(&entry.environment)?;
        Some(environment.id.to_native())
    }

    fn handle_request(&mut self, arrival: &Arrival<'_>) {
        let message = arrival.message;
        if message.method() == Some(Method::Ack) {
            return;
        }
        let transaction = Key::of_request(self.hash_key(), message).0;
        if let Some(server) = self.servers.servers.get_mut(&transaction) {
            let action = server.transaction.handle_request(self.at.now);
            return self.act_server(transaction, action);
        }
        if let Some(status) = unserved(message) {
            return self.refuse(arrival, status, |builder| {
                builder.header("Allow", ALLOW);
            });
        }
        if let Some(unsupported) = unsupported(message) {
            return self.refuse(arrival, 420, |builder| {
                builder.header("Unsupported", &unsupported);
            });
        }
        match message.method() {
            Some(Method::Register) => self.handle_register(arrival, transaction),
            Some(Method::Message) => self.handle_message(arrival, transaction),
            Some(_) | None => self.refuse(arrival, 200, |builder| {
                builder.header("Allow", ALLOW).header("Accept", ACCEPT);
                builder.header("Supported", SUPPORTED);
                builder.header("Accept-Encoding", ACCEPT_ENCODING);
            }),
        }
    }

    /// Is the same request being answered that came another way? (RFC 3261 §8.2.2.2)
    pub(crate) fn is_merged(&self, message: &Message<'_>) -> bool {
        let merge = Key::of_merge(self.hash_key(), message);
        merge.is_some_and(|merge| self.servers.merges.contains_key(&merge.0))
    }

    /// Begins a server transaction; `false` if there is no room for one.
    pub(crate) fn open_server(&mut self, arrival: &Arrival<'_>, transaction: u128) -> bool {
        if self.servers.servers.len() >= TRANSACTIONS_MAX {
            self.refuse(arrival, 503, |builder| {
                builder.retry_after(5);
            });
            return false;
        }
        let merge = Key::of_merge(self.hash_key(), arrival.message).map(|key| key.0);
        if let Some(merge) = merge {
            if self.servers.merges.contains_key(&merge) {
                self.refuse(arrival, 482, |_| {});
                return false;
            }
            self.servers.merges.insert(merge, transaction);
        }
        let server = Server {
            line: arrival.line,
            peer: arrival.peer,
            request: arrival.octets.to_vec(),
            response: Vec::new(),
            transaction: NonInvite::new(
                self.at.now,
                arrival.line.flow().is_some(),
                Timers::default(),
            ),
            merge,
            armed: None,
        };
        self.servers.servers.insert(transaction, server);
        self.arm_server(transaction);
        true
    }

    /// Ends a server transaction with a status and nothing more to say.
    pub(crate) fn respond(&mut self, transaction: u128, status: u16) {
        self.respond_with(transaction, status, |builder| {
            if status == 503 {
                builder.retry_after(5);
            } else if status == 415 {
                builder.header("Accept", ACCEPT).header("Accept-Encoding", ACCEPT_ENCODING);
            }
        });
    }

    /// Ends a server transaction.
    pub(crate) fn respond_with(
        &mut self,
        transaction: u128,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
    ) {
        self.respond_to(transaction, status, |builder, _| add(builder));
    }

    /// Ends a server transaction with what depends on its request.
    pub(crate) fn respond_to(
        &mut self,
        transaction: u128,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>, &Message<'_>),
    ) {
        let tag = self.tag(transaction);
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        let request = std::mem::take(&mut server.request);
        let Ok(message) = Message::parse(&request) else { return };
        let response = Response { status, to_tag: Some(&tag), source: server.peer };
        let mut octets = Vec::with_capacity(request.len());
        let mut builder = Builder::response(&mut octets, &message, &response);
        add(&mut builder, &message);
        if builder.finish().is_err() {
            octets.clear();
        }
        server.peer = message.via().reply_to(server.peer);
        server.response = octets;
        let action = server.transaction.respond(self.at.now, status);
        self.act_server(transaction, action);
    }

    /// Answers a request for which no transaction is kept: the answer depends on nothing but
    /// the request, so a retransmission is answered alike.
    pub(crate) fn refuse(
        &mut self,
        arrival: &Arrival<'_>,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
    ) {
        self.reject(arrival.line, arrival.peer, arrival.message, status, add);
    }

    pub(super) fn reject(
        &mut self,
        line: Line,
        peer: SocketAddr,
        message: &Message<'_>,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
    ) {
        if line.flow().is_none() {
            self.servers.sources.answered(self.at.now, peer.ip());
        }
        let tag = self.tag(Key::of_request(self.hash_key(), message).0);
        let response = Response { status, to_tag: Some(&tag), source: peer };
        let to = message.via().reply_to(peer);
        // What cannot be answered within the grammar is not answered.
        let _ = self.flows.transmit(&mut self.out, line, to, |out| {
            let mut builder = Builder::response(out, message, &response);
            add(&mut builder);
            builder.finish()
        });
    }

    /// By what the request of a transaction came.
    pub(crate) fn line_of_server(&self, transaction: u128) -> Option<Line> {
        self.servers.servers.get(&transaction).map(|server| server.line)
    }

    /// The To tag of our answers to one request (RFC 3261 §19.3).
    fn tag(&self, transaction: u128) -> String {
        format!("{:016x}", transaction as u64)
    }

    fn act_server(&mut self, transaction: u128, action: Action) {
        match action {
            Action::None | Action::Drop => {}
            Action::Send | Action::Resend => self.send_response(transaction),
            Action::SayTrying => self.say_trying(transaction),
        }
        let Some(server) = self.servers.servers.get(&transaction) else { return };
        if server.transaction.state() == State::Terminated {
            if let Some(server) = self.servers.servers.remove(&transaction)
                && let Some(merge) = server.merge
            {
                self.servers.merges.remove(&merge);
            }
        } else {
            self.arm_server(transaction);
        }
    }

    fn send_response(&mut self, transaction: u128) {
        let Some(server) = self.servers.servers.get(&transaction) else { return };
        if server.response.is_empty() {
            return;
        }
        self.flows.transmit_octets(&mut self.out, server.line, server.peer, &server.response);
    }

    fn say_trying(&mut self, transaction: u128) {
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        let Ok(message) = Message::parse(&server.request) else { return };
        let response = Response { status: 100, to_tag: None, source: server.peer };
        let to = message.via().reply_to(server.peer);
        let mut octets = Vec::new();
        if Builder::response(&mut octets, &message, &response).finish().is_ok() {
            server.transaction.respond(self.at.now, 100);
            self.flows.transmit_octets(&mut self.out, server.line, to, &octets);
        }
    }

    fn arm_server(&mut self, transaction: u128) {
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        let Some(next) = server.transaction.poll_timeout() else { return };
        if server.armed.is_none_or(|armed| armed > next) {
            server.armed = Some(next);
            self.deadlines.arm(next, Timer::Server(transaction));
        }
    }

    pub(crate) fn handle_server_timer(&mut self, transaction: u128) {
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        server.armed = None;
        let action = server.transaction.handle_timeout(self.at.now);
        self.act_server(transaction, action);
    }
}

/// The extensions that a request requires and we do not have for its method (RFC 3261 §8.2.2.3).
fn unsupported(message: &Message<'_>) -> Option<String> {
    let has: &[&str] = match message.method() {
        Some(Method::Register) => &EXTENSIONS,
        Some(_) | None => &[],
    };
    let lacks = |wanted: &&str| !has.iter().any(|known| known.eq_ignore_ascii_case(wanted));
    let lacking: Vec<&str> = message.values(Name::Require).filter(lacks).collect();
    (!lacking.is_empty()).then(|| lacking.join(", "))
}

/// What a REGISTER may require (RFC 3327, RFC 5626, RFC 5627).
const EXTENSIONS: [&str; 3] = ["path", "outbound", "gruu"];

/// The same as a header.
pub(crate) const SUPPORTED: &str = "path, outbound, gruu";

/// What we serve.
const ALLOW: &str = "REGISTER, MESSAGE, OPTIONS";
