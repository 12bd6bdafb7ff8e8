//! An app: registers with digest and stays registered, takes MESSAGEs and keeps the books about
//! them, sends MESSAGEs with retransmissions as RFC 3261 §17 wants them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;

use sip::transaction::client::{Action, NonInvite, State};
use sip::transaction::{HashKey, Key, Timers};
use sip::{Builder, MAX_FORWARDS, Message, Method, Party, Request, Response};

use crate::model::{PASSWORD, address, domain};
use crate::net::{Event, MS, Net, SEC};

mod body;
mod handset;
mod wire;

pub use body::{Asks, Report};
use body::{aside_of, asked_of, is_report, report, text_of};
pub use handset::{Handset, RELAYED, is_relay, submission};
pub use wire::Carriage;

/// How a MESSAGE is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// Not at all.
    Silent,
}

/// A MESSAGE that came, each Call-ID once.
#[derive(Clone, Debug)]
pub struct Got {
    /// When, in nanoseconds.
    pub at: u64,
    /// Its Call-ID.
    pub call_id: String,
    /// The user part of its From.
    pub from: String,
    /// Its body, out of its envelope.
    pub text: String,
    /// The type of its body, its class or a hyphen, and its ports.
    pub aside: String,
    /// Under which name a report of it is wanted, if one is.
    pub asked: Option<String>,
    /// How often it came under a branch of its own.
    pub branches: u32,
}

/// A MESSAGE of ours.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Whom it is for.
    pub to: String,
    /// Its body.
    pub text: String,
    /// What it is instead of a text: its type, its octets, and the Call-ID it answers.
    pub other: Option<(&'static str, Vec<u8>, String)>,
    /// The final answer to it, 408 if there was none.
    pub status: Option<u16>,
}

#[derive(Clone, Debug)]
struct Thread {
    call_id: String,
    tag: String,
    cseq: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Register,
    Message(usize),
}

#[derive(Debug)]
struct Ask {
    branch: String,
    what: What,
    thread: Thread,
    authorized: bool,
    octets: Vec<u8>,
    transaction: NonInvite,
}

/// An app.
#[derive(Debug)]
pub struct Phone {
    at: usize,
    /// Its user part.
    pub user: String,
    /// The domain of its environment.
    pub domain: String,
    /// Where it sends from.
    pub local: SocketAddr,
    /// Its registrar and proxy.
    pub remote: SocketAddr,
    /// Its password, as it believes.
    pub password: String,
    /// The name in its From, if not its own.
    pub alias: Option<String>,
    /// The Content-Type of what it sends; empty is none.
    pub content_type: String,
    /// Its User-Agent, if it has one.
    pub agent: Option<String>,
    /// How it asks what became of its texts.
    pub asks_for: Asks,
    /// More headers of its MESSAGEs.
    pub headers: Vec<(&'static str, String)>,
    /// What it has of a handset, if it is one.
    pub handset: Option<Box<Handset>>,
    /// What it was told of the texts it sent.
    pub reports: Vec<Report>,
    /// For how long it registers, in seconds.
    pub expires_secs: u32,
    /// How it answers MESSAGEs that come next; afterwards as `answer` says.
    pub answers: VecDeque<Answer>,
    /// How it answers when `answers` is empty.
    pub answer: Answer,
    /// Does it hear anything at all?
    pub online: bool,
    /// What it took with a 2xx, in order of arrival.
    pub got: Vec<Got>,
    /// When requests came, each time they did.
    pub heard: Vec<u64>,
    /// Requests that came again under the same branch.
    pub retransmissions: u64,
    /// What it answered to MESSAGEs.
    pub answered: BTreeMap<u16, u64>,
    /// What it sent.
    pub sent: Vec<Sent>,
    /// Final answers to its REGISTERs.
    pub registers: Vec<u16>,
    /// Is it registered, as far as it knows?
    pub registered: bool,
    /// What carries its SIP.
    pub carriage: Box<Carriage>,
    /// What should not have happened.
    pub wrongs: Vec<String>,
    wants: bool,
    again: Option<u64>,
    register_thread: Thread,
    asks: Vec<Ask>,
    /// What was answered, by transaction; forgotten after Timer J.
    known: HashMap<Key, Vec<u8>>,
    forget: VecDeque<(u64, Key)>,
    armed: Option<u64>,
    names: u64,
}

impl Phone {
    /// An app that is not registered; its address is its own.
    pub fn new(at: usize, user: &str, environment: &str, remote: &str) -> Self {
        let thread = Thread { call_id: format!("r-{user}-{at}"), tag: "r".to_owned(), cseq: 0 };
        Self {
            at,
            user: user.to_owned(),
            domain: domain(environment),
            local: SocketAddr::new(crate::model::ip("127.0.0.1"), 10_000 + at as u16),
            remote: address(remote),
            password: PASSWORD.to_owned(),
            alias: None,
            content_type: "text/plain;charset=UTF-8".to_owned(),
            agent: None,
            asks_for: Asks::Nothing,
            headers: Vec::new(),
            handset: None,
            reports: Vec::new(),
            expires_secs: 3600,
            answers: VecDeque::new(),
            answer: Answer::Status(200),
            online: true,
            got: Vec::new(),
            heard: Vec::new(),
            retransmissions: 0,
            answered: BTreeMap::new(),
            sent: Vec::new(),
            registers: Vec::new(),
            registered: false,
            carriage: Box::new(Carriage::new(at)),
            wrongs: Vec::new(),
            wants: false,
            again: None,
            register_thread: thread,
            asks: Vec::new(),
            known: HashMap::new(),
            forget: VecDeque::new(),
            armed: None,
            names: 0,
        }
    }

