//! How an attempt ended and what follows: the two tables of standards.md 4.2 and 4.3, and the
//! one place where a flight becomes final.

use routing::board::{Span, Tally};
use routing::journal::{Final, Outcome, Record};
use routing::{AckLevel, MessageId, Refusal, State, Target};

use crate::admit::target_id;
use crate::credit::Held;
use crate::flights::{Flight, Stage};
use crate::limits::UNKNOWN_RESENDS_MAX;
use crate::promises::Promise;
use crate::shard::Shard;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// It arrived.
    Delivered,
    /// A relay took it, and nothing more will be heard (RFC 3428 §7: 202).
    Accepted(u32),
    /// It never will; the receipt says so with this state and code.
    Permanent(State, u32),
    /// It may yet; the code is kept for the day it expires.
    Temporary(u32),
    /// The next hop asks for a pause; nothing is wrong with the Sms.
    Busy(u32),
    /// Nobody can tell.
    Unknown,
}

impl Verdict {
    /// What a final SIP response to a MESSAGE means: standards.md 4.2, but that every 2xx is a
    /// delivery (scenarios.md) unless the carrier wants more (see [`proof`](crate::proof)). Codes
    /// that RFC 3261 does not know are treated as the x00 of their class (§8.1.3.2).
    pub(crate) fn of_sip(status: u16) -> Self {
        let code = u32::from(status);
        match status {
            200..300 => Self::Delivered,
            403 | 433 | 603 | 606..=608 => Self::Permanent(State::Rejected, code),
            402 => Self::Permanent(State::Rejected, code),
            401 | 407 | 408 | 423 | 429 | 430 | 480 | 481 | 486 | 487 | 491 => {
                Self::Temporary(code)
            }
            500 | 502..=504 => Self::Temporary(code),
            501 | 505 | 513 | 580 => Self::Permanent(State::Undeliverable, code),
            500..600 => Self::Temporary(code),
            _ => Self::Permanent(State::Undeliverable, code),
        }
    }

    /// What a final response of a trunk means: there is another server behind it, and 202 says
    /// no more than that it has the Sms (RFC 3428 §7).
    pub(crate) fn of_trunk(status: u16) -> Self {
        match status {
            202 => Self::Accepted(status.into()),
            _ => Self::of_sip(status),
        }
    }

    /// What a negative submit_sm_resp means.
    pub(crate) fn of_smpp(status: u32) -> Self {
        match status {
            0x14 | 0x58 => Self::Busy(status),
            0x04 | 0x05 | 0x08 | 0x0D..=0x0F | 0x53 | 0x64 | 0xFF | 0x102 => {
                Self::Temporary(status)
            }
            0x65 | 0x66 | 0x100 | 0x101 | 0x103 | Refusal::LOOP_BETWEEN => {
                Self::Permanent(State::Rejected, status)
            }
            _ => Self::Permanent(State::Undeliverable, status),
        }
    }

    /// What it means for an Sms that has no other attempt.
    pub(crate) fn last(self) -> (State, u32) {
        match self {
            Self::Delivered => (State::Delivered, 0),
            Self::Accepted(code) => (State::Accepted, code),
            Self::Permanent(state, code) => (state, code),
            Self::Temporary(code) | Self::Busy(code) => (State::Undeliverable, code),
            Self::Unknown => (State::Unknown, 0),
        }
    }

    /// Of two failed branches the one that leaves more hope.
    pub(crate) fn better(self, other: Option<Self>) -> Self {
        match other {
            Some(other) if other.hope() > self.hope() => other,
            _ => self,
        }
    }

    fn hope(self) -> u8 {
        match self {
            Self::Permanent(..) => 0,
            Self::Unknown => 1,
            Self::Temporary(_) => 2,
            Self::Busy(_) => 3,
            Self::Accepted(_) => 4,
            Self::Delivered => 5,
        }
    }
}

impl Shard {
    /// An attempt ended.
    pub(crate) fn conclude(&mut self, id: MessageId, verdict: Verdict) {
        match verdict {
            Verdict::Delivered if self.is_unproved(id) => self.await_proof(id),
            Verdict::Delivered => self.settle(id, State::Delivered, 0),
            Verdict::Accepted(code) => self.settle(id, State::Accepted, code),
            Verdict::Permanent(state, code) => self.settle(id, state, code),
            Verdict::Temporary(_) | Verdict::Busy(_) => self.retry(id, verdict),
            Verdict::Unknown => {
                let Some(flight) = self.flights.get_mut(id) else { return };
                flight.unknowns = flight.unknowns.saturating_add(1);
                if flight.unknowns > UNKNOWN_RESENDS_MAX {
                    return self.settle(id, State::Unknown, 0);
                }
                self.retry(id, verdict);
            }
        }
    }

    /// Back to where it waits; its owner decides when.
    fn retry(&mut self, id: MessageId, verdict: Verdict) {
        self.release_held(id);
        let Some(flight) = self.flights.get_mut(id) else { return };
        if matches!(flight.stage, Stage::Settled(_)) {
            return;
        }
        if flight.sms.is_single() {
            let (state, code) = verdict.last();
            return self.settle(id, state, code);
        }
        flight.stage = Stage::Waiting;
        let (key, is_first) =
            ((flight.sms.environment, target_id(flight.sms.target)), flight.attempts == 1);
        match flight.sms.target {
            Target::Account(_) => {
                if is_first {
                    self.tell_on_way(id, verdict.last().1);
                }
                self.inbox_failed(key, id);
            }
            Target::Connection { .. } => self.cannot_go(key, id, verdict),
        }
    }

