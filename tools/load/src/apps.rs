//! Apps that send: MESSAGE with digest over a few UDP sockets (RFC 3428, RFC 7616).
//!
//! Each app answers one challenge and then uses its nonce again and again with a rising count,
//! as apps do. What has no answer is sent again, the same octets, as Timer E has it.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Poll, Token};
use sip::{Builder, MAX_FORWARDS, Message, Method, Party, Request, Transport};
use smpp::Status;
use socket2::SockRef;

use self::identity::Identity;
use crate::args::{Load, Numbers, Senders};
use crate::clock::{Clock, SECOND, unix_ns};
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::{MARK_LEN, Marks, put_digits};

mod identity;

/// All apps of a run.
#[derive(Debug)]
pub(crate) struct Apps {
    registrar: SocketAddr,
    domain: String,
    links: Vec<Link>,
    window: u32,
    /// The apps; the one of SMS `id` has its place by that.
    identities: Vec<Identity>,
    /// Who is written to.
    numbers: Numbers,
    marks: Marks,
    text: Vec<u8>,
    /// MESSAGEs without a final answer, by the number of their SMS.
    asked: HashMap<u32, Asked>,
    /// When to send again, oldest first.
    again: VecDeque<(u64, u32)>,
    /// Buffers of MESSAGEs that were answered.
    spare: Vec<Vec<u8>>,
    datagram: Vec<u8>,
    turn: usize,
    octets: usize,
    /// Makes our names different from those of other runs.
    seed: u64,
}

/// One socket, which many apps share.
#[derive(Debug)]
struct Link {
    socket: UdpSocket,
    address: String,
    /// MESSAGEs without a final answer.
    in_flight: u32,
    /// There may be something to read.
    wet: bool,
}

/// A MESSAGE on its way.
#[derive(Debug)]
struct Asked {
    octets: Vec<u8>,
    link: usize,
    tries: u16,
    /// How many MESSAGEs this SMS took: one, and one more for each challenge.
    cseq: u32,
}

