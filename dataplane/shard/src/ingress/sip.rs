//! Octets become messages, and each request meets its server transaction.

use std::net::SocketAddr;

use routing::board::Tally;
use sip::transaction::server::{Action, NonInvite, State};
use sip::transaction::{Key, Timers};
use sip::{BuildError, Builder, Message, Method, Name, Response, has_credentials, stun};

use crate::deadlines::Timer;
use crate::ingress::body::{ACCEPT, ACCEPT_ENCODING, ACCEPT_MOSTLY};
use crate::ingress::done::{Answer, Written};
use crate::ingress::servers::Server;
use crate::ingress::verdict::unserved;
use crate::input::SocketId;
use crate::limits::TRANSACTIONS_MAX;
use crate::peers::lines::Line;
use crate::shard::Shard;
use crate::taps::Exchange;

/// A request, and how it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival<'a> {
    pub(crate) line: Line,
    pub(crate) peer: SocketAddr,
    pub(crate) octets: &'a [u8],
    pub(crate) message: &'a Message<'a>,
    /// The environment the line belongs to.
    pub(crate) environment: u32,
    /// What it shares with copies that come by other ways (RFC 3261 §8.2.2.2).
    pub(crate) merge: Option<u128>,
}

impl Shard {
    /// A datagram: SIP, or what keeps a NAT open. Of scanners, and of addresses that prove
    /// nothing and do not stop, nothing is read.
    pub(crate) fn handle_datagram(&mut self, socket: SocketId, peer: SocketAddr, octets: &[u8]) {
        let is_request = !octets.starts_with(b"SIP/2.0 ");
        let says_who = || has_credentials(octets);
        let now = self.at.now;
        if is_request
            && (!self.servers.sources.may_speak(now, peer.ip(), says_who)
                || self.servers.scanners.sent(octets))
        {
            return self.add(Tally::Dropped, 1);
        }
        if !stun::is_stun(octets) {
            if is_request {
                self.out.taps.saw_sip(false, Line::Socket(socket), peer, octets);
            }
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
        if octets.starts_with(b"SIP/2.0 ") && self.handle_usual_response(line, octets) {
            return;
        }
        if self.waits_unread(line, peer, octets) {
            return;
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
        let merge = Key::of_merge(self.hash_key(), &message).map(|key| key.0);
        let arrival = Arrival { line, peer, octets, message: &message, environment, merge };
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
        if self.repeat(arrival, transaction) || self.passes(arrival) {
            return;
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
                builder.header("Allow", ALLOW).header("Accept", ACCEPT_MOSTLY);
                builder.header("Supported", SUPPORTED);
                builder.header("Accept-Encoding", ACCEPT_ENCODING);
            }),
        }
    }

    /// Is the same request being answered that came another way? (RFC 3261 §8.2.2.2)
    pub(crate) fn is_merged(&self, arrival: &Arrival<'_>) -> bool {
        arrival.merge.is_some_and(|merge| self.servers.is_merged(merge))
    }

    /// Begins a server transaction; `false` if there is no room for one.
    pub(crate) fn open_server(&mut self, arrival: &Arrival<'_>, transaction: u128) -> bool {
        if self.servers.servers.len() >= TRANSACTIONS_MAX {
            self.refuse(arrival, 503, |builder| {
                builder.retry_after(5);
            });
            return false;
        }
        if let Some(merge) = arrival.merge {
            if self.servers.is_merged(merge) {
                self.refuse(arrival, 482, |_| {});
                return false;
            }
            self.servers.merges.insert(merge, ());
        }
        let mut octets = self.servers.take();
        let tag = Tag::of(transaction);
        let response = Response { status: 100, to_tag: Some(tag.as_str()), source: arrival.peer };
        // What cannot be answered within the grammar is not answered.
        let _ = Builder::lines_of(&mut octets, arrival.message, &response);
        let server = Server {
            line: arrival.line,
            peer: arrival.peer,
            environment: arrival.environment,
            to: arrival.message.via().reply_to(arrival.peer),
            octets,
            transaction: NonInvite::new(
                self.at.now,
                arrival.line.flow().is_some(),
                Timers::default(),
            ),
            merge: arrival.merge,
            armed: None,
        };
        self.servers.servers.insert(transaction, server);
        self.arm_server(transaction);
        true
    }

    /// Ends a server transaction with a status and what always goes with that.
    pub(crate) fn respond(&mut self, transaction: u128, status: u16) {
        let answer = Some(Answer::Status(status));
        self.end_server(transaction, status, |builder| add_usual(builder, status), answer);
    }

    /// Ends a server transaction.
    pub(crate) fn respond_with(
        &mut self,
        transaction: u128,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
    ) {
        self.end_server(transaction, status, add, None);
    }

    /// Ends a server transaction. How its copies are answered is said, or read off what is written.
    pub(super) fn end_server(
        &mut self,
        transaction: u128,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
        answer: Option<Answer>,
    ) {
        let now = self.at.now;
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        if server.transaction.respond(now, status) != Action::Send {
            return;
        }
        let Some(server) = self.servers.remove(transaction) else { return };
        let (is_told, mut end) = (answer.is_some(), Box::default());
        // What cannot be answered within the grammar is not answered.
        let _ = self.flows.transmit(&mut self.out, server.line, server.to, |out| {
            let mut builder = Builder::reply(out, status, &server.octets);
            let start = builder.place();
            add(&mut builder);
            builder.finish()?;
            if !is_told {
                end = builder.since(start).into();
            }
            Ok::<(), BuildError>(())
        });
        let answer = answer.unwrap_or_else(|| Answer::Written(Written { status, end }.into()));
        self.keep_answer(transaction, &server, answer);
        self.servers.give(server.octets);
    }

