//! All phones of this process behind their socket.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::UdpSocket;
use serde_json::{Value, json};
use sip::{Message, StartLine};

use super::account::{Account, Next};
use super::args::Args;
use super::calls::{Calls, Ended, Purpose};
use super::inbox::{Inbox, Taken};
use super::outbox::Outbox;
use super::wire::{Asked, Wire};
use crate::clock;
use crate::failure::Failure;
use crate::report::Report;

/// The phones, what they owe and what they wait for.
pub(super) struct Phones<'a> {
    args: &'a Args,
    socket: UdpSocket,
    wire: Wire,
    accounts: Vec<Account>,
    by_user: HashMap<String, usize>,
    /// When each account has to register.
    due: BTreeSet<(Instant, usize)>,
    calls: Calls,
    inbox: Inbox,
    outbox: Outbox,
    pub(super) report: Report,
    /// Positive answers to REGISTER.
    registrations: u64,
    registrations_failed: u64,
    /// When we stop waiting for our contacts to be taken back.
    leave_by: Option<Instant>,
}

impl<'a> Phones<'a> {
    /// Phones behind `socket`, which is bound to `local`; none is registered.
    pub(super) fn new(
        args: &'a Args,
        socket: UdpSocket,
        local: SocketAddr,
        now: Instant,
    ) -> Result<Self, Failure> {
        let seed = clock::unix_ns() ^ u64::from(std::process::id()) << 40;
        let password = args.secret.read()?.unwrap_or_default();
        let mut wire = Wire::new(&args.domain, password, local, seed);
        let users = args.users.iter().flat_map(|users| users.0.iter().cloned());
        let accounts: Vec<Account> =
            users.map(|user| Account::new(user, args.expires, &mut wire)).collect();
        let by_user = accounts.iter().enumerate();
        let by_user = by_user.map(|(index, account)| (account.user.clone(), index)).collect();
        let due = (0..accounts.len()).filter(|_| !args.no_register);
        let first = accounts.first().map(|account| account.user.clone()).unwrap_or_default();
        Ok(Self {
            args,
            socket,
            due: due.map(|index| (now, index)).collect(),
            accounts,
            by_user,
            calls: Calls::default(),
            inbox: Inbox::new(
                args.answer.clone(),
                Duration::from_millis(args.answer_delay),
                wire.unique(),
            ),
            outbox: Outbox::new(first, args.text.clone(), &args.send, args.count),
            wire,
            report: Report::to_stdout("phone", args.report, now),
            registrations: 0,
            registrations_failed: 0,
            leave_by: None,
        })
    }

    /// Sends what is due: retransmissions, late answers, REGISTERs, MESSAGEs.
    pub(super) fn handle_time(&mut self, now: Instant) {
        let (socket, registrar) = (&self.socket, self.args.registrar);
        let given_up = self.calls.handle_time(now, |octets| {
            let _ = socket.send_to(octets, registrar);
        });
        for ended in given_up {
            self.handle_silence(now, &ended);
        }
        while let Some(reply) = self.inbox.poll_reply(now) {
            self.send(&reply.octets, reply.to);
        }
        while self.calls.len() < CALLS_MAX
            && self.due.first().is_some_and(|(at, _)| *at <= now)
            && let Some((_, index)) = self.due.pop_first()
        {
            if let Some(asked) = self.accounts[index].register(&mut self.wire) {
                self.begin(now, &asked, Purpose::Register(index), false);
            }
        }
        // A registrar may know us only once we are registered.
        let known = self.args.no_register || self.registered() > 0;
        while known
            && self.leave_by.is_none()
            && self.calls.len() < CALLS_MAX
            && let Some((line, asked)) = self.outbox.next(&mut self.wire)
        {
            self.begin(now, &asked, Purpose::Send(line), false);
        }
    }

