//! A session driven by octets, beside a list of what was asked.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use smpp::session::{Answer, Limits, Patience, Role, State};
use smpp::{BindKind, Command, Session, Version};

use crate::door::base;

/// Each octet or two is something that happens to a session.
///
/// # Panics
///
/// If a request ends twice or never, or more wait than the windows allow.
pub fn session(data: &[u8]) {
    let mut octets = data.iter().copied();
    let role = if octets.next().unwrap_or(0) & 1 == 0 { Role::Server } else { Role::Client };
    let limit = u16::from(octets.next().unwrap_or(0) % 20 + 1);
    let mut play = Play::new(role, limit);
    while let Some(op) = octets.next() {
        play.step(op, octets.next().unwrap_or(0));
    }
    play.end();
}

/// A session and what it was told.
struct Play {
    session: Session<u32>,
    now: Instant,
    limit: u16,
    asked: u32,
    /// Requests of ours without an end, by token; each with the number it went out under.
    open: BTreeSet<(u32, u32)>,
    /// Those that expired and may still be answered late.
    expired: BTreeSet<(u32, u32)>,
    owed: u16,
}

impl Play {
    fn new(role: Role, limit: u16) -> Self {
        let limits = Limits { outbound: limit, inbound: limit };
        let session = Session::new(base(), role, limits, Patience::default());
        let (open, expired) = (BTreeSet::new(), BTreeSet::new());
        Self { session, now: base(), limit, asked: 0, open, expired, owed: 0 }
    }

    fn step(&mut self, op: u8, value: u8) {
        match op % 9 {
            0 => self.bind(value),
            1 => self.ask(),
            2 => self.answer(value, Command::SubmitSmResp),
            3 => self.answer(value, Command::DeliverSmResp),
            4 => self.wait(value),
            5 => self.take(),
            6 => self.settle(),
            7 => _ = self.session.handle_received(self.now, command(value)),
            _ => _ = self.session.ask_untracked(),
        }
        let waiting = self.session.window().waiting();
        assert_eq!(waiting, self.open.len(), "what waits is what was asked");
        assert!(waiting <= usize::from(self.limit), "no more than agreed");
        assert_eq!(self.session.owed(), self.owed);
    }

    fn bind(&mut self, value: u8) {
        let kinds = [BindKind::Receiver, BindKind::Transmitter, BindKind::Transceiver];
        if self.session.state() == State::Open {
            let kind = kinds[usize::from(value) % kinds.len()];
            self.session.handle_bound(self.now, kind, Version::V34);
        }
    }

    fn ask(&mut self) {
        self.asked += 1;
        match self.session.ask(self.now, Command::SubmitSm, self.asked) {
            Ok(sequence) => {
                assert!((1..=0x7FFF_FFFF).contains(&sequence));
                let mut taken = self.open.iter().chain(&self.expired);
                assert!(taken.all(|(_, used)| *used != sequence), "a number that is in use");
                self.open.insert((self.asked, sequence));
            }
            // Late answers are remembered, too, so a window may be full before its limit.
            Err(_) => assert!(!self.open.is_empty(), "nothing waits, and yet it is full"),
        }
    }

    fn answer(&mut self, sequence: u8, command: Command) {
        let sequence = u32::from(sequence);
        let right = command == Command::SubmitSmResp;
        let with = |set: &BTreeSet<(u32, u32)>| set.iter().find(|one| one.1 == sequence).copied();
        let (open, expired) = (with(&self.open), with(&self.expired));
        match self.session.handle_answer(sequence, command) {
            Answer::Expected(token) => {
                assert!(right && self.open.remove(&(token, sequence)), "asked and not ended");
            }
            Answer::Late(token) => {
                assert!(right && self.expired.remove(&(token, sequence)), "expired before");
            }
            Answer::Unknown => assert!(!right || open.is_none(), "{open:?} {expired:?}"),
        }
    }

    fn wait(&mut self, value: u8) {
        self.now += Duration::from_millis(u64::from(value) * 100);
        while let Some(token) = self.session.expire(self.now) {
            let found = self.open.iter().find(|one| one.0 == token).copied();
            let found = found.expect("what expires was asked and has not ended");
            self.open.remove(&found);
            self.expired.insert(found);
        }
        for _ in 0..4 {
            if self.session.handle_timeout(self.now).is_none() {
                return;
            }
        }
        let event = self.session.handle_timeout(self.now);
        assert!(event.is_none_or(|event| event.closes()), "impatience ends: {event:?}");
    }

    fn take(&mut self) {
        if self.session.accept().is_ok() {
            self.owed += 1;
        }
        assert!(self.owed <= self.limit);
    }

    fn settle(&mut self) {
        if self.owed > 0 {
            self.session.settle();
            self.owed -= 1;
        }
    }

    fn end(mut self) {
        let lost: Vec<u32> = self.session.handle_closed().collect();
        for token in lost {
            let found = self.open.iter().find(|one| one.0 == token).copied();
            assert!(self.open.remove(&found.expect("what is lost was asked and has not ended")));
        }
        assert!(self.open.is_empty(), "a request that never ends");
    }
}

fn command(value: u8) -> Command {
    let response = if value & 0x80 == 0 { 0 } else { 0x8000_0000 };
    Command::decode(u32::from(value & 0x7F) | response)
}
