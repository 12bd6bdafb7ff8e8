//! What somebody wishes to see: messages as they came and left, named by their Sms.
//!
//! Every message of SMPP and SIP passes one of four places on its way in or out, which show it
//! here as long as there is a tap. Which Sms it is about is often known only later, or was known
//! before: wherever the mind learns it, it says so once for the exchange, a sequence number of a
//! link or a Call-ID, and all that belongs to the exchange gets that name. What is not named
//! within a second is shown without a name, to those who do not ask for one. What the journal
//! says of the Sms is shown among them ([`decisions`]).
//!
//! Without a tap all of this is one comparison at each of these places.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use routing::{Address, MessageId, Sms, Subject, Tap, Target, Transport};
use smpp::{Command, Header, frame};

use crate::config::Speaks;
use crate::deadlines::Timer;
use crate::ingress::Ticket;
use crate::input::{LinkId, Moment};
use crate::limits::{SIGHTINGS_MAX, TAPPED_MAX};
use crate::peers::lines::Line;
use crate::peers::links::Owner;
use crate::shard::Shard;
use crate::tables::{Table, digest_of};

mod decisions;

/// A message as it came or left, or a record of the journal.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// When, in nanoseconds since 1970 UTC.
    pub at_ns: u64,
    /// Did we send it?
    pub sent: bool,
    /// What it is and what carried it; nothing, if it is the line of a record.
    pub speaks: Option<Speaks>,
    /// It was under TLS, or is when it leaves.
    pub secure: bool,
    /// Our address.
    pub local: SocketAddr,
    /// The other end's.
    pub peer: SocketAddr,
    /// The Sms it is about, if it is about one that has a name.
    pub id: Option<MessageId>,
    /// The message; passwords are blotted out.
    pub octets: Vec<u8>,
    /// The taps at that time.
    pub taps: Arc<[Tap]>,
    /// A bit for each of the taps that want it.
    pub wanted: u8,
}

/// What belongs together: a request and its answer.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Exchange {
    /// By link and sequence number, and whether the request was ours.
    Smpp(LinkId, u32, bool),
    /// By a digest of the Call-ID.
    Sip(u64),
    /// What is recorded of an Sms.
    Journal(MessageId),
}

/// Where a message came or left.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    /// Our address, the other's, and whether TLS is spoken.
    Link(SocketAddr, SocketAddr, bool),
    /// A line, whose end on our side the shard knows.
    Line(Line, SocketAddr),
    /// Nowhere: we only wrote it down.
    Journal,
}

/// A message that may be shown.
#[derive(Debug)]
struct Raw {
    at: Moment,
    sent: bool,
    door: Door,
    exchange: Exchange,
    known: Known,
    octets: Vec<u8>,
}

/// What is known of an exchange: its Sms, and a bit for each tap that wants it.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    id: Option<MessageId>,
    wanted: u8,
}

/// The taps of a shard, and what waits for a name.
#[derive(Debug, Default)]
pub(crate) struct Taps {
    taps: Arc<[Tap]>,
    at: Option<Moment>,
    /// What was learned in this age and in the one before.
    known: [Table<Exchange, Known>; 2],
    aged: Option<Instant>,
    waiting: VecDeque<Raw>,
    ready: VecDeque<Raw>,
}

impl Exchange {
    /// That of a SIP message.
    pub(crate) fn of_sip(octets: &[u8]) -> Self {
        Self::Sip(field(octets, [b"call-id", b"i"]).map_or(0, digest_of))
    }
}

impl Taps {
    /// Does anybody wish to see anything?
    pub(crate) fn is_on(&self) -> bool {
        !self.taps.is_empty()
    }

    /// Time goes on; taps that have ended are none.
    pub(crate) fn begin(&mut self, at: Moment) {
        self.at = Some(at);
        if self.taps.iter().any(|tap| tap.until_ns <= at.unix_ns) {
            let left: Vec<Tap> =
                self.taps.iter().filter(|tap| tap.until_ns > at.unix_ns).cloned().collect();
            self.set(left.into());
        }
        if self.aged.is_none_or(|aged| at.now >= aged + AGE) || self.known[0].len() >= TAPPED_MAX {
            self.aged = Some(at.now);
            self.known.swap(0, 1);
            self.known[0].clear();
        }
    }

    /// What was wanted by other taps before is shown to them no more.
    pub(crate) fn set(&mut self, taps: Arc<[Tap]>) {
        self.taps = taps;
        self.known = Default::default();
        self.waiting.clear();
        self.ready.clear();
    }

    /// Which taps want something of this.
    fn wanted(&self, subject: &Subject<'_>) -> u8 {
        let bits = (0..Tap::MAX).zip(self.taps.iter());
        bits.fold(0, |wanted, (bit, tap)| wanted | u8::from(tap.wants(subject)) << bit)
    }