    /// Registers now, and again before it ends.
    pub fn register(&mut self, net: &mut Net) {
        (self.wants, self.online) = (true, true);
        self.again = None;
        // One REGISTER at a time (RFC 3261 §10.2): an older one is forgotten.
        self.asks.retain(|ask| ask.what != What::Register);
        let thread = self.register_thread.clone();
        self.ask(net, What::Register, thread, None);
    }

    /// Takes its contact back.
    pub fn leave(&mut self, net: &mut Net) {
        self.expires_secs = 0;
        self.register(net);
        self.wants = false;
    }

    /// Sends a text; returns its number.
    pub fn send(&mut self, net: &mut Net, to: &str, text: &str) -> usize {
        let (to, text) = (to.to_owned(), text.to_owned());
        self.sent.push(Sent { to, text, other: None, status: None });
        let number = self.sent.len() - 1;
        let (call_id, tag) = (self.name(), self.name());
        let thread = Thread { call_id: format!("m-{call_id}"), tag, cseq: 0 };
        self.ask(net, What::Message(number), thread, None);
        number
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("{}.{}.{}", self.user, self.at, self.names)
    }

    fn ask(
        &mut self,
        net: &mut Net,
        what: What,
        mut thread: Thread,
        credentials: Option<(&str, &str)>,
    ) {
        thread.cseq += 1;
        let branch = format!("z9hG4bK{}", self.name());
        let sent_by = self.local.to_string();
        let (method, uri, to) = match what {
            What::Register => {
                self.register_thread = thread.clone();
                (Method::Register, format!("sip:{}", self.domain), self.user.clone())
            }
            What::Message(number) => {
                let to = self.sent[number].to.clone();
                (Method::Message, format!("sip:{to}@{}", self.domain), to)
            }
        };
        let request = Request {
            method,
            uri: &uri,
            transport: self.carriage.transport,
            sent_by: &sent_by,
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: Party {
                display: "",
                user: self.alias.as_deref().unwrap_or(&self.user),
                host: &self.domain,
                tag: Some(&thread.tag),
            },
            to: Party { display: "", user: &to, host: &self.domain, tag: None },
            call_id: &thread.call_id,
            cseq: thread.cseq,
        };
        let mut octets = Vec::new();
        let mut builder = Builder::request(&mut octets, &request);
        if let Some((name, value)) = credentials {
            builder.header(name, value);
        }
        let tag = if self.handset.is_some() { ";+g.3gpp.smsip" } else { "" };
        let contact = format!("<sip:{}@{sent_by}>{tag}", self.user);
        let finished = match what {
            What::Register => {
                if let Some(agent) = &self.agent {
                    builder.header("User-Agent", agent);
                }
                builder.header("Contact", &contact).expires(self.expires_secs).finish()
            }
            What::Message(number) => {
                let sent = &self.sent[number];
                for (name, value) in &self.headers {
                    builder.header(name, value);
                }
                match &sent.other {
                    Some((content_type, body, in_reply_to)) => {
                        if !in_reply_to.is_empty() {
                            builder.header("In-Reply-To", in_reply_to);
                        }
                        builder.finish_with(content_type, body)
                    }
                    None => {
                        let text = sent.text.as_bytes();
                        let (kind, body) = self.asks_for.dress(&mut builder, number, text);
                        builder.finish_with(kind.unwrap_or(&self.content_type), &body)
                    }
                }
            }
        };
        finished.expect("a request of this phone is well formed");
        if let Some(at) = octets.windows(UNTYPED.len()).position(|line| line == UNTYPED) {
            octets.drain(at..at + UNTYPED.len());
        }
        self.carriage.say(net, (self.local, self.remote, self.remote), &octets);
        let reliable = self.carriage.transport.is_reliable();
        let transaction = NonInvite::new(net.instant(), reliable, Timers::default());
        let authorized = credentials.is_some();
        self.asks.push(Ask { branch, what, thread, authorized, octets, transaction });
        self.arm(net);
    }

