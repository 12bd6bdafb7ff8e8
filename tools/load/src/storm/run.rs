//! The storm itself: one thread, some hundreds of sockets, every contact on its own timers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token};
use sip::Message;
use socket2::SockRef;

use super::contact::{Asked, Contact, State, Swarm, T1_NS};
use super::report::{Group, Report};
use crate::args::{Numbers, Register};
use crate::clock::{Clock, SECOND};
use crate::cost::{cost, own_cost};
use crate::failure::{Doing, Failure};
use crate::pace::Pace;

/// A storm in progress.
struct Storm<'a> {
    swarm: Swarm,
    sockets: Vec<(UdpSocket, SocketAddr)>,
    contacts: Vec<Contact>,
    /// The moment, the contact, and which of its alarms it is.
    alarms: BinaryHeap<Reverse<(u64, u32, u32)>>,
    /// The contacts with a REGISTER on its way.
    under_way: usize,
    clock: &'a Clock,
    report: Report,
    /// Contacts before this one were registered before the storm.
    known: usize,
}

/// Registers everybody; whether 99 of 100 were in time.
pub(crate) fn run(args: &Register) -> Result<bool, Failure> {
    args.check_hosts()?;
    let clock = Clock::start();
    let mut poll = Poll::new().doing(|| "make a poll".to_owned())?;
    let mut storm = Storm::open(args, &clock, &poll)?;
    let known = storm.contacts.len() * usize::from(args.known) / 100;
    if known > 0 {
        // Those come in at leisure, and are not counted.
        storm.play(&mut poll, (0..known, 1), Pace::Closed, CALM_WINDOW, u64::MAX)?;
        storm.forget_figures(known);
    }
    let all = 0..storm.contacts.len();
    let stop_ns = clock.ns() + args.within * SECOND;
    let (began_ns, before, own) = (clock.ns(), cost(&args.pids), own_cost());
    let pace = Pace::new(args.rate, began_ns);
    let window = if args.rate.is_some() { usize::MAX } else { args.window };
    storm.play(&mut poll, (all, args.rounds as usize), pace, window, stop_ns)?;
    let report = &mut storm.report;
    report.took_ns = clock.ns() - began_ns;
    report.within_secs = args.within;
    report.cost = cost(&args.pids);
    report.cost.cpu_ns -= before.cpu_ns;
    report.own.cpu_ns = own_cost().cpu_ns - own.cpu_ns;
    report.print(args.json);
    Ok(report.is_good())
}