    /// A message came or leaves by this door.
    fn saw(&mut self, sent: bool, door: Door, exchange: Exchange, wanted: u8, octets: Vec<u8>) {
        let Some(at) = self.at else { return };
        let known = self.known.iter().find_map(|age| age.get(&exchange));
        let mut known = known.copied().unwrap_or_default();
        known.wanted |= wanted;
        let raw = Raw { at, sent, door, exchange, known, octets };
        if known.id.is_some() {
            return self.ready.push_back(raw);
        }
        if self.waiting.len() >= SIGHTINGS_MAX {
            self.ready.extend(self.waiting.pop_front());
        }
        self.waiting.push_back(raw);
    }

    /// A SIP message came or leaves by a line.
    pub(crate) fn saw_sip(&mut self, sent: bool, line: Line, peer: SocketAddr, octets: &[u8]) {
        if !self.is_on() {
            return;
        }
        let party = |names| field(octets, names).and_then(digits).unwrap_or_default();
        let parties = [party([b"from", b"f"]), party([b"to", b"t"])];
        let wanted = self.wanted(&Subject { peers: [None; 2], parties });
        let exchange = Exchange::of_sip(octets);
        self.saw(sent, Door::Line(line, peer), exchange, wanted, octets.to_vec());
    }

    /// Was anything learned of it?
    fn knows(&self, exchange: Exchange) -> bool {
        self.known.iter().any(|age| age.get(&exchange).is_some())
    }

    /// Something was learned of an exchange.
    fn learn(&mut self, exchange: Exchange, subject: Option<&Subject<'_>>, id: Option<MessageId>) {
        let wanted = subject.map_or(0, |subject| self.wanted(subject));
        let before = self.known.iter().find_map(|age| age.get(&exchange)).copied();
        let mut known = before.unwrap_or_default();
        known = Known { id: id.or(known.id), wanted: known.wanted | wanted };
        self.known[0].insert(exchange, known);
        for raw in self.waiting.iter_mut().filter(|raw| raw.exchange == exchange) {
            raw.known = Known { id: known.id, wanted: raw.known.wanted | known.wanted };
        }
        if known.id.is_some() {
            let (named, left) = self.waiting.drain(..).partition(|raw| raw.known.id.is_some());
            self.waiting = left;
            let named: VecDeque<Raw> = named;
            self.ready.extend(named);
        }
    }

    /// Nobody has named these in time.
    fn give_up(&mut self, now: Instant) {
        while self.waiting.front().is_some_and(|raw| raw.at.now + PATIENCE <= now) {
            self.ready.extend(self.waiting.pop_front());
        }
    }
}

impl Shard {
    /// What is to be seen from now on.
    pub(crate) fn handle_tapped(&mut self, taps: Arc<[Tap]>) {
        self.out.taps.set(taps);
        self.deadlines.arm(self.at.now, Timer::Taps);
    }

    /// Shows what was not named in time.
    pub(crate) fn handle_taps_timer(&mut self) {
        self.out.taps.give_up(self.at.now);
        if self.out.taps.is_on() {
            self.deadlines.arm(self.at.now + PATIENCE, Timer::Taps);
        }
    }

    /// The next message that somebody wants to see.
    pub(crate) fn poll_sighting(&mut self) -> Option<Sighting> {
        while let Some(raw) = self.out.taps.ready.pop_front() {
            let taps = Arc::clone(&self.out.taps.taps);
            let id = raw.known.id;
            let bits = (0..Tap::MAX).zip(taps.iter());
            let drawn = bits.fold(0, |bits, (bit, tap)| bits | u8::from(tap.draws(id)) << bit);
            let wanted = raw.known.wanted & drawn;
            let (local, peer, speaks, secure) = match raw.door {
                Door::Link(local, peer, secure) => (local, peer, Some(Speaks::Smpp), secure),
                Door::Line(line, peer) => {
                    let Some((local, transport)) = self.config.end_of(line) else { continue };
                    let secure = matches!(transport, Transport::Tls | Transport::Wss);
                    (local, peer, Some(Speaks::Sip(transport)), secure)
                }
                Door::Journal => (self.config.face(), self.config.face(), None, false),
            };
            if wanted != 0 {
                let (at_ns, sent, octets) = (raw.at.unix_ns, raw.sent, raw.octets);
                return Some(Sighting {
                    at_ns,
                    sent,
                    speaks,
                    secure,
                    local,
                    peer,
                    id,
                    octets,
                    taps,
                    wanted,
                });
            }
        }
        None
    }

    /// A PDU came, or leaves.
    pub(crate) fn saw_pdu(&mut self, sent: bool, id: LinkId, header: Header, octets: &[u8]) {
        let Some(link) = self.links.get(id) else { return };
        let door = Door::Link(link.local, link.peer, link.tls);
        let plan = self.plan.as_ref();
        let name = match link.owner {
            Owner::Nobody => None,
            Owner::Carrier(carrier) => plan
                .and_then(|plan| plan.carrier(link.environment, carrier))
                .map(|carrier| carrier.name.as_str()),
            Owner::Connection(connection) => plan
                .and_then(|plan| plan.connection(link.environment, connection))
                .map(|connection| connection.name.as_str()),
        };
        let wanted = self.out.taps.wanted(&Subject { peers: [name, None], parties: [b""; 2] });
        let ours = sent != header.command.is_response();
        let mut octets = octets.to_vec();
        blot(header.command, &mut octets);
        let exchange = Exchange::Smpp(id, header.sequence, ours);
        self.out.taps.saw(sent, door, exchange, wanted, octets);
    }