    /// Makes a flight final: its outcome is journaled, its place is free, its receipt is due
    /// once the outcome is durable. A second outcome finds nothing to change.
    pub(crate) fn settle(&mut self, id: MessageId, state: State, code: u32) {
        // What is on its way to another owner ends there.
        let is_here = |flight: &&Flight| !matches!(flight.stage, Stage::Moving);
        let Some(flight) = self.flights.get(id).filter(is_here) else { return };
        let outcome = Outcome {
            id,
            at_ns: self.at.unix_ns,
            state,
            code,
            attempts: flight.attempts,
            via: flight.via,
            doubled: flight.doubled,
        };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let peer_id = flight.stage.peer_id().map(<[u8]>::to_vec);
        let is_queued = matches!(flight.stage, Stage::Waiting);
        match flight.sms.target {
            Target::Account(_) => self.gathers_no_more(id),
            Target::Connection { .. } => {
                if is_queued {
                    self.unqueue(key, id);
                }
                self.leaves_connection(key, id);
                self.release_held(id);
            }
        }
        let Some(flight) = self.flights.settle(outcome) else { return };
        let (target, carrier) = (flight.sms.target, flight.sms.carrier());
        let delivered = state == State::Delivered;
        let tried = outcome.attempts > flight.sms.journey.attempts;
        let age_ns = outcome.at_ns.saturating_sub(flight.sms.accepted_ns);
        let latency = std::time::Duration::from_nanos(age_ns);
        let has_receipt = flight.sms.is_reported(state);
        let is_awaited = flight.sms.ack == AckLevel::Delivered;
        let ended = Final::of(&flight.sms, &outcome);
        let unspent = Held::some(&flight.sms, flight.sms.credit_back(state, peer_id.is_some()));
        self.record(&Record::Outcome(outcome));
        unspent.into_iter().for_each(|held| self.promises.keep(Promise::Unspent(held)));
        ended.into_iter().for_each(|ended| self.finals.keep(ended));
        if is_awaited {
            self.promise_outcome(id, state, code);
        }
        self.add(if delivered { Tally::Delivered } else { Tally::Failed }, 1);
        if delivered {
            self.took(Span::Delivery, age_ns);
            if let Some(carrier) = carrier {
                self.observations.took((false, key.0, carrier), Span::Delivery, age_ns);
            }
            if let Target::Connection { .. } = target {
                self.observations.took((true, key.0, key.1), Span::Delivery, age_ns);
            }
        }
        if has_receipt {
            self.promises.keep(Promise::Settled { id });
        } else {
            self.flights.remove(id);
        }
        if tried && let Target::Connection { .. } = target {
            self.weigh(key, state.is_success(), latency);
        }
        match target {
            Target::Account(_) => {
                self.end_riders(&outcome);
                self.inbox_finished(key, id);
            }
            Target::Connection { .. } => self.queue_finished(key, peer_id),
        }
    }

    /// The validity of an Sms has ended, or its time has come.
    pub(crate) fn handle_expiry(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        match &flight.stage {
            Stage::Scheduled => self.release(id),
            Stage::Waiting | Stage::Gathering => self.settle(id, State::Expired, EXPIRED_CODE),
            // A try that is under way is heard out first; come back when it must be over.
            Stage::Ready | Stage::Trying(_) | Stage::Riding => self.expire_later(id),
            Stage::Moving => self.expire_moving(id),
            Stage::Held(afterwards) => self.expire_held(id, *afterwards),
            Stage::Taken(_) => self.expire_taken(id),
            Stage::Settled(_) => {}
        }
    }
}

/// What a command_status of an SMSC means, in the words of docs/smpp.md: `taken`, `busy`,
/// `temporary`, or the state in which the Sms ends.
pub fn meaning_of(status: u32) -> &'static str {
    if status == 0 {
        return "taken";
    }
    match Verdict::of_smpp(status) {
        Verdict::Busy(_) => "busy",
        Verdict::Temporary(_) => "temporary",
        Verdict::Permanent(State::Rejected, _) => "REJECTD",
        Verdict::Permanent(..) => "UNDELIV",
        Verdict::Delivered | Verdict::Accepted(_) | Verdict::Unknown => "UNKNOWN",
    }
}

/// What a final status of an app means, in the words of docs/texts.md: `delivered`, `tried again`,
/// or the state in which the Sms ends.
pub fn meaning_of_sip(status: u16) -> &'static str {
    match Verdict::of_sip(status) {
        Verdict::Delivered => "delivered",
        Verdict::Temporary(_) | Verdict::Busy(_) => "tried again",
        Verdict::Permanent(State::Rejected, _) => "REJECTD",
        Verdict::Permanent(..) => "UNDELIV",
        Verdict::Accepted(_) | Verdict::Unknown => "UNKNOWN",
    }
}

/// Request Timeout: the code of a receipt for an Sms that expired here.
const EXPIRED_CODE: u32 = 408;

#[cfg(test)]
mod tests;
