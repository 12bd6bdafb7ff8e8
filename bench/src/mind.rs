//! One shard, a carrier, and phones or an SMSC that answer at once.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, Instant};

use routing::Number;
use routing::journal::{ContactRow, Contacts};
use shard::{
    Config, Entry, Input, LinkId, Moment, Output, Plug, Shard, ShardId, SocketId, Speaks, Transport,
};
use sip::{Builder, Message, Response};
use smpp::pdu::DeliverResp;
use smpp::pdu::esm_class::UDHI;
use smpp::{Bind, BindKind, BindResp, Command, ShortMessage, Status, SubmitResp, frame};

use crate::apps::{Apps, Heard, Said};
use site::adopted;

pub use site::Billing;

mod site;

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// SMS that went the whole way of their [`Path`].
    pub sms: u64,
    /// Nanoseconds for one of them.
    pub nanos: f64,
    /// Allocations for one of them.
    pub allocations: f64,
}

/// Where the SMS of a run go.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Path {
    /// To phones: accept, MESSAGE, 200, receipt, acknowledged.
    Sip,
    /// To phones, as segments of which three are one text: accept, one MESSAGE, 200, three
    /// receipts, acknowledged.
    Joined,
    /// To an SMSC that is asked for no receipt: accept, submit_sm, submit_sm_resp.
    Smpp,
    /// From apps that prove who they are to that SMSC: MESSAGE, 202, submit_sm, submit_sm_resp.
    AppSmpp,
    /// From app to app: MESSAGE, 202, MESSAGE, 200.
    AppApp,
    /// REGISTER, 401, REGISTER with proof, 200.
    Register,
    /// To a SIP trunk that delivers: accept, MESSAGE, 200.
    Trunk,
}

impl Path {
    /// All of them, by the names on the command line.
    pub const ALL: [(&'static str, Self); 7] = [
        ("sip", Self::Sip),
        ("joined", Self::Joined),
        ("smpp", Self::Smpp),
        ("sip-smpp", Self::AppSmpp),
        ("sip-sip", Self::AppApp),
        ("register", Self::Register),
        ("trunk", Self::Trunk),
    ];
}

/// What came out of the shard.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    receipts: u64,
    sunk: u64,
    phoned: u64,
    agreed: u64,
}

impl Counts {
    fn of(self, path: Path) -> u64 {
        match path {
            Path::Sip | Path::Joined => self.receipts,
            Path::Smpp | Path::AppSmpp => self.sunk,
            Path::AppApp | Path::Trunk => self.phoned,
            Path::Register => self.agreed,
        }
    }
}

/// One shard, a carrier, and phones or an SMSC that answer at once.
#[derive(Debug)]
pub struct Mind {
    shard: Shard,
    started: Instant,
    unix_ns: u64,
    submits: Vec<u8>,
    sequence: u32,
    apps: Apps,
    /// Receipts, answers of the SMSC, MESSAGEs to phones and positive answers to apps so far.
    counts: Counts,
    allocations: u64,
    replies: Vec<(SocketAddr, Vec<u8>)>,
    answers: Vec<u8>,
    sink: Option<LinkId>,
    sunk: Vec<u8>,
    recorded: u64,
}

impl Mind {
    /// A bound carrier and `accounts` phones, all of them registered already.
    pub fn new(now: Instant, accounts: u32) -> Self {
        Self::billed(now, accounts, Billing::Priced)
    }

    /// The same, where that is what the carrier pays.
    pub fn billed(now: Instant, accounts: u32, billing: Billing) -> Self {
        let mut mind = Self::begun(now, accounts, billing);
        let unix_ns = mind.unix_ns;
        for account in 1..=accounts {
            mind.give(Input::Known(contacts(account, unix_ns)));
        }
        mind
    }

    /// A bound carrier, and the accounts of phones that have not registered.
    pub fn unregistered(now: Instant, accounts: u32) -> Self {
        Self::begun(now, accounts, Billing::Priced)
    }

    fn begun(now: Instant, accounts: u32, billing: Billing) -> Self {
        let config = Config {
            shard: ShardId(0),
            shards: 1,
            node: 1,
            system_id: "signalbox".into(),
            streams: vec![entry(2775, Speaks::Smpp)],
            sip: vec![entry(5060, Speaks::Sip(Transport::Udp))],
            key: [7; 32],
        };
        let unix_ns = 1_800_000_000_000_000_000;
        let mut mind = Self {
            shard: Shard::new(config, Moment { now, unix_ns }),
            started: now,
            unix_ns,
            submits: Vec::new(),
            sequence: 1,
            apps: Apps::new((0..accounts).map(user)),
            counts: Counts::default(),
            allocations: 0,
            replies: Vec::new(),
            answers: Vec::new(),
            sink: None,
            sunk: Vec::new(),
            recorded: 0,
        };
        let adopted = adopted(accounts, &mind.apps, billing);
        mind.give(Input::Adopted(adopted));
        let (local, peer) = (address(2775), address(40_000));
        mind.give(Input::Linked { link: LINK, listener: Some(0), local, peer, tls: false });
        let bind = Bind {
            kind: BindKind::Transceiver,
            system_id: b"tata",
            password: b"secret",
            system_type: b"",
            interface_version: 0x34,
            addr_ton: 0,
            addr_npi: 0,
            address_range: b"",
        };
        let mut octets = Vec::new();
        bind.encode(1, &mut octets);
        mind.give(Input::Bytes { link: LINK, bytes: &octets });
        if let Some(link) = mind.sink {
            let (local, peer) = (address(40_001), SMSC);
            mind.give(Input::Linked { link, listener: None, local, peer, tls: false });
        }
        mind.settle();
        mind
    }

