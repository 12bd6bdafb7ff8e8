//! The sockets the phones share.

use std::io;
use std::net::SocketAddr;

use mio::net::UdpSocket;
use mio::{Interest, Poll, Token};
use serde_json::{Value, json};
use socket2::SockRef;

use super::answer::{Heard, hear};
use super::register::{Registration, Wish, register};
use crate::args::{self, Numbers};
use crate::clock::{Clock, SECOND};
use crate::failure::{Doing, Failure};
use crate::ledger::Ledger;
use crate::mark::{Mark, Marks};

/// Registered phones.
#[derive(Debug)]
pub(crate) struct Phones {
    pub(super) sockets: Vec<Phone>,
    pub(super) who: Registration,
    first_token: usize,
    datagram: Vec<u8>,
    answer: Vec<u8>,
    registered_in_ns: u64,
    /// Answers the system did not take.
    unsent: u64,
    garbage: u64,
}

/// One socket.
#[derive(Debug)]
pub(super) struct Phone {
    pub(super) socket: UdpSocket,
    /// Its address, as Via and Contact name it.
    pub(super) address: SocketAddr,
    /// There may be something to read.
    wet: bool,
}

impl Phones {
    /// Opens the sockets.
    pub(crate) fn open(args: &args::Phones, clock: &Clock) -> Result<Self, Failure> {
        let (sockets_wanted, args) = (args.sockets, &args.senders);
        let numbers: Numbers = args.numbers()?;
        let mut sockets = Vec::new();
        for _ in 0..sockets_wanted {
            let socket = UdpSocket::bind(args.local_sip)
                .doing(|| format!("bind a socket for phones on {}", args.local_sip))?;
            // As much as the system grants: phones are called in bursts.
            let _ = SockRef::from(&socket).set_recv_buffer_size(SOCKET_BUFFER);
            let _ = SockRef::from(&socket).set_send_buffer_size(SOCKET_BUFFER);
            let address = socket.local_addr().doing(|| "learn a port".to_owned())?;
            sockets.push(Phone { socket, address, wet: false });
        }
        let who = Registration {
            registrar: args.sip,
            domain: args.domain.clone(),
            password: args.phone_password.clone(),
            numbers,
            seed: crate::clock::unix_ns() ^ clock.ns(),
        };
        Ok(Self {
            sockets,
            who,
            first_token: 0,
            datagram: vec![0; sip::MESSAGE_MAX],
            answer: Vec::with_capacity(2048),
            registered_in_ns: 0,
            unsent: 0,
            garbage: 0,
        })
    }

    /// Registers every phone.
    pub(crate) fn prepare(
        &mut self,
        poll: &mut Poll,
        first: usize,
        clock: &Clock,
    ) -> Result<(), Failure> {
        self.first_token = first;
        for (index, phone) in self.sockets.iter_mut().enumerate() {
            poll.registry()
                .register(&mut phone.socket, Token(first + index), Interest::READABLE)
                .doing(|| "wait for datagrams".to_owned())?;
        }
        register(Wish::Forget, &self.who, &self.sockets, poll, clock)?;
        let began = clock.ns();
        register(Wish::Remember, &self.who, &self.sockets, poll, clock)?;
        self.registered_in_ns = clock.ns() - began;
        self.sockets.iter_mut().for_each(|phone| phone.wet = true);
        Ok(())
    }

    /// Takes the contacts back; a dataplane that is gone by now has forgotten nothing by it.
    pub(crate) fn leave(&mut self, poll: &mut Poll, clock: &Clock) {
        self.who.seed = self.who.seed.wrapping_add(1);
        let _ = register(Wish::Forget, &self.who, &self.sockets, poll, clock);
    }

    /// A socket has something to read.
    pub(crate) fn handle_ready(&mut self, token: usize) {
        if let Some(phone) = self.sockets.get_mut(token - self.first_token) {
            phone.wet = true;
        }
    }

    /// Reads and answers, but no more than a turn's worth; whether something may be left.
    pub(crate) fn work(&mut self, clock: &Clock, marks: &Marks, ledger: &mut Ledger) -> bool {
        let mut left = false;
        for phone in self.sockets.iter_mut().filter(|phone| phone.wet) {
            for _ in 0..DATAGRAMS_A_TURN {
                let (length, source) = match phone.socket.recv_from(&mut self.datagram) {
                    Ok(received) => received,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        phone.wet = false;
                        break;
                    }
                    // An ICMP error of an earlier datagram; the next may be a message again.
                    Err(_) => continue,
                };
                self.answer.clear();
                let (reply_to, heard) = hear(&self.datagram[..length], source, &mut self.answer);
                match heard {
                    Heard::Message { body, call_id } => match marks.read(body) {
                        Mark::Ours(id) => {
                            ledger.handle_delivered(id, call_id.as_bytes(), clock.ns());
                        }
                        Mark::Stranger => ledger.totals.strangers += 1,
                        Mark::None => ledger.totals.unmarked += 1,
                    },
                    Heard::Other => {}
                    Heard::Garbage => self.garbage += 1,
                }
                if !self.answer.is_empty() && phone.socket.send_to(&self.answer, reply_to).is_err()
                {
                    self.unsent += 1;
                }
            }
            left |= phone.wet;
        }
        left
    }

    /// What the phones have to say about themselves.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "phones": self.who.numbers.count,
            "sockets": self.sockets.len(),
            "registered_in_s": self.registered_in_ns as f64 / SECOND as f64,
            "answers_unsent": self.unsent,
            "garbage": self.garbage,
        })
    }
}

/// What one socket may take of a turn: some 100 us.
const DATAGRAMS_A_TURN: usize = 64;

const SOCKET_BUFFER: usize = 4 << 20;