    /// When [`handle_time`](Self::handle_time) has something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let due = self.due.first().map(|(at, _)| *at);
        let due = due.filter(|_| self.calls.len() < CALLS_MAX);
        let wishes = [self.calls.poll_timeout(), self.inbox.poll_timeout(), due, self.leave_by];
        wishes.into_iter().flatten().min()
    }

    fn begin(&mut self, now: Instant, asked: &Asked, purpose: Purpose, authorized: bool) {
        self.calls.begin(now, asked, purpose, authorized);
        self.send(&asked.octets, self.args.registrar);
    }

    /// UDP promises nothing, so neither do we: what cannot be sent is sent again by a timer, and
    /// a registrar that is down (ICMP) is a registrar that does not answer.
    fn send(&self, octets: &[u8], to: SocketAddr) {
        let _ = self.socket.send_to(octets, to);
    }

    /// Takes everything that has come.
    pub(super) fn receive(&mut self, now: Instant) {
        let mut buffer = vec![0; sip::MESSAGE_MAX];
        loop {
            match self.socket.recv_from(&mut buffer) {
                Ok((length, source)) => self.handle_datagram(now, source, &buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // An ICMP error of an earlier datagram; the next may be a message again.
                Err(_) => {}
            }
        }
    }

    fn handle_datagram(&mut self, now: Instant, source: SocketAddr, octets: &[u8]) {
        let Ok(message) = Message::parse(octets) else {
            let keep_alive = octets.iter().all(|octet| b"\r\n\0".contains(octet));
            self.inbox.books.garbage += u64::from(!keep_alive);
            return;
        };
        match message.start() {
            StartLine::Response { .. } => self.handle_response(now, &message),
            StartLine::Request { .. } => self.handle_request(now, source, &message),
        }
    }

    fn handle_request(&mut self, now: Instant, source: SocketAddr, request: &Message<'_>) {
        let by_user = &self.by_user;
        let is_ours = |user: &str| by_user.contains_key(user);
        let (taken, reply) = self.inbox.handle_request(now, source, request, is_ours);
        if let Some(reply) = reply {
            self.send(&reply.octets, reply.to);
        }
        let (call_id, from) = (request.call_id(), request.from().uri_str());
        match taken {
            Taken::New { user, text, text_twice } => self.report.event(now, "message", || {
                json!({"user": user, "from": from, "text": text, "text_twice": text_twice,
                       "call_id": call_id})
            }),
            Taken::Again => {
                self.report.event(now, "message_again", || json!({"call_id": call_id}));
            }
            Taken::Refused(status) => self.report.event(
                now,
                "message_refused",
                || json!({"call_id": call_id, "status": status}),
            ),
            Taken::Silent => {
                self.report.event(now, "message_silent", || json!({"call_id": call_id}));
            }
            Taken::Other => {}
        }
    }

    fn handle_response(&mut self, now: Instant, response: &Message<'_>) {
        let Some(ended) = self.calls.handle_response(now, response) else { return };
        match ended.purpose {
            Purpose::Register(index) => {
                let next = self.accounts[index].handle_response(
                    now,
                    &mut self.wire,
                    response,
                    ended.authorized,
                );
                self.handle_next(now, index, next, response.status());
            }
            Purpose::Send(line) => {
                let authorized = ended.authorized;
                match self.outbox.handle_response(line, &mut self.wire, response, authorized) {
                    Some(asked) => self.begin(now, &asked, ended.purpose, true),
                    None => self.tell_sent(now, line, response.status()),
                }
            }
        }
    }

    fn handle_silence(&mut self, now: Instant, ended: &Ended) {
        match ended.purpose {
            Purpose::Register(index) => {
                let next = self.accounts[index].handle_silence(now);
                self.handle_next(now, index, next, None);
            }
            Purpose::Send(line) => {
                self.outbox.handle_silence(line);
                self.tell_sent(now, line, None);
            }
        }
    }

    fn handle_next(&mut self, now: Instant, index: usize, next: Next, status: Option<u16>) {
        let user = self.accounts[index].user.as_str();
        match next {
            Next::Ask(asked) => {
                let authorized = matches!(status, Some(401 | 407));
                self.begin(now, &asked, Purpose::Register(index), authorized);
            }
            Next::Registered { again, expires_secs } => {
                self.registrations += 1;
                self.report.event(
                    now,
                    "registered",
                    || json!({"user": user, "expires": expires_secs}),
                );
                self.due.insert((again, index));
            }
            Next::Failed { again } => {
                self.registrations_failed += 1;
                self.report.event(
                    now,
                    "register_failed",
                    || json!({"user": user, "status": status}),
                );
                self.due.insert((again, index));
            }
            Next::Left => self.report.event(now, "unregistered", || json!({"user": user})),
        }
    }

    fn tell_sent(&mut self, now: Instant, line: usize, status: Option<u16>) {
        let to = self.outbox.uri(line);
        self.report.event(now, "sent", || json!({"to": to, "status": status}));
    }

    /// Whether we are through; takes the contacts back first, if that was asked for.
    pub(super) fn left(&mut self, now: Instant, over: bool) -> bool {
        let purpose = self.args.until_count.is_some() || !self.args.send.is_empty();
        let done = over || self.report.is_broken() || (purpose && self.is_complete());
        if !done {
            return false;
        }
        if !self.args.unregister || self.leave_by.is_some_and(|by| by <= now) {
            return true;
        }
        if self.leave_by.is_none() {
            self.leave_by = Some(now + GOODBYE);
            self.due.clear();
            for (index, account) in self.accounts.iter_mut().enumerate() {
                if account.is_registered() {
                    account.leave();
                    self.due.insert((now, index));
                }
            }
            self.handle_time(now);
        }
        self.registered() == 0
    }

    fn registered(&self) -> usize {
        self.accounts.iter().filter(|account| account.is_registered()).count()
    }

    /// Whether everything that was waited for came.
    pub(super) fn is_complete(&self) -> bool {
        let counted = self.args.until_count.is_none_or(|count| self.inbox.books.received >= count);
        counted && self.outbox.is_done() && self.outbox.all_taken()
    }

    /// The totals.
    pub(super) fn summary(&self) -> Value {
        let books = &self.inbox.books;
        let few = books.by_user.len() <= USERS_LISTED_MAX;
        json!({
            "users": self.accounts.len(),
            "registered": self.registered(),
            "registrations": self.registrations,
            "registrations_failed": self.registrations_failed,
            "received": books.received,
            "by_user": few.then_some(&books.by_user),
            "retransmissions": books.retransmissions,
            "call_ids_twice": books.call_ids_twice,
            "texts_twice": books.texts_twice,
            "refused": books.refused,
            "silent": books.silent,
            "others": books.others,
            "garbage": books.garbage,
            "sent": self.outbox.answers,
            "retransmitted": self.calls.retransmitted,
        })
    }
}

/// Requests of ours on their way at once.
const CALLS_MAX: usize = 64;

/// How long we wait for our contacts to be taken back.
const GOODBYE: Duration = Duration::from_secs(2);

/// More users than that are only counted.
const USERS_LISTED_MAX: usize = 100;