    /// The apps from one number on register once.
    pub fn register(&mut self, from: u32, count: u32) {
        for index in from..from + count {
            let octets = self.apps.say(index, Said::Register);
            self.replies.push((Apps::address(index), octets));
        }
        self.settle();
    }

    /// Time passes: what the shard waits for happens.
    pub fn pass(&mut self, duration: Duration) {
        self.unix_ns += duration.as_nanos() as u64;
        // One turn serves no more than a thousand timers.
        for _ in 0..TURNS_TO_CATCH_UP {
            self.give(Input::Time);
        }
    }

    /// Submits `batches` times `batch` SMS and lets each go its whole way.
    pub fn run(
        &mut self,
        batches: u32,
        batch: u32,
        to: (Path, u32),
        clock: fn() -> Instant,
    ) -> Figures {
        let before = self.counts.of(to.0);
        let (start, allocations) = (clock(), self.allocations);
        for _ in 0..batches {
            self.submit(batch, to);
            self.settle();
        }
        let sms = self.counts.of(to.0) - before;
        let nanos = start.elapsed().as_nanos() as f64 / sms as f64;
        let allocations = (self.allocations - allocations) as f64 / sms as f64;
        Figures { sms, nanos, allocations }
    }

    fn submit(&mut self, batch: u32, (path, accounts): (Path, u32)) {
        match path {
            Path::Sip | Path::Joined | Path::Smpp | Path::Trunk => {
                self.submit_by_bind(batch, (path, accounts));
            }
            Path::AppSmpp | Path::AppApp | Path::Register => {
                for _ in 0..batch {
                    self.sequence += 1;
                    self.say((path, accounts));
                }
                if path == Path::Register {
                    // Two of them for each; a shard looks at so many a second and at no more.
                    self.unix_ns += u64::from(batch) * 2 * 1_000_000_000 / 18_000;
                }
            }
        }
    }

    /// The next app says something.
    fn say(&mut self, (path, accounts): (Path, u32)) {
        let index = self.sequence % accounts;
        let said = match path {
            Path::AppSmpp => Said::Message(222_000_000 + self.sequence),
            Path::AppApp => Said::Message(FIRST_USER + (self.sequence + 1) % accounts),
            Path::Register | Path::Sip | Path::Joined | Path::Smpp | Path::Trunk => {
                self.apps.forget_nonce(index);
                Said::Register
            }
        };
        let octets = self.apps.say(index, said);
        self.replies.push((Apps::address(index), octets));
    }

    fn submit_by_bind(&mut self, batch: u32, (path, accounts): (Path, u32)) {
        let mut submits = std::mem::take(&mut self.submits);
        submits.clear();
        for _ in 0..batch {
            self.sequence += 1;
            let (place, text_number) = (self.sequence % 3 + 1, self.sequence / 3);
            let to = match path {
                Path::Joined => user(text_number % accounts),
                Path::Sip => user(self.sequence % accounts),
                Path::Trunk => (333_000_000 + self.sequence).to_string(),
                _ => (222_000_000 + self.sequence).to_string(),
            };
            let words = format!("Your verification code is {:06}, do not share it", self.sequence);
            let header = [5, 0, 3, text_number as u8, 3, place as u8];
            let (header, esm_class) =
                if path == Path::Joined { (&header[..], UDHI) } else { (&[][..], 0) };
            let text = [header, words.as_bytes()].concat();
            let message = ShortMessage {
                source: smpp::Address { ton: 5, npi: 0, addr: b"TATA" },
                destination: smpp::Address { ton: 1, npi: 1, addr: to.as_bytes() },
                esm_class,
                registered_delivery: u8::from(matches!(path, Path::Sip | Path::Joined)),
                short_message: &text,
                ..ShortMessage::default()
            };
            message.encode_submit_sm(self.sequence, &mut submits);
        }
        self.give(Input::Bytes { link: LINK, bytes: &submits });
        self.submits = submits;
    }

    /// Commits, answers MESSAGEs and receipts until nothing is left to do.
    fn settle(&mut self) {
        let mut durable = 0;
        while durable < self.recorded
            || !self.replies.is_empty()
            || !self.answers.is_empty()
            || !self.sunk.is_empty()
        {
            durable = self.recorded;
            self.give(Input::Recorded { upto: durable });
            for (peer, octets) in std::mem::take(&mut self.replies) {
                self.give(Input::Datagram { socket: SocketId(0), peer, bytes: &octets });
            }
            let answers = std::mem::take(&mut self.answers);
            if !answers.is_empty() {
                self.give(Input::Bytes { link: LINK, bytes: &answers });
            }
            let sunk = std::mem::take(&mut self.sunk);
            if let Some(link) = self.sink.filter(|_| !sunk.is_empty()) {
                self.give(Input::Bytes { link, bytes: &sunk });
            }
        }
    }

