//! What a link shows of its peer: counted as PDUs come and go, for the board and the doctor.
//!
//! It sees what the link reads and what it writes, and so needs nothing of those who decide.
//! The headers of all PDUs are counted; the bodies of the first [`LOOKED_ALL`] messages are
//! looked into and one of [`LOOKED_EVERY`] after that, because a peer keeps its habits.

mod habits;

use std::time::Instant;

use routing::board::{Sight, Violation};
use smpp::pdu::DataSm;
use smpp::session::Verdict;
use smpp::tlv::tag;
use smpp::{Bind, BindKind, BindResp, Command, Field, FieldError, Frame, Header, ShortMessage};
use smpp::{SubmitResp, frame};

use crate::input::Moment;

/// What one link has shown since it was last asked.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    sight: Box<Sight>,
    /// Did anything happen since?
    news: bool,
    /// Requests of the peer's that we have not answered.
    theirs: u32,
    /// Requests of ours that the peer has not answered.
    ours: u32,
    enquired: Option<Instant>,
    /// One request of ours whose answer is timed.
    probe: Option<(u32, Instant)>,
    messages: u32,
    answers: u32,
    rate_in: Rate,
    rate_out: Rate,
    /// The congestion_state of an answer of the peer's, the last one looked into.
    pub(crate) congestion: Option<u8>,
}

/// Messages of the second that runs, and of the one before it.
#[derive(Clone, Copy, Debug, Default)]
struct Rate {
    second: u64,
    count: u32,
    before: u32,
}

impl Seen {
    /// A PDU came.
    pub(crate) fn received(&mut self, at: Moment, pdu: &Frame<'_>, verdict: Verdict) {
        self.news = true;
        self.sight.heard_ns.see(at.unix_ns);
        let header = pdu.header;
        match verdict {
            Verdict::Allow => {}
            Verdict::BadState => self.violated(Violation::WrongState),
            Verdict::AlreadyBound => self.violated(Violation::BoundTwice),
            Verdict::Unknown => self.violated(Violation::UnknownCommand),
        }
        if header.command.is_response() {
            return self.answered(at, pdu);
        }
        if !(1..=SEQUENCE_MAX).contains(&header.sequence) {
            self.violated(Violation::BadSequence);
        }
        if let Some(kind) = BindKind::of(header.command) {
            if let Ok(bind) = Bind::decode(kind, pdu.body) {
                self.bound(bind.interface_version);
            }
        } else if header.command == Command::EnquireLink {
            self.enquired(at.now);
        } else if is_message(header.command) {
            self.sight.received.add(1);
            let rate = self.rate_in.count(at);
            self.sight.their_rate.see(u64::from(rate));
            self.theirs += 1;
            self.sight.their_window.see(u64::from(self.theirs));
            if is_looked_into(&mut self.messages) {
                self.look(pdu);
            }
        }
    }

    /// PDUs leave.
    pub(crate) fn sent(&mut self, at: Moment, octets: &[u8]) {
        let mut rest = octets;
        while let Ok(Some(pdu)) = frame::next(rest, usize::MAX) {
            rest = &rest[pdu.len()..];
            self.said(at, &pdu.header);
        }
        self.news = true;
    }

    /// It did something against the standard.
    pub(crate) fn violated(&mut self, violation: Violation) {
        self.news = true;
        self.sight.violations[violation as usize].add(1);
    }

    /// Requests of ours were not answered in time.
    pub(crate) fn unanswered(&mut self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.ours = self.ours.saturating_sub(count);
        self.sight.unanswered.add(count);
        self.probe = None;
    }

    /// What was seen since it was last asked for; nothing if nothing happened.
    pub(crate) fn take(&mut self) -> Option<Sight> {
        std::mem::take(&mut self.news).then(|| std::mem::take(&mut *self.sight))
    }

    /// Messages in and out in the last full second.
    pub(crate) fn rates(&self, at: Moment) -> (u32, u32) {
        (self.rate_in.last(at), self.rate_out.last(at))
    }

    fn bound(&mut self, version: u8) {
        self.sight.binds.add(1);
        self.sight.version.see(u64::from(version));
    }

    fn enquired(&mut self, now: Instant) {
        self.sight.enquires.add(1);
        if let Some(before) = self.enquired.replace(now) {
            let pause_ms = now.saturating_duration_since(before).as_millis() as u64;
            self.sight.enquire_least_ms.see(pause_ms);
            self.sight.enquire_most_ms.see(pause_ms);
        }
    }