    /// All that a link says in this turn.
    pub(crate) fn saw_lent(&mut self, id: LinkId) {
        let lent = std::mem::take(&mut self.out.lent);
        let mut rest = lent.as_slice();
        while let Ok(Some(pdu)) = frame::next(rest, frame::PDU_MAX) {
            self.saw_pdu(true, id, pdu.header, pdu.octets);
            rest = &rest[pdu.len()..];
        }
        self.out.lent = lent;
    }

    /// An exchange is about this Sms; `id` once it has one that its sender is told.
    pub(crate) fn tell_taps(&mut self, exchange: Exchange, sms: &Sms, id: Option<MessageId>) {
        let parties = [sms.source, sms.destination];
        let connection = match sms.target {
            Target::Connection { connection, .. } => Some(connection),
            Target::Account(_) => None,
        };
        self.tell_taps_of(exchange, sms.environment, (sms.carrier(), connection), parties, id);
    }

    /// The same where only these are known.
    pub(crate) fn tell_taps_of(
        &mut self,
        exchange: Exchange,
        environment: u32,
        (carrier, connection): (Option<u32>, Option<u32>),
        parties: [Address; 2],
        id: Option<MessageId>,
    ) {
        let plan = self.plan.as_ref();
        let carrier = carrier.and_then(|carrier| plan?.carrier(environment, carrier));
        let connection = connection.and_then(|id| plan?.connection(environment, id));
        let carrier = carrier.map(|carrier| carrier.name.as_str());
        let connection = connection.map(|connection| connection.name.as_str());
        let peers = [carrier, connection];
        let parties = [parties[0].as_bytes(), parties[1].as_bytes()].map(plain);
        self.out.taps.learn(exchange, Some(&Subject { peers, parties }), id);
    }

    /// The same for an Sms of ours.
    pub(crate) fn tell_taps_id(&mut self, exchange: Exchange, id: MessageId) {
        match self.flights.get(id).map(|flight| flight.sms.clone()) {
            Some(sms) => self.tell_taps(exchange, &sms, Some(id)),
            None => self.out.taps.learn(exchange, None, Some(id)),
        }
    }

    /// What belongs to a request that waits for its answer.
    pub(crate) fn exchange_of(&self, ticket: &Ticket) -> Option<Exchange> {
        match ticket {
            Ticket::Smpp { link, sequence, .. } => Some(Exchange::Smpp(*link, *sequence, false)),
            Ticket::Sip { transaction, .. } => self.exchange_of_server(*transaction),
            // A submit_multi is about many, the others about none.
            Ticket::Member(_) | Ticket::Ask { .. } | Ticket::Relay { .. } => None,
        }
    }

    /// A request was answered with an id.
    pub(crate) fn tell_taps_answer(&mut self, ticket: &Ticket, id: MessageId) {
        if let Some(exchange) = self.exchange_of(ticket) {
            self.out.taps.learn(exchange, None, Some(id));
        }
    }
}

/// The value of the first header field with one of these names, written small.
fn field<'a>(octets: &'a [u8], names: [&[u8]; 2]) -> Option<&'a [u8]> {
    let head = octets.split(|octet| *octet == b'\n').take_while(|line| line.trim_ascii() != b"");
    head.skip(1).find_map(|line| {
        let colon = line.iter().position(|octet| *octet == b':')?;
        let name = line[..colon].trim_ascii_end();
        let is_it = names.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
        is_it.then(|| line[colon + 1..].trim_ascii())
    })
}

/// The digits in the user part of the URI of From or To.
fn digits(value: &[u8]) -> Option<&[u8]> {
    let uri = value.windows(4).position(|four| four.eq_ignore_ascii_case(b"sip:"))? + 4;
    let user = value[uri..].split(|octet| matches!(octet, b'@' | b';' | b'>')).next()?;
    Some(plain(user))
}

/// A number without the plus; empty if it is none.
fn plain(number: &[u8]) -> &[u8] {
    let number = number.strip_prefix(b"+").unwrap_or(number);
    if number.iter().all(u8::is_ascii_digit) { number } else { b"" }
}

/// Nobody sees a password: the second text of a bind, and of an outbind (SMPP 3.4 §4.1).
fn blot(command: Command, octets: &mut [u8]) {
    let has_password = matches!(
        command,
        Command::BindReceiver
            | Command::BindTransmitter
            | Command::BindTransceiver
            | Command::Outbind
    );
    let Some(body) = octets.get_mut(HEADER_LEN..).filter(|_| has_password) else { return };
    let password = body.split_mut(|octet| *octet == 0).nth(1);
    password.into_iter().flatten().for_each(|octet| *octet = b'*');
}

/// How long a message waits for its name: longer than a commit takes.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long what was learned is known at least: as long as SIP sends things again.
const AGE: Duration = Duration::from_secs(32);

const HEADER_LEN: usize = 16;

#[cfg(test)]
mod tests;
