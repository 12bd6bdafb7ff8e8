//! One shard of env1, and people who talk to it message by message: for tests that care about
//! every header.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use routing::journal::{Record, Records, Recovery};
use shard::{
    Config, Entry, Input, LinkId, Moment, Output, Plug, Shard, ShardId, SocketId, Speaks,
    Transport, Unlink,
};
use sip::digest::Asked;
use sip::{Builder, Message, Method, Response};

use crate::model::{ENV1_SIP, PASSWORD, Site, address, domain};

/// Where somebody talks from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Seat {
    /// An address that sends datagrams.
    Udp(SocketAddr),
    /// A TCP connection.
    Link(LinkId),
}

/// The shard and what it has said.
pub struct Desk {
    shard: Shard,
    site: Site,
    at: Moment,
    wake: Option<Instant>,
    heard: Vec<(Seat, Vec<u8>)>,
    /// Everything it journaled.
    pub records: Vec<Record>,
    /// Of each time it journaled something: may that wait for others?
    pub patient: Vec<bool>,
    next: u64,
}

/// A request, before its credentials.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// REGISTER or MESSAGE.
    pub method: Method<'a>,
    /// Who asks, as the credentials say.
    pub user: &'a str,
    /// Who asks, as From says.
    pub from: &'a str,
    /// Whom the To names; the Request-URI too, but of a REGISTER.
    pub to: &'a str,
    /// More headers, each with its CR LF.
    pub headers: &'a str,
    /// The body.
    pub body: &'a str,
}

impl<'a> Wish<'a> {
    /// A REGISTER of an account for itself.
    pub fn register(user: &'a str, headers: &'a str) -> Self {
        Self { method: Method::Register, user, from: user, to: user, headers, body: "" }
    }

    /// A MESSAGE; `to` is a user or the whole Request-URI without `sip:`.
    pub fn message(user: &'a str, to: &'a str, body: &'a str) -> Self {
        Self { method: Method::Message, user, from: user, to, headers: "", body }
    }
}

impl Desk {
    /// A shard that has adopted a site.
    #[expect(clippy::disallowed_methods, reason = "the zero of a clock that never runs again")]
    pub fn of(site: Site) -> Self {
        let at = Moment { now: Instant::now(), unix_ns: 1_900_000_000_000_000_000 };
        let shard = Shard::new(config(), at);
        let (wake, heard, records, patient) = (None, Vec::new(), Vec::new(), Vec::new());
        let mut desk = Self { shard, site, at, wake, heard, records, patient, next: 0 };
        desk.adopt();
        desk
    }

    fn adopt(&mut self) {
        let plan = self.site.adopted();
        self.give(Input::Adopted(plan));
    }

    /// The node dies and comes back with what it journaled.
    pub fn restart(&mut self) {
        self.shard = Shard::new(config(), self.at);
        self.wake = None;
        self.adopt();
        let mut recovery = Recovery::default();
        self.records.iter().cloned().for_each(|record| recovery.handle(record));
        let restored = recovery.finish(5_000_000_000);
        for contacts in restored.contacts {
            self.give(Input::Known(contacts));
        }
        for flight in restored.flights {
            self.give(Input::Recovered(Box::new(flight)));
        }
    }

    /// The disk takes nothing more.
    pub fn break_journal(&mut self) {
        self.give(Input::NotRecorded);
    }

    fn give(&mut self, input: Input<'_>) {
        self.shard.handle(self.at, input);
        while let Some(upto) = self.hear() {
            self.shard.handle(self.at, Input::Recorded { upto });
        }
        // What it wants to go on with at once is the next turn.
        if let Some(wake) = self.wake.filter(|wake| *wake <= self.at.now + AT_ONCE) {
            self.pass_until(wake.max(self.at.now));
        }
    }

