//! Brings the phones in: REGISTER with digest, some dozens at a time (RFC 3261 §10.2).
//!
//! Contacts outlive a run, and a dataplane rightly tries every contact of an account. So what
//! earlier runs left behind is removed first, and our own contacts when the run is over.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use mio::{Events, Poll};
use sip::{Builder, MAX_FORWARDS, Message, Method, Party, Request, Transport};

use super::sockets::Phone;
use crate::args::Numbers;
use crate::clock::{Clock, SECOND};
use crate::failure::{Doing, Failure};

/// Who registers where.
#[derive(Debug)]
pub(super) struct Registration {
    pub(super) registrar: SocketAddr,
    pub(super) domain: String,
    pub(super) password: String,
    pub(super) numbers: Numbers,
    /// Makes our names different from those of other runs.
    pub(super) seed: u64,
}

/// What to tell the registrar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wish {
    /// Forget all contacts of our accounts (`Contact: *`).
    Forget,
    /// This is where we are.
    Remember,
}

/// A REGISTER on its way.
#[derive(Debug)]
struct Asked {
    octets: Vec<u8>,
    cseq: u32,
    again_ns: u64,
    tries: u32,
}

/// Tells the registrar about all phones, or says about which one it could not.
pub(super) fn register(
    wish: Wish,
    who: &Registration,
    phones: &[Phone],
    poll: &mut Poll,
    clock: &Clock,
) -> Result<(), Failure> {
    let round = Round { wish, who, phones, clock };
    let mut events = Events::with_capacity(64);
    let mut asked: BTreeMap<u64, Asked> = BTreeMap::new();
    let (mut next, mut done) = (0, 0);
    let mut datagram = vec![0; sip::MESSAGE_MAX];
    let begun_ns = clock.ns();
    while done < who.numbers.count {
        let due = (clock.ns() - begun_ns) * PER_SECOND / SECOND;
        while asked.len() < ASKED_MAX && next < who.numbers.count.min(due) {
            round.ask(next, 1, None, &mut asked)?;
            next += 1;
        }
        poll.poll(&mut events, Some(TURN)).doing(|| "wait for datagrams".to_owned())?;
        for phone in phones {
            while let Ok((length, _)) = phone.socket.recv_from(&mut datagram) {
                let Ok(response) = Message::parse(&datagram[..length]) else { continue };
                done += round.handle_response(&response, &mut asked)?;
            }
        }
        round.resend(&mut asked)?;
    }
    Ok(())
}

/// One REGISTER for each phone.
struct Round<'a> {
    wish: Wish,
    who: &'a Registration,
    phones: &'a [Phone],
    clock: &'a Clock,
}