    fn give(&mut self, input: Input<'_>) {
        // Time stands still but for a microsecond each: no timer of a peer ever runs out.
        self.unix_ns += 1_000;
        let passed = Duration::from_nanos(self.unix_ns - 1_800_000_000_000_000_000);
        let at = Moment { now: self.started + passed, unix_ns: self.unix_ns };
        let before = crate::allocations();
        self.shard.handle(at, input);
        self.allocations += crate::allocations() - before;
        loop {
            let before = crate::allocations();
            let output = self.shard.poll_output();
            self.allocations += crate::allocations() - before;
            let Some(output) = output else { break };
            match output {
                Output::Record { upto, .. } => self.recorded = upto,
                Output::SendTo { peer, bytes, .. } if bytes.starts_with(b"SIP/2.0 ") => {
                    match self.apps.hear(bytes) {
                        Heard::Challenge(octets) => self.replies.push((peer, octets)),
                        Heard::Yes => self.counts.agreed += 1,
                        Heard::Other => {}
                    }
                }
                Output::SendTo { peer, bytes, .. } => {
                    self.counts.phoned += u64::from(bytes.starts_with(b"MESSAGE "));
                    self.replies.push((peer, ok(peer, bytes)));
                }
                Output::Send { link: LINK, bytes } => {
                    self.counts.receipts += answer(bytes, &mut self.answers);
                }
                Output::Send { bytes, .. } => self.counts.sunk += sink(bytes, &mut self.sunk),
                Output::Plug(Plug::Dial { link, .. }) => self.sink = Some(link),
                Output::Plug(Plug::Close { .. })
                | Output::Post { .. }
                | Output::Stow { .. }
                | Output::Fetch { .. }
                | Output::Note(_)
                | Output::Seen(_)
                | Output::Wake(_)
                | Output::Drained => {}
            }
        }
    }
}

/// A phone's 200.
fn ok(source: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(512);
    if let Ok(message) = Message::parse(request) {
        let response = Response { status: 200, to_tag: Some("app"), source };
        let built = Builder::response(&mut octets, &message, &response).finish();
        debug_assert!(built.is_ok(), "a request of ours can be answered");
    }
    octets
}

/// The carrier's deliver_sm_resps; returns how many receipts there were.
fn answer(mut bytes: &[u8], answers: &mut Vec<u8>) -> u64 {
    let mut receipts = 0;
    while let Ok(Some(pdu)) = frame::next(bytes, frame::PDU_MAX) {
        if pdu.header.command == Command::DeliverSm {
            DeliverResp.encode(Status::ROK, pdu.header.sequence, answers);
            receipts += 1;
        }
        bytes = &bytes[pdu.len()..];
    }
    receipts
}

/// The SMSC's answers; returns how many submit_sm there were.
fn sink(mut bytes: &[u8], answers: &mut Vec<u8>) -> u64 {
    let mut submits = 0;
    while let Ok(Some(pdu)) = frame::next(bytes, frame::PDU_MAX) {
        let sequence = pdu.header.sequence;
        if pdu.header.command == Command::BindTransceiver {
            let resp = BindResp { system_id: b"smsc", sc_interface_version: Some(0x34) };
            resp.encode(BindKind::Transceiver, Status::ROK, sequence, answers);
        } else if pdu.header.command == Command::SubmitSm {
            let name = format!("{sequence:x}");
            let resp = SubmitResp { message_id: name.as_bytes(), ..SubmitResp::default() };
            resp.encode(Status::ROK, sequence, answers);
            submits += 1;
        }
        bytes = &bytes[pdu.len()..];
    }
    submits
}

fn contacts(account: u32, unix_ns: u64) -> Contacts {
    let source = address(10_000 + (account % 50_000) as u16);
    let row = ContactRow {
        uri: format!("sip:{}@{source}", user(account - 1)),
        local: address(5060),
        transport: Transport::Udp,
        source,
        call_id: "register".into(),
        cseq: 1,
        expires_ns: unix_ns + 3_600_000_000_000,
        q: 1000,
        instance: String::new(),
        reg_id: 0,
        path: String::new(),
        abilities: 0,
    };
    Contacts { at_ns: unix_ns, environment: 1, account, rows: vec![row], ..Default::default() }
}

/// The user part of the app with that number.
fn user(index: u32) -> String {
    (FIRST_USER + index).to_string()
}

fn number(digits: u32) -> Option<Number> {
    digits.to_string().parse().ok()
}

fn entry(port: u16, speaks: Speaks) -> Entry {
    Entry { environment: "env1".into(), address: address(port), speaks }
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 2], port))
}

/// The user part of the first app; it is its number, too.
const FIRST_USER: u32 = 10_000_000;
const TURNS_TO_CATCH_UP: u32 = 200;
const LINK: LinkId = LinkId(2);
const SMSC: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 3), 2775));