    fn hear(&mut self) -> Option<u64> {
        let mut recorded = None;
        while let Some(output) = self.shard.poll_output() {
            match output {
                Output::Record { upto, patient, octets, .. } => {
                    let read = Records(octets).map(|record| record.expect("our own record"));
                    self.records.extend(read);
                    self.patient.push(patient);
                    recorded = Some(upto);
                }
                Output::Send { link, bytes } => self.heard.push((Seat::Link(link), bytes.to_vec())),
                Output::SendTo { peer, bytes, .. } => {
                    self.heard.push((Seat::Udp(peer), bytes.to_vec()));
                }
                Output::Wake(at) => self.wake = Some(at),
                Output::Plug(Plug::Dial { .. } | Plug::Close { .. }) => {}
                // A file that never answers: all stays in memory.
                Output::Stow { .. } | Output::Fetch { .. } => {}
                Output::Post { .. } => panic!("mail of the only shard"),
                Output::Note(_) | Output::Seen(_) | Output::Drained => {}
            }
        }
        recorded
    }

    /// Time passes; every moment asked for on the way comes.
    pub fn wait(&mut self, duration: Duration) {
        let end = self.at.now + duration;
        while let Some(wake) = self.wake.filter(|wake| *wake <= end) {
            self.pass_until(wake.max(self.at.now));
        }
        self.pass_until(end);
    }

    fn pass_until(&mut self, now: Instant) {
        self.at.unix_ns += (now - self.at.now).as_nanos() as u64;
        self.at.now = now;
        self.wake = self.wake.filter(|wake| *wake > now);
        self.give(Input::Time);
    }

    /// Somebody opens a connection.
    pub fn connect(&mut self, port: u16) -> Seat {
        self.next += 1;
        let (link, peer) = (LinkId(2 * self.next), SocketAddr::from(([127, 0, 0, 1], port)));
        let (local, tls) = (address(ENV1_SIP), false);
        self.give(Input::Linked { link, listener: Some(0), local, peer, tls });
        Seat::Link(link)
    }

    /// And it is gone.
    pub fn hang_up(&mut self, seat: Seat) {
        if let Seat::Link(link) = seat {
            self.give(Input::Unlinked { link, cause: Unlink::Closed });
        }
    }

    /// Somebody says something.
    pub fn say(&mut self, seat: Seat, octets: &[u8]) {
        match seat {
            Seat::Udp(peer) => {
                self.give(Input::Datagram { socket: SocketId(0), peer, bytes: octets });
            }
            Seat::Link(link) => self.give(Input::Bytes { link, bytes: octets }),
        }
    }

    /// What was said to a seat since the last time.
    pub fn heard(&mut self, seat: Seat) -> Vec<Vec<u8>> {
        let all = std::mem::take(&mut self.heard);
        let (mine, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|said| said.0 == seat);
        self.heard = others;
        mine.into_iter().map(|said| said.1).collect()
    }

    /// The same as text, one message after another.
    pub fn texts(&mut self, seat: Seat) -> Vec<String> {
        let said = self.heard(seat);
        said.into_iter().map(|octets| String::from_utf8_lossy(&octets).into_owned()).collect()
    }