impl Round<'_> {
    /// Takes the answer to one of our requests; returns how many phones are done by it.
    fn handle_response(
        &self,
        response: &Message<'_>,
        asked: &mut BTreeMap<u64, Asked>,
    ) -> Result<u64, Failure> {
        let names = response.call_id().rsplit_once('-');
        let ours = names.filter(|(name, _)| *name == self.call_id_begin());
        let index = ours.and_then(|(_, index)| index.parse().ok());
        let (Some(index), Some(status)) = (index, response.status()) else { return Ok(0) };
        let cseq = response.cseq().number;
        if asked.get(&index).is_none_or(|asked| asked.cseq != cseq) {
            return Ok(0);
        }
        match status {
            100..200 => Ok(0),
            200..300 => {
                asked.remove(&index);
                Ok(1)
            }
            401 | 407 if cseq % 2 == 1 => {
                self.ask(index, cseq + 1, Some(response), asked)?;
                Ok(0)
            }
            // Others come, too: an app tries again when it is told to (RFC 3261 §20.33).
            503 if response.retry_after().is_some() && cseq < CSEQ_MAX => {
                let rest = response.retry_after().map_or(0, u64::from) * SECOND;
                let octets = self.encode(index, cseq + 2, None);
                let octets = octets.ok_or_else(|| self.failure(index, "cannot be written"))?;
                let again_ns = self.clock.ns() + rest;
                asked.insert(index, Asked { octets, cseq: cseq + 2, again_ns, tries: 0 });
                Ok(0)
            }
            _ => Err(self.who.failure(index, format!("was answered {status}"))),
        }
    }

    /// Sends a REGISTER, with credentials if there is a challenge.
    fn ask(
        &self,
        index: u64,
        cseq: u32,
        challenged: Option<&Message<'_>>,
        asked: &mut BTreeMap<u64, Asked>,
    ) -> Result<(), Failure> {
        let octets = self.encode(index, cseq, challenged);
        let octets = octets.ok_or_else(|| self.failure(index, "cannot be written"))?;
        let _ = self.phone(index).socket.send_to(&octets, self.who.registrar);
        let again_ns = self.clock.ns() + RESEND_NS;
        asked.insert(index, Asked { octets, cseq, again_ns, tries: 1 });
        Ok(())
    }

    /// Sends again what had no answer for a while.
    fn resend(&self, asked: &mut BTreeMap<u64, Asked>) -> Result<(), Failure> {
        let now = self.clock.ns();
        for (index, asked) in asked.iter_mut().filter(|(_, asked)| asked.again_ns <= now) {
            if asked.tries == TRIES_MAX {
                return Err(self.failure(*index, "had no answer"));
            }
            asked.tries += 1;
            asked.again_ns = now + RESEND_NS;
            let _ = self.phone(*index).socket.send_to(&asked.octets, self.who.registrar);
        }
        Ok(())
    }

    fn failure(&self, index: u64, outcome: &str) -> Failure {
        self.who.failure(index, outcome.to_owned())
    }

    /// The socket a phone is behind.
    fn phone(&self, index: u64) -> &Phone {
        &self.phones[index as usize % self.phones.len()]
    }

    /// Rounds are threads of their own, so that the CSeq may begin again.
    fn call_id_begin(&self) -> String {
        let round = match self.wish {
            Wish::Forget => "forget",
            Wish::Remember => "load",
        };
        format!("{round}-{:x}", self.who.seed)
    }

    fn encode(&self, index: u64, cseq: u32, challenged: Option<&Message<'_>>) -> Option<Vec<u8>> {
        let (who, address) = (self.who, self.phone(index).address);
        let user = who.user(index);
        let uri = format!("sip:{}", who.domain);
        let call_id = format!("{}-{index}", self.call_id_begin());
        let branch = format!("z9hG4bK{call_id}.{cseq}");
        let party = |tag| Party { display: "", user: &user, host: &who.domain, tag };
        let request = Request {
            method: Method::Register,
            uri: &uri,
            transport: Transport::Udp,
            sent_by: &address.to_string(),
            branch: &branch,
            rport: true,
            max_forwards: MAX_FORWARDS,
            route: "",
            from: party(Some("load")),
            to: party(None),
            call_id: &call_id,
            cseq,
        };
        let mut octets = Vec::with_capacity(1024);
        let mut builder = Builder::request(&mut octets, &request);
        match self.wish {
            Wish::Forget => builder.header("Contact", "*").expires(0),
            Wish::Remember => {
                builder.header("Contact", &format!("<sip:{user}@{address}>")).expires(EXPIRES_SECS)
            }
        };
        if let Some(challenged) = challenged {
            let asked = sip::digest::Asked {
                method: Method::Register,
                uri: &uri,
                cnonce: &format!("{:x}", who.seed ^ index),
                nonce_count: 1,
            };
            let challenges = challenged.challenges().flatten();
            let value = sip::digest::answer(challenges, &user, &who.password, &asked)?;
            let proxy = challenged.status() == Some(407);
            builder.header(if proxy { "Proxy-Authorization" } else { "Authorization" }, &value);
        }
        builder.finish().ok()?;
        Some(octets)
    }
}

impl Registration {
    fn user(&self, index: u64) -> String {
        self.numbers.text(index)
    }

    fn failure(&self, index: u64, outcome: String) -> Failure {
        Failure::Register { user: self.user(index), outcome }
    }
}

/// As long as a run can be.
const EXPIRES_SECS: u32 = 3_600;

/// REGISTERs on their way at once.
const ASKED_MAX: usize = 64;

/// Phones that begin in a second: a registrar sends away those who come in a crowd.
const PER_SECOND: u64 = 5_000;

/// CSeq of the last REGISTER of a phone that is sent away again and again.
const CSEQ_MAX: u32 = 40;

const TURN: Duration = Duration::from_millis(5);
const RESEND_NS: u64 = SECOND / 2;
const TRIES_MAX: u32 = 20;
