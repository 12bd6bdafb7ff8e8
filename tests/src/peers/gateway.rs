//! A trunk's other end: hears MESSAGE and OPTIONS by UDP and TCP, answers as it is told, and
//! sends what a test wrote.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;

use sip::{Builder, Cut, Framer, Message, Method, Response};

use crate::model::{GATEWAY, address};
use crate::net::{Net, Place};

/// An answer of a gateway.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Headers beyond those of every response.
    pub headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// With this status and nothing more.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new() }
    }

    /// With one more header.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When, in nanoseconds.
    pub at: u64,
    /// Its method.
    pub method: String,
    /// Its Request-URI.
    pub uri: String,
    /// The branch of its topmost Via.
    pub branch: String,
    /// Its octets as text.
    pub text: String,
    /// Did it come over a connection?
    pub by_stream: bool,
}

impl Heard {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = Message::parse(self.text.as_bytes()).ok()?;
        message.header_named(name).map(str::to_owned)
    }
}

/// The other end of a trunk.
#[derive(Debug)]
pub struct Gateway {
    at: usize,
    /// Where it hears, by UDP and TCP.
    pub local: SocketAddr,
    /// Does it hear anything at all?
    pub online: bool,
    /// MESSAGEs that came, each transaction once.
    pub messages: Vec<Heard>,
    /// How often one came again.
    pub retransmissions: usize,
    /// OPTIONS that came, each transaction once.
    pub options: Vec<Heard>,
    /// REGISTERs that came, each transaction once.
    pub registers: Vec<Heard>,
    /// How it answers REGISTERs that come next; afterwards with 200.
    pub enrols: VecDeque<Option<Reply>>,
    /// How it answers MESSAGEs that come next; afterwards as `answer` says.
    pub answers: VecDeque<Option<Reply>>,
    /// How it answers when `answers` is empty; `None` is silence.
    pub answer: Option<Reply>,
    /// How it answers OPTIONS; `None` is silence.
    pub alive: Option<Reply>,
    /// The final answers to what it sent, by Call-ID.
    pub finals: BTreeMap<String, u16>,
    known: BTreeMap<String, Vec<u8>>,
    wires: BTreeMap<u64, (u64, Framer, Vec<u8>)>,
}

impl Gateway {
    /// One that takes everything.
    pub fn new(at: usize) -> Self {
        Self {
            at,
            local: address(GATEWAY),
            online: true,
            messages: Vec::new(),
            retransmissions: 0,
            options: Vec::new(),
            registers: Vec::new(),
            enrols: VecDeque::new(),
            answers: VecDeque::new(),
            answer: Some(Reply::status(200)),
            alive: Some(Reply::status(200)),
            finals: BTreeMap::new(),
            known: BTreeMap::new(),
            wires: BTreeMap::new(),
        }
    }

    /// A connection that stands, as the net calls it.
    pub fn wire(&self) -> Option<u64> {
        self.wires.values().next().map(|(wire, ..)| *wire)
    }

    /// Connections that stand.
    pub fn links(&self) -> usize {
        self.wires.len()
    }

    /// Sends a request by UDP.
    pub fn send(&self, net: &mut Net, to: SocketAddr, octets: &str) {
        net.datagram(self.local, to, octets.as_bytes());
    }

    pub(super) fn linked(&mut self, link: u64, wire: u64) {
        self.wires.insert(link, (wire, Framer::default(), Vec::new()));
    }

    pub(super) fn hangup(&mut self, link: u64) {
        self.wires.remove(&link);
    }

    pub(super) fn bytes(&mut self, net: &mut Net, link: u64, bytes: &[u8]) {
        let Some((wire, framer, held)) = self.wires.get_mut(&link) else { return };
        let wire = *wire;
        held.extend_from_slice(bytes);
        let mut whole = Vec::new();
        loop {
            match framer.cut(held, true).expect("a node writes what can be cut") {
                Cut::More => break,
                Cut::Ping(length) | Cut::Pong(length) => drop(held.drain(..length)),
                Cut::Message(length) => whole.push(held.drain(..length).collect::<Vec<u8>>()),
            }
        }
        let place = Place::Peer { peer: self.at, link };
        for octets in whole {
            if let Some(answer) = self.take(net.now, &octets, address(GATEWAY), true) {
                net.write(wire, place, &answer);
            }
        }
    }

    /// A datagram came.
    pub fn datagram(&mut self, net: &mut Net, from: SocketAddr, bytes: &[u8]) {
        if let Some(answer) = self.take(net.now, bytes, from, false) {
            net.datagram(self.local, from, &answer);
        }
    }

    fn take(
        &mut self,
        at: u64,
        octets: &[u8],
        source: SocketAddr,
        by_stream: bool,
    ) -> Option<Vec<u8>> {
        let message = Message::parse(octets).expect("a node says what can be parsed");
        if !self.online {
            return None;
        }
        let Some(method) = message.method() else {
            let status = message.status().expect("no request").max(100);
            if status >= 200 {
                self.finals.insert(message.call_id().to_owned(), status);
            }
            return None;
        };
        let branch = message.via().branch.unwrap_or_default().to_owned();
        if let Some(known) = self.known.get(&branch) {
            self.retransmissions += 1;
            return (!known.is_empty()).then(|| known.clone());
        }
        let heard = Heard {
            at,
            method: method.as_str().to_owned(),
            uri: message.request_uri().unwrap_or_default().to_owned(),
            branch: branch.clone(),
            text: String::from_utf8_lossy(octets).into_owned(),
            by_stream,
        };
        let reply = if method == Method::Message {
            self.messages.push(heard);
            self.answers.pop_front().unwrap_or_else(|| self.answer.clone())
        } else if method == Method::Register {
            self.registers.push(heard);
            self.enrols.pop_front().unwrap_or_else(|| Some(Reply::status(200)))
        } else {
            self.options.push(heard);
            self.alive.clone()
        };
        let mut answer = Vec::new();
        if let Some(reply) = reply {
            let response = Response { status: reply.status, to_tag: Some("gw"), source };
            let mut builder = Builder::response(&mut answer, &message, &response);
            for (name, value) in &reply.headers {
                builder.header(name, value);
            }
            builder.finish().expect("a test writes headers that fit");
        }
        self.known.insert(branch, answer.clone());
        (!answer.is_empty()).then_some(answer)
    }
}