    /// A request with a branch, a Call-ID and a CSeq of its own, and perhaps credentials.
    pub fn request(&mut self, seat: Seat, wish: &Wish<'_>, credentials: &str) -> String {
        self.next += 1;
        let (number, domain) = (self.next, domain("env1"));
        let to = match wish.to.contains('@') {
            true => wish.to.to_owned(),
            false => format!("{}@{domain}", wish.to),
        };
        let (uri, call_id) = match wish.method {
            Method::Register => (format!("sip:{domain}"), format!("r-{}", wish.user)),
            _ => (format!("sip:{to}"), format!("m-{number}")),
        };
        let (transport, sent_by) = match seat {
            Seat::Udp(peer) => ("UDP", peer.to_string()),
            Seat::Link(_) => ("TCP", "h.invalid".to_owned()),
        };
        let Wish { method, from, headers, body, .. } = wish;
        let method = method.as_str();
        let content_type = if body.is_empty() { "" } else { "Content-Type: text/plain\r\n" };
        format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/{transport} {sent_by};branch=z9hG4bK{number};\
             rport\r\nMax-Forwards: 70\r\nFrom: <sip:{from}@{domain}>;tag=f\r\n\
             To: <sip:{to}>\r\nCall-ID: {call_id}\r\nCSeq: {number} {method}\r\n{credentials}\
             {headers}{content_type}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Asks, answers the challenge, and returns the final answer.
    ///
    /// # Panics
    ///
    /// If there is no answer, or none that can be read.
    pub fn ask(&mut self, seat: Seat, wish: Wish<'_>) -> String {
        let request = self.request(seat, &wish, "");
        self.heard(seat);
        self.say(seat, request.as_bytes());
        let challenge = self.texts(seat).pop().expect("an answer to what carries no credentials");
        let Some(credentials) = credentials(&challenge, &request, wish.user) else {
            return challenge;
        };
        let request = self.request(seat, &wish, &credentials);
        self.say(seat, request.as_bytes());
        let said = self.heard(seat);
        let (mut answers, others): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|octets| octets.starts_with(b"SIP/2.0 "));
        self.heard.extend(others.into_iter().map(|octets| (seat, octets)));
        String::from_utf8(answers.pop().expect("an answer")).expect("an answer in UTF-8")
    }

    /// Takes the one MESSAGE that came to a seat, perhaps more than once, and answers it.
    ///
    /// # Panics
    ///
    /// If not exactly one came.
    pub fn take(&mut self, seat: Seat, status: u16) -> String {
        let mut came = self.texts(seat);
        came.retain(|text| text.starts_with("MESSAGE "));
        came.dedup();
        assert_eq!(came.len(), 1, "one MESSAGE: {came:#?}");
        let request = came.remove(0);
        self.reply(seat, &request, status);
        request
    }

    /// Answers a request of the shard's.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn reply(&mut self, seat: Seat, request: &str, status: u16) {
        let message = Message::parse(request.as_bytes()).expect("a request of ours");
        let source = address(ENV1_SIP);
        let response = Response { status, to_tag: Some("app"), source };
        let mut octets = Vec::new();
        Builder::response(&mut octets, &message, &response).finish().expect("an answer");
        self.say(seat, &octets);
    }
}

/// The header that answers a challenge to a request; `None` if it is no challenge.
pub fn credentials(challenge: &str, request: &str, user: &str) -> Option<String> {
    credentials_with(challenge, request, user, PASSWORD, 1)
}

/// The same with a password and a nonce count of one's own.
pub fn credentials_with(
    challenge: &str,
    request: &str,
    user: &str,
    password: &str,
    nonce_count: u32,
) -> Option<String> {
    let (challenge, request) =
        (Message::parse(challenge.as_bytes()).ok()?, Message::parse(request.as_bytes()).ok()?);
    let name = match challenge.status()? {
        401 => "Authorization",
        407 => "Proxy-Authorization",
        _ => return None,
    };
    let (method, uri) = (request.method()?, request.request_uri()?);
    let asked = Asked { method, uri, cnonce: "c0ffee", nonce_count };
    let value = sip::digest::answer(challenge.challenges().flatten(), user, password, &asked)?;
    Some(format!("{name}: {value}\r\n"))
}

fn config() -> Config {
    let entry =
        |speaks| vec![Entry { environment: "env1".to_owned(), address: address(ENV1_SIP), speaks }];
    Config {
        shard: ShardId(0),
        shards: 1,
        node: 1,
        system_id: "env1".to_owned(),
        streams: entry(Speaks::Sip(Transport::Tcp)),
        sip: entry(Speaks::Sip(Transport::Udp)),
        key: [7; 32],
    }
}

/// Somebody on the machine that everybody may send from.
pub fn seat(port: u16) -> Seat {
    Seat::Udp(SocketAddr::from(([127, 0, 0, 1], port)))
}

/// Sooner than anything that waits for time to pass.
const AT_ONCE: Duration = Duration::from_nanos(1);