impl Apps {
    /// Opens the sockets.
    pub(crate) fn of(
        args: &Senders,
        load: &Load,
        numbers: Numbers,
        marks: Marks,
    ) -> Result<Self, Failure> {
        if load.receipts {
            return Err(Failure::Usage("apps get no receipts: leave --receipts away".to_owned()));
        }
        if !load.mix.is_plain() {
            return Err(Failure::Usage("apps send plain texts: leave --mix away".to_owned()));
        }
        let senders = args.numbers()?;
        let identity = |user| Identity::new(user, &args.domain, &args.phone_password);
        let users = (0..senders.count).map(|at| senders.text(at));
        let filler = b" The quick brown fox jumps over the lazy dog.";
        let mark = [b'#'; MARK_LEN];
        let text = mark.iter().chain(filler.iter().cycle()).copied();
        let mut links = Vec::new();
        for _ in 0..load.binds {
            let doing = || format!("bind a socket for apps on {}", args.local_sip);
            let socket = UdpSocket::bind(args.local_sip).doing(doing)?;
            let _ = SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER);
            let _ = SockRef::from(&socket).set_send_buffer_size(SOCKET_BUFFER);
            let address = socket.local_addr().doing(|| "learn a port".to_owned())?.to_string();
            links.push(Link { socket, address, in_flight: 0, wet: true });
        }
        Ok(Self {
            registrar: args.sip,
            domain: args.domain.clone(),
            links,
            window: load.window,
            identities: users.map(identity).collect(),
            numbers,
            marks,
            text: text.take(load.text_length.into()).collect(),
            asked: HashMap::new(),
            again: VecDeque::new(),
            spare: Vec::new(),
            datagram: vec![0; sip::MESSAGE_MAX],
            turn: 0,
            octets: 0,
            seed: unix_ns(),
        })
    }

    /// Waits for answers in `poll`.
    pub(crate) fn connect(&mut self, poll: &Poll) -> Result<(), Failure> {
        for (token, link) in self.links.iter_mut().enumerate() {
            poll.registry()
                .register(&mut link.socket, Token(token), Interest::READABLE)
                .doing(|| "wait for answers".to_owned())?;
        }
        Ok(())
    }

    /// How many sockets there are.
    pub(crate) fn open(&self) -> usize {
        self.links.len()
    }

    /// Where MESSAGEs go.
    pub(crate) fn remote(&self) -> SocketAddr {
        self.registrar
    }

    /// Octets of the latest MESSAGE.
    pub(crate) fn octets(&self) -> usize {
        self.octets
    }

    /// A socket has something to read.
    pub(crate) fn handle_ready(&mut self, token: usize) {
        if let Some(link) = self.links.get_mut(token) {
            link.wet = true;
        }
    }

    /// Sends SMS `id` over the next socket that has room, and says which; `None` if none has.
    pub(crate) fn submit(&mut self, id: u32, now_ns: u64) -> Option<u16> {
        for _ in 0..self.links.len() {
            let index = self.turn;
            self.turn = if index + 1 == self.links.len() { 0 } else { index + 1 };
            if self.links[index].in_flight < self.window {
                self.links[index].in_flight += 1;
                self.send(id, index, 1, now_ns);
                return Some(index as u16);
            }
        }
        None
    }

    /// Reads answers, but no more than a turn's worth, and sends again what had none for long;
    /// whether something may be left.
    pub(crate) fn work(&mut self, clock: &Clock, ledger: &mut Ledger) -> bool {
        let mut datagram = std::mem::take(&mut self.datagram);
        for index in 0..self.links.len() {
            for _ in 0..DATAGRAMS_A_TURN {
                if !self.links[index].wet {
                    break;
                }
                match self.links[index].socket.recv_from(&mut datagram) {
                    Ok((length, _)) => self.handle_answer(&datagram[..length], clock.ns(), ledger),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.links[index].wet = false;
                    }
                    // An ICMP error of an earlier datagram; the next may be an answer again.
                    Err(_) => {}
                }
            }
        }
        self.datagram = datagram;
        self.send_again(clock.ns(), ledger);
        self.links.iter().any(|link| link.wet)
    }

    fn handle_answer(&mut self, datagram: &[u8], now_ns: u64, ledger: &mut Ledger) {
        let Ok(answer) = Message::parse(datagram) else { return };
        let Some((id, cseq)) = self.meant(answer.via().branch.unwrap_or_default()) else { return };
        let Some(asked) = self.asked.get(&id).filter(|asked| asked.cseq == cseq) else { return };
        let (link, status) = (asked.link, answer.status().unwrap_or(0));
        match status {
            0..200 => {}
            401 | 407 if cseq < CHALLENGES_MAX => {
                let place = self.place(id);
                self.identities[place].handle_challenge(&answer);
                self.send(id, link, cseq + 1, now_ns);
            }
            _ => {
                // The ledger's statuses are SMPP's, where zero is yes.
                let no = if status < 300 { Status::ROK } else { Status(status.into()) };
                ledger.handle_response(id, no, b"", now_ns);
                self.forget(id);
            }
        }
    }

    fn send(&mut self, id: u32, link: usize, cseq: u32, now_ns: u64) {
        let mut octets = self.spare.pop().unwrap_or_default();
        octets.clear();
        if self.encode(id, link, cseq, &mut octets) {
            let _ = self.links[link].socket.send_to(&octets, self.registrar);
        }
        self.octets = octets.len();
        let asked = Asked { octets, link, tries: 1, cseq };
        self.spare.extend(self.asked.insert(id, asked).map(|asked| asked.octets));
        self.again.push_back((now_ns + RESEND_NS, id));
    }

    fn encode(&mut self, id: u32, link: usize, cseq: u32, octets: &mut Vec<u8>) -> bool {
        self.text[..MARK_LEN].copy_from_slice(&self.marks.of(id));
        let mut number = [0; 18];
        let number = &mut number[..self.numbers.digits];
        put_digits(self.numbers.of(id), number);
        let number = str::from_utf8(number).expect("digits are ASCII");
        let place = self.place(id);
        let identity = &mut self.identities[place];
        let uri = format!("sip:{number}@{}", self.domain);
        let call_id = format!("{:x}.{id}", self.seed);
        let branch = format!("{COOKIE}{:x}.{id}.{cseq}", self.seed);
        let party = |user, tag| Party { display: "", user, host: &self.domain, tag };
        let credentials = identity.prove(&uri);
        let request = Request {
            method: Method::Message,
            uri: &uri,
            transport: Transport::Udp,
            sent_by: &self.links[link].address,
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: party(identity.user(), Some("load")),
            to: party(number, None),
            call_id: &call_id,
            cseq,
        };
        let mut builder = Builder::request(octets, &request);
        if !credentials.is_empty() {
            builder.header("Proxy-Authorization", &credentials);
        }
        builder.finish_with("text/plain;charset=UTF-8", &self.text).is_ok()
    }

    /// The app that sends an SMS; one beside it is written to.
    fn place(&self, id: u32) -> usize {
        (id as usize + 1) % self.identities.len()
    }

    /// The SMS and the try that a branch of ours names.
    fn meant(&self, branch: &str) -> Option<(u32, u32)> {
        let mut names = branch.strip_prefix(COOKIE)?.split('.');
        let seed = u64::from_str_radix(names.next()?, 16).ok()?;
        let (id, cseq) = (names.next()?.parse().ok()?, names.next()?.parse().ok()?);
        (seed == self.seed).then_some((id, cseq))
    }

    fn send_again(&mut self, now_ns: u64, ledger: &mut Ledger) {
        while let Some((_, id)) = self.again.pop_front_if(|(due_ns, _)| *due_ns <= now_ns) {
            // Answered, mostly.
            let Some(asked) = self.asked.get_mut(&id) else { continue };
            if asked.tries == TRIES_MAX {
                ledger.handle_response(id, Status(408), b"", now_ns);
                self.forget(id);
                continue;
            }
            asked.tries += 1;
            let _ = self.links[asked.link].socket.send_to(&asked.octets, self.registrar);
            self.again.push_back((now_ns + RESEND_NS, id));
        }
    }

    fn forget(&mut self, id: u32) {
        if let Some(asked) = self.asked.remove(&id) {
            self.links[asked.link].in_flight -= 1;
            self.spare.push(asked.octets);
        }
    }
}

/// RFC 3261's cookie.
const COOKIE: &str = "z9hG4bK";

/// MESSAGEs for one SMS: the first has no nonce, the second may have a stale one.
const CHALLENGES_MAX: u32 = 4;

/// What one socket may take of a turn.
const DATAGRAMS_A_TURN: usize = 64;
const SOCKET_BUFFER: usize = 4 << 20;
const RESEND_NS: u64 = SECOND / 2;
/// 32 s, as Timer F.
const TRIES_MAX: u16 = 64;