    fn answered(&mut self, at: Moment, pdu: &Frame<'_>) {
        let Header { command, status, sequence, .. } = pdu.header;
        if BindKind::of(command).is_some() {
            let version = BindResp::decode(pdu.body).ok().and_then(|it| it.sc_interface_version);
            return self.bound(version.unwrap_or(0));
        }
        if !is_answer(command) && command != Command::GenericNack {
            return;
        }
        self.ours = self.ours.saturating_sub(1);
        if let Some((_, since)) = self.probe.take_if(|(probe, _)| *probe == sequence) {
            let took_us = at.now.saturating_duration_since(since).as_micros() as u64;
            self.sight.timed.add(1);
            self.sight.answer_least_us.see(took_us);
            self.sight.answer_most_us.see(took_us);
        }
        if !status.is_ok() {
            self.sight.said.add(status.0, 1);
        } else if matches!(command, Command::SubmitSmResp | Command::DataSmResp)
            && is_looked_into(&mut self.answers)
            && let Ok(resp) = SubmitResp::decode(pdu.body)
        {
            habits::id(&mut self.sight.ids, resp.message_id);
            self.congestion = resp.tlvs.get_u8(tag::CONGESTION_STATE).or(self.congestion);
        }
    }

    fn said(&mut self, at: Moment, header: &Header) {
        if header.command.is_response() {
            if is_answer(header.command) {
                self.theirs = self.theirs.saturating_sub(1);
            }
            if !header.status.is_ok() {
                self.sight.told.add(header.status.0, 1);
            }
        } else if is_message(header.command) {
            self.sight.sent.add(1);
            let rate = self.rate_out.count(at);
            self.sight.our_rate.see(u64::from(rate));
            self.ours += 1;
            self.sight.our_window.see(u64::from(self.ours));
            self.probe.get_or_insert((header.sequence, at.now));
        }
    }

    /// Looks into a message.
    fn look(&mut self, pdu: &Frame<'_>) {
        self.sight.looked.add(1);
        let message = match pdu.header.command {
            Command::SubmitSm | Command::DeliverSm => ShortMessage::decode(pdu.body),
            Command::DataSm => DataSm::decode(pdu.body).map(|data| data.as_short_message()),
            _ => return,
        };
        match message {
            Ok(message) => habits::message(&mut self.sight, &message),
            Err(error) => self.violated(violation(error)),
        }
    }
}

impl Rate {
    /// Counts a message; says how many the second that runs has.
    fn count(&mut self, at: Moment) -> u32 {
        let second = at.unix_ns / NANOS;
        if second != self.second {
            *self = Self { second, count: 0, before: self.last(at) };
        }
        self.count += 1;
        self.count
    }

    fn last(&self, at: Moment) -> u32 {
        match (at.unix_ns / NANOS).checked_sub(self.second) {
            Some(0) => self.before,
            Some(1) => self.count,
            Some(_) | None => 0,
        }
    }
}

fn violation(error: FieldError) -> Violation {
    match error.field {
        Field::Tlv => Violation::BadTlv,
        _ if error.status == smpp::Status::RINVCMDLEN => Violation::CutShort,
        _ => Violation::BadField,
    }
}

const fn is_message(command: Command) -> bool {
    matches!(
        command,
        Command::SubmitSm | Command::SubmitMulti | Command::DeliverSm | Command::DataSm
    )
}

const fn is_answer(command: Command) -> bool {
    matches!(
        command,
        Command::SubmitSmResp
            | Command::SubmitMultiResp
            | Command::DeliverSmResp
            | Command::DataSmResp
    )
}

/// Counts, and says whether this one is looked into.
fn is_looked_into(count: &mut u32) -> bool {
    *count = count.wrapping_add(1);
    *count <= LOOKED_ALL || count.is_multiple_of(LOOKED_EVERY)
}

const NANOS: u64 = 1_000_000_000;

const LOOKED_ALL: u32 = 1_024;
const LOOKED_EVERY: u32 = 16;

/// SMPP 3.4 §5.1.4.
const SEQUENCE_MAX: u32 = 0x7FFF_FFFF;

#[cfg(test)]
mod tests;