impl<'a> Storm<'a> {
    fn open(args: &Register, clock: &'a Clock, poll: &Poll) -> Result<Self, Failure> {
        let accounts = args.contacts.div_ceil(args.per_account.into());
        let numbers = Numbers::new(&args.first_user, accounts)?;
        let mut sockets = Vec::new();
        for number in 0..args.sockets {
            let local = SocketAddr::new(neighbour(args.local_sip, number), 0);
            let mut socket =
                UdpSocket::bind(local).doing(|| format!("bind a socket on {local}"))?;
            let _ = SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER);
            let _ = SockRef::from(&socket).set_send_buffer_size(SOCKET_BUFFER);
            poll.registry()
                .register(&mut socket, Token(number.into()), Interest::READABLE)
                .doing(|| "wait for datagrams".to_owned())?;
            let address = socket.local_addr().doing(|| "learn a port".to_owned())?;
            sockets.push((socket, address));
        }
        let swarm = Swarm {
            registrar: args.sip,
            domain: args.domain.clone(),
            password: args.phone_password.clone(),
            first: numbers.first,
            digits: numbers.digits,
            accounts: accounts.into(),
            expires_secs: EXPIRES_SECS,
            seed: crate::clock::unix_ns() & 0xffff_ffff,
        };
        let contacts = (0..args.contacts).map(|_| Contact::default()).collect();
        let report = Report {
            groups: [Group::new("known"), Group::new("strangers")],
            statuses: BTreeMap::new(),
            retry_after: BTreeMap::new(),
            sent: 0,
            retransmissions: 0,
            given_up: 0,
            unsent: 0,
            took_ns: 0,
            within_secs: 0,
            cost: Default::default(),
            own: Default::default(),
        };
        let alarms = BinaryHeap::new();
        Ok(Self { swarm, sockets, contacts, alarms, under_way: 0, clock, report, known: 0 })
    }

    /// What was before the storm does not count, and those who are known register once more.
    fn forget_figures(&mut self, known: usize) {
        self.known = known;
        self.report.groups = [Group::new("known"), Group::new("strangers")];
        self.report.statuses.clear();
        self.report.retry_after.clear();
        (self.report.sent, self.report.retransmissions, self.report.given_up) = (0, 0, 0);
        self.contacts.iter_mut().for_each(|contact| contact.state = State::Waiting);
    }

    /// Registers these so many times, until all are or time is up.
    fn play(
        &mut self,
        poll: &mut Poll,
        (who, rounds): (Range<usize>, usize),
        pace: Pace,
        window: usize,
        stop_ns: u64,
    ) -> Result<(), Failure> {
        for index in who.clone() {
            let known = usize::from(index >= self.known);
            self.report.groups[known].contacts += rounds as u64;
        }
        let total = self.report.contacts();
        let mut events = Events::with_capacity(1024);
        let mut waiting = 0..who.len() * rounds;
        let mut datagram = vec![0; sip::MESSAGE_MAX];
        while self.report.bound() < total {
            let now = self.clock.ns();
            if now >= stop_ns {
                break;
            }
            while self.under_way < window
                && waiting.start < waiting.end
                && pace.due_ns(waiting.start as u32, now) <= now
            {
                let index = who.start + waiting.start % who.len();
                // Who has not come in since the last round has to, before it begins another.
                if matches!(self.contacts[index].state, State::Asked(_)) {
                    break;
                }
                self.contacts[index].due_ns = pace.due_ns(waiting.start as u32, now);
                waiting.start += 1;
                self.ask(index, None);
            }
            let wait = self.alarms.peek().map_or(TURN, |Reverse((at, _, _))| {
                Duration::from_nanos(at.saturating_sub(now)).min(TURN)
            });
            poll.poll(&mut events, Some(wait)).doing(|| "wait for datagrams".to_owned())?;
            for place in events.iter().map(|event| usize::from(event.token())) {
                while let Ok((length, _)) = self.sockets[place].0.recv_from(&mut datagram) {
                    if let Ok(response) = Message::parse(&datagram[..length]) {
                        self.hear(&response);
                    }
                }
            }
            self.ring();
        }
        Ok(())
    }

    fn ask(&mut self, index: usize, challenged: Option<&Message<'_>>) {
        let local = self.sockets[index % self.sockets.len()].1;
        let contact = &mut self.contacts[index];
        contact.cseq += 1;
        let octets = self.swarm.encode(index, contact.cseq, local, challenged);
        let now = self.clock.ns();
        let Some(octets) = octets else {
            self.report.given_up += 1;
            return self.rest(index, SECOND);
        };
        let asked = Asked::new(octets, challenged.is_some(), now);
        self.under_way += usize::from(!matches!(contact.state, State::Asked(_)));
        contact.state = State::Asked(Box::new(asked));
        self.report.sent += 1;
        self.send(index);
        self.alarm(index, now + T1_NS);
    }

    fn send(&mut self, index: usize) {
        let State::Asked(asked) = &self.contacts[index].state else { return };
        let socket = &self.sockets[index % self.sockets.len()].0;
        if socket.send_to(&asked.octets, self.swarm.registrar).is_err() {
            self.report.unsent += 1;
        }
    }

    fn alarm(&mut self, index: usize, at_ns: u64) {
        let contact = &mut self.contacts[index];
        contact.alarm += 1;
        self.alarms.push(Reverse((at_ns, index as u32, contact.alarm)));
    }

    /// Asks again after a while.
    fn rest(&mut self, index: usize, pause_ns: u64) {
        let contact = &mut self.contacts[index];
        self.under_way -= usize::from(matches!(contact.state, State::Asked(_)));
        contact.state = State::Waiting;
        let at_ns = self.clock.ns() + pause_ns;
        self.alarm(index, at_ns);
    }

    fn hear(&mut self, response: &Message<'_>) {
        let index = self.swarm.index_of(response.call_id());
        let (Some(index), Some(status)) = (index, response.status()) else { return };
        let Some(contact) = self.contacts.get(index) else { return };
        let State::Asked(asked) = &contact.state else { return };
        if status < 200 || response.cseq().number != contact.cseq {
            return;
        }
        let proven = asked.proven;
        *self.report.statuses.entry(status).or_default() += 1;
        match status {
            200..300 => self.bound(index),
            401 if !proven => self.ask(index, Some(response)),
            503 => {
                let secs = response.retry_after().unwrap_or(RETRY_SECS);
                *self.report.retry_after.entry(secs).or_default() += 1;
                self.rest(index, u64::from(secs) * SECOND);
            }
            _ => self.rest(index, u64::from(RETRY_SECS) * SECOND),
        }
    }

    fn bound(&mut self, index: usize) {
        let took = self.clock.ns().saturating_sub(self.contacts[index].due_ns);
        let contact = &mut self.contacts[index];
        contact.state = State::Bound;
        contact.alarm += 1;
        self.under_way -= 1;
        let group = &mut self.report.groups[usize::from(index >= self.known)];
        group.bound += 1;
        group.took.record(u32::try_from(took / 1000).unwrap_or(u32::MAX));
    }

    /// Every alarm that is due.
    fn ring(&mut self) {
        let now = self.clock.ns();
        while let Some(Reverse((at, index, number))) = self.alarms.peek().copied() {
            if at > now {
                return;
            }
            self.alarms.pop();
            let index = index as usize;
            let contact = &mut self.contacts[index];
            if contact.alarm != number {
                continue;
            }
            match &mut contact.state {
                State::Waiting => self.ask(index, None),
                State::Bound => {}
                State::Asked(asked) => match asked.again(now) {
                    Some(pause) => {
                        self.report.retransmissions += 1;
                        self.send(index);
                        self.alarm(index, now + pause);
                    }
                    None => {
                        self.report.given_up += 1;
                        self.rest(index, u64::from(RETRY_SECS) * SECOND);
                    }
                },
            }
        }
    }
}

/// On this machine the contacts come from many addresses, as those of a city do.
fn neighbour(first: IpAddr, number: u16) -> IpAddr {
    match first {
        IpAddr::V4(ip) if ip.is_loopback() => {
            IpAddr::V4((u32::from(ip) + u32::from(number)).into())
        }
        IpAddr::V4(_) | IpAddr::V6(_) => first,
    }
}

/// Longer than any storm.
const EXPIRES_SECS: u32 = 3_600;

/// The pause of a contact that was refused and not told how long to wait.
const RETRY_SECS: u32 = 5;

/// REGISTERs on their way while those come in who shall be known.
const CALM_WINDOW: usize = 64;

const TURN: Duration = Duration::from_millis(20);
const SOCKET_BUFFER: usize = 4 << 20;
