//! Brings the phones in: REGISTER with digest, some dozens at a time (RFC 3261 §10.2).

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

/// A REGISTER on its way.
#[derive(Debug)]
struct Asked {
    octets: Vec<u8>,
    cseq: u32,
    again_ns: u64,
    tries: u32,
}

/// Registers all phones, or says which one could not.
pub(super) fn register(
    who: &Registration,
    phones: &[Phone],
    poll: &mut Poll,
    clock: &Clock,
) -> Result<(), Failure> {
    let mut events = Events::with_capacity(64);
    let mut asked: BTreeMap<u64, Asked> = BTreeMap::new();
    let (mut next, mut done) = (0, 0);
    let mut datagram = vec![0; sip::MESSAGE_MAX];
    while done < who.numbers.count {
        while asked.len() < ASKED_MAX && next < who.numbers.count {
            ask(who, phones, next, 1, None, clock, &mut asked)?;
            next += 1;
        }
        poll.poll(&mut events, Some(TURN)).doing(|| "wait for datagrams".to_owned())?;
        for phone in phones {
            while let Ok((length, _)) = phone.socket.recv_from(&mut datagram) {
                let Ok(response) = Message::parse(&datagram[..length]) else { continue };
                done += handle_response(who, phones, &response, clock, &mut asked)?;
            }
        }
        resend(who, phones, clock, &mut asked)?;
    }
    Ok(())
}

/// Takes the answer to one of our requests; returns how many phones are done by it.
fn handle_response(
    who: &Registration,
    phones: &[Phone],
    response: &Message<'_>,
    clock: &Clock,
    asked: &mut BTreeMap<u64, Asked>,
) -> Result<u64, Failure> {
    let index = response.call_id().rsplit_once('-').and_then(|(_, index)| index.parse().ok());
    let (Some(index), Some(status)) = (index, response.status()) else { return Ok(0) };
    let ours = |asked: &&Asked| asked.cseq == response.cseq().number;
    let Some(cseq) = asked.get(&index).filter(ours).map(|asked| asked.cseq) else { return Ok(0) };
    match status {
        100..200 => Ok(0),
        200..300 => {
            asked.remove(&index);
            Ok(1)
        }
        401 | 407 if cseq == 1 => {
            ask(who, phones, index, 2, Some(response), clock, asked)?;
            Ok(0)
        }
        _ => Err(who.failure(index, format!("was answered {status}"))),
    }
}

/// Sends a REGISTER, with credentials if there is a challenge.
fn ask(
    who: &Registration,
    phones: &[Phone],
    index: u64,
    cseq: u32,
    challenged: Option<&Message<'_>>,
    clock: &Clock,
    asked: &mut BTreeMap<u64, Asked>,
) -> Result<(), Failure> {
    let octets = who.encode(index, cseq, phones.of(index).address, challenged);
    let octets = octets.ok_or_else(|| who.failure(index, "cannot be written".to_owned()))?;
    let _ = phones.of(index).socket.send_to(&octets, who.registrar);
    let again_ns = clock.ns() + RESEND_NS;
    asked.insert(index, Asked { octets, cseq, again_ns, tries: 1 });
    Ok(())
}

/// Sends again what had no answer for a while.
fn resend(
    who: &Registration,
    phones: &[Phone],
    clock: &Clock,
    asked: &mut BTreeMap<u64, Asked>,
) -> Result<(), Failure> {
    let now = clock.ns();
    for (index, asked) in asked.iter_mut().filter(|(_, asked)| asked.again_ns <= now) {
        if asked.tries == TRIES_MAX {
            return Err(who.failure(*index, "had no answer".to_owned()));
        }
        asked.tries += 1;
        asked.again_ns = now + RESEND_NS;
        let _ = phones.of(*index).socket.send_to(&asked.octets, who.registrar);
    }
    Ok(())
}

/// Which socket a phone is behind.
trait Spread {
    fn of(&self, index: u64) -> &Phone;
}

impl Spread for [Phone] {
    fn of(&self, index: u64) -> &Phone {
        &self[index as usize % self.len()]
    }
}

impl Registration {
    fn user(&self, index: u64) -> String {
        format!("{:01$}", self.numbers.first + index, self.numbers.digits)
    }

    fn failure(&self, index: u64, outcome: String) -> Failure {
        Failure::Register { user: self.user(index), outcome }
    }

    fn encode(
        &self,
        index: u64,
        cseq: u32,
        address: SocketAddr,
        challenged: Option<&Message<'_>>,
    ) -> Option<Vec<u8>> {
        let user = self.user(index);
        let uri = format!("sip:{}", self.domain);
        let call_id = format!("load-{:x}-{index}", self.seed);
        let branch = format!("z9hG4bK{:x}.{index}.{cseq}", self.seed);
        let party = |tag| Party { display: "", user: &user, host: &self.domain, tag };
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
        builder.header("Contact", &format!("<sip:{user}@{address}>")).expires(EXPIRES_SECS);
        if let Some(challenged) = challenged {
            let asked = sip::digest::Asked {
                method: Method::Register,
                uri: &uri,
                cnonce: &format!("{:x}", self.seed ^ index),
                nonce_count: 1,
            };
            let challenges = challenged.challenges().flatten();
            let value = sip::digest::answer(challenges, &user, &self.password, &asked)?;
            let proxy = challenged.status() == Some(407);
            let name = if proxy { "Proxy-Authorization" } else { "Authorization" };
            builder.header(name, &value);
        }
        builder.finish().ok()?;
        Some(octets)
    }
}

/// As long as a run can be.
const EXPIRES_SECS: u32 = 3_600;

/// REGISTERs on their way at once.
const ASKED_MAX: usize = 64;

const TURN: Duration = Duration::from_millis(20);
const RESEND_NS: u64 = SECOND / 2;
const TRIES_MAX: u32 = 20;