    fn arm(&mut self, net: &mut Net) {
        let asks = self.asks.iter().filter_map(|ask| ask.transaction.poll_timeout());
        let next = asks.map(|at| net.nanos(at)).chain(self.again).min();
        if let Some(next) = next.filter(|next| self.armed.is_none_or(|armed| armed > *next)) {
            self.armed = Some(next);
            net.at(next, Event::Tick { peer: self.at, tag: 0 });
        }
    }

    pub(super) fn tick(&mut self, net: &mut Net) {
        if self.armed.is_some_and(|armed| armed <= net.now) {
            self.armed = None;
        }
        let (now, mut over) = (net.instant(), Vec::new());
        for ask in &mut self.asks {
            match ask.transaction.handle_timeout(now) {
                Action::Retransmit => net.datagram(self.local, self.remote, &ask.octets),
                Action::TimedOut => over.push(ask.what),
                Action::None | Action::Final(_) | Action::Failed => {}
            }
        }
        self.asks.retain(|ask| ask.transaction.state() != State::Terminated);
        for what in over {
            self.ended(net, what, 408);
        }
        if self.again.is_some_and(|again| again <= net.now) {
            self.register(net);
        }
        self.arm(net);
    }

    fn ended(&mut self, net: &mut Net, what: What, status: u16) {
        match what {
            What::Message(number) => {
                if self.sent[number].status.replace(status).is_some() {
                    self.wrongs.push(format!("two final answers to {}", self.sent[number].text));
                }
            }
            What::Register => {
                self.registers.push(status);
                self.registered = status == 200 && self.expires_secs > 0;
                if self.wants {
                    let secs = u64::from(self.expires_secs) * 6 / 10;
                    let pause = if status == 200 { secs * SEC } else { 500 * MS };
                    self.again = Some(net.now + pause);
                }
            }
        }
    }

    pub(super) fn linked(&mut self, net: &mut Net, link: u64, wire: u64) {
        self.carriage.linked(net, link, wire);
    }

    pub(super) fn bytes(&mut self, net: &mut Net, link: u64, bytes: &[u8]) {
        for message in self.carriage.take_in(link, bytes) {
            self.datagram(net, self.remote, &message);
        }
    }

    /// Its connection is gone: nothing that it asked will be answered, and it registers anew.
    pub(super) fn hangup(&mut self, net: &mut Net, link: u64) {
        if !self.carriage.hangup(link) {
            return;
        }
        self.registered = false;
        let now = net.instant();
        for mut ask in std::mem::take(&mut self.asks) {
            if ask.transaction.handle_transport_error(now) == Action::Failed {
                self.ended(net, ask.what, 408);
            }
        }
        if self.wants {
            self.again = Some(net.now + 500 * MS);
        }
        self.arm(net);
    }

    /// A test says something for it.
    pub fn say_raw(&mut self, net: &mut Net, octets: &[u8]) {
        self.carriage.say(net, (self.local, self.remote, self.remote), octets);
    }

    /// Loses its network without a word, and finds another one.
    pub fn roam(&mut self, net: &mut Net) {
        let link = self.carriage.dialled;
        self.carriage.drop_wire(net);
        self.hangup(net, link);
    }

    /// A message came, by a datagram or as one of a connection.
    pub(super) fn datagram(&mut self, net: &mut Net, from: SocketAddr, bytes: &[u8]) {
        if !self.online {
            return;
        }
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(error) => return self.wrongs.push(format!("no SIP: {error:?}")),
        };
        match message.method() {
            Some(_) => self.request(net, from, &message),
            None => self.response(net, &message),
        }
        self.arm(net);
    }