    /// On a connection nothing is sent again; else the answer is kept for copies of the request.
    fn keep_answer(&mut self, transaction: u128, server: &Server, answer: Answer) {
        if server.line.flow().is_some() {
            return;
        }
        let end = self.at.now + Timers::default().patience();
        if self.servers.done.is_empty() {
            self.deadlines.arm(end, Timer::Done);
        }
        self.servers.done.keep(end, (transaction, server.merge), server.peer, answer);
    }

    /// Answers are forgotten when no copy of their request can come any more.
    pub(crate) fn forget_done(&mut self) {
        if let Some(next) = self.servers.done.forget(self.at.now) {
            self.deadlines.arm(next, Timer::Done);
        }
    }

    /// Answers a copy of a request that was answered as that was; `false` if there was none.
    fn repeat(&mut self, arrival: &Arrival<'_>, transaction: u128) -> bool {
        let (line, peer, message) = (arrival.line, arrival.peer, arrival.message);
        let answer = match self.servers.done.answer((transaction, arrival.merge), peer) {
            None => return false,
            Some(None) => return true,
            Some(Some(answer)) => answer.clone(),
        };
        match answer {
            Answer::Status(status) => {
                self.answer_with((line, peer), message, transaction, status, |out| {
                    add_usual(out, status);
                    out.finish()
                });
            }
            Answer::Contacts(account) => self.list_again(arrival, transaction, account),
            Answer::Written(written) => {
                self.answer_with((line, peer), message, transaction, written.status, |out| {
                    out.finish_as(&written.end)
                });
            }
        }
        true
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

    /// As [`refuse`](Self::refuse), for a request whose key is known.
    pub(crate) fn refuse_as(
        &mut self,
        arrival: &Arrival<'_>,
        transaction: u128,
        status: u16,
        add: impl FnOnce(&mut Builder<'_>),
    ) {
        let (line, peer) = (arrival.line, arrival.peer);
        if line.flow().is_none() {
            self.servers.sources.answered(self.at.now, peer.ip());
        }
        self.answer_with((line, peer), arrival.message, transaction, status, |builder| {
            add(builder);
            builder.finish()
        });
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
        let transaction = Key::of_request(self.hash_key(), message).0;
        self.answer_with((line, peer), message, transaction, status, |builder| {
            add(builder);
            builder.finish()
        });
    }

    pub(super) fn answer_with(
        &mut self,
        (line, peer): (Line, SocketAddr),
        message: &Message<'_>,
        transaction: u128,
        status: u16,
        end: impl FnOnce(&mut Builder<'_>) -> Result<(), BuildError>,
    ) {
        let tag = Tag::of(transaction);
        let response = Response { status, to_tag: Some(tag.as_str()), source: peer };
        let to = message.via().reply_to(peer);
        // What cannot be answered within the grammar is not answered.
        let _ = self.flows.transmit(&mut self.out, line, to, |out| {
            end(&mut Builder::response(out, message, &response))
        });
    }

    /// What a request that is being answered belongs to.
    pub(crate) fn exchange_of_server(&self, transaction: u128) -> Option<Exchange> {
        let server = self.servers.servers.get(&transaction)?;
        Some(Exchange::of_sip(&server.octets))
    }

    /// By what the request of a transaction came.
    pub(crate) fn line_of_server(&self, transaction: u128) -> Option<Line> {
        self.servers.servers.get(&transaction).map(|server| server.line)
    }

    fn act_server(&mut self, transaction: u128, action: Action) {
        match action {
            // An answer ends a transaction here, and its copies are told by `repeat`.
            Action::None | Action::Drop | Action::Send | Action::Resend => {}
            Action::SayTrying => self.say_trying(transaction),
        }
        let Some(server) = self.servers.servers.get(&transaction) else { return };
        if server.transaction.state() == State::Terminated {
            self.servers.remove(transaction);
        } else {
            self.arm_server(transaction);
        }
    }

    fn say_trying(&mut self, transaction: u128) {
        let Some(server) = self.servers.servers.get_mut(&transaction) else { return };
        let mut octets = Vec::new();
        if Builder::reply(&mut octets, 100, &server.octets).finish().is_ok() {
            server.transaction.respond(self.at.now, 100);
            self.flows.transmit_octets(&mut self.out, server.line, server.to, &octets);
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

/// The To tag of our answers to one request (RFC 3261 §19.3).
struct Tag([u8; 16]);

impl Tag {
    fn of(transaction: u128) -> Self {
        let digit = |at: usize| b"0123456789abcdef"[(transaction >> (60 - 4 * at)) as usize & 15];
        Self(std::array::from_fn(digit))
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

/// What always goes with a status.
fn add_usual(builder: &mut Builder<'_>, status: u16) {
    if status == 503 {
        builder.retry_after(5);
    } else if status == 415 {
        builder.header("Accept", ACCEPT).header("Accept-Encoding", ACCEPT_ENCODING);
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