    fn response(&mut self, net: &mut Net, message: &Message<'_>) {
        let branch = message.via().branch.unwrap_or_default();
        let Some(at) = self.asks.iter().position(|ask| ask.branch == branch) else { return };
        let ask = &mut self.asks[at];
        let status = message.status().unwrap_or_default();
        let action = ask.transaction.handle_response(net.instant(), status);
        let Action::Final(status) = action else { return };
        let (what, thread, authorized) = (ask.what, ask.thread.clone(), ask.authorized);
        let stale = message.challenges().flatten().any(|challenge| challenge.stale);
        if matches!(status, 401 | 407) && (!authorized || stale) {
            let uri = match what {
                What::Register => format!("sip:{}", self.domain),
                What::Message(number) => format!("sip:{}@{}", self.sent[number].to, self.domain),
            };
            let (method, header) = match what {
                What::Register => (Method::Register, "Authorization"),
                What::Message(_) => (Method::Message, "Proxy-Authorization"),
            };
            let cnonce = self.name().replace('.', "");
            let asked = sip::digest::Asked { method, uri: &uri, cnonce: &cnonce, nonce_count: 1 };
            let challenges = message.challenges().flatten();
            let value = sip::digest::answer(challenges, &self.user, &self.password, &asked);
            if let Some(value) = value {
                return self.ask(net, what, thread, Some((header, &value)));
            }
        }
        self.ended(net, what, status);
    }

    fn request(&mut self, net: &mut Net, from: SocketAddr, message: &Message<'_>) {
        while self.forget.front().is_some_and(|(at, _)| *at <= net.now) {
            let forgotten = self.forget.pop_front();
            forgotten.and_then(|(_, key)| self.known.remove(&key));
        }
        self.heard.push(net.now);
        let key = Key::of_request(SECRET, message);
        let to = message.via().reply_to(from);
        if let Some(octets) = self.known.get(&key) {
            self.retransmissions += 1;
            return self.carriage.say(net, (self.local, to, self.remote), octets);
        }
        let answer = self.answers.pop_front().unwrap_or(self.answer);
        let Answer::Status(mut status) = answer else { return };
        if message.method() != Some(Method::Message) {
            status = 405;
        }
        let mut relayed = None;
        let has_it = |got: &&mut Got| got.call_id == message.call_id() && !is_relay(message);
        let known = self.got.iter_mut().find(has_it);
        match known {
            Some(got) => {
                // A second try of a sender who does not know how the first ended.
                got.branches += 1;
                status = 200;
            }
            None if (200..300).contains(&status) && is_relay(message) => {
                relayed = self.relay(net.now, message)
            }
            None if (200..300).contains(&status) && is_report(message) => {
                self.reports.extend(report(message));
            }
            None if (200..300).contains(&status) => self.got.push(Got {
                at: net.now,
                call_id: message.call_id().to_owned(),
                from: user_of(message.from().uri_str()),
                text: text_of(message),
                aside: aside_of(message),
                asked: asked_of(message),
                branches: 1,
            }),
            None => {}
        }
        *self.answered.entry(status).or_default() += 1;
        let response = Response { status, to_tag: Some("phone"), source: from };
        let mut octets = Vec::new();
        let built = Builder::response(&mut octets, message, &response).finish();
        built.expect("an answer to a request that was parsed");
        self.carriage.say(net, (self.local, to, self.remote), &octets);
        let patience = Timers::default().patience().as_nanos() as u64;
        self.forget.push_back((net.now + patience, key));
        self.known.insert(key, octets);
        if let Some(answer) = relayed {
            let said = ("application/vnd.3gpp.sms", answer);
            self.send_other(net, "smsc", said, message.call_id());
        }
    }

    /// The texts it took, in order.
    pub fn texts(&self) -> Vec<&str> {
        self.got.iter().map(|got| got.text.as_str()).collect()
    }

    /// Texts that came under more than one Call-ID.
    pub fn twice(&self) -> Vec<&str> {
        let mut seen = BTreeSet::new();
        self.texts().into_iter().filter(|text| !seen.insert(*text)).collect()
    }

    /// Nothing of its own is unanswered: no text, and no REGISTER, which may have gone into a
    /// connection that is dead.
    pub fn is_idle(&self) -> bool {
        self.sent.iter().all(|sent| sent.status.is_some())
            && self.registered == self.wants
            && self.asks.iter().all(|ask| ask.what != What::Register)
    }
}

fn user_of(uri: &str) -> String {
    uri.trim_start_matches("sip:").split('@').next().unwrap_or_default().to_owned()
}

const SECRET: HashKey = HashKey([1, 2]);

/// The line of a Content-Type that is empty.
const UNTYPED: &[u8] = b"Content-Type: \r\n";
