//! A flight that did not get through: when it is tried again, and who waits for it.

use std::time::{Duration, Instant};

use routing::{MessageId, Sms, State};
use smpp::tlv::tag;
use smpp::{Status, SubmitResp};

use crate::admit::target_id;
use crate::deadlines::Timer;
use crate::egress::order::Order;
use crate::egress::queues::ConnectionKey;
use crate::flights::{Flight, Stage};
use crate::limits::{BACKOFF, THROTTLE_PAUSE};
use crate::settle::Verdict;
use crate::shard::Shard;
use crate::tables::digest_of;

impl Shard {
    /// What a negative submit_sm_resp of this connection means: as was agreed for it, else as
    /// the standard has it. Failures in general are temporary if the peer says so
    /// (delivery_failure_reason, SMPP 3.4 §5.3.2.33).
    pub(super) fn meaning_of(
        &self,
        key: ConnectionKey,
        status: Status,
        resp: &SubmitResp<'_>,
    ) -> Verdict {
        let agreed = self.connections.terms(key).and_then(|terms| terms.meaning(status.0));
        let usual = Verdict::of_smpp(status.0);
        let reason = || resp.tlvs.get_u8(tag::DELIVERY_FAILURE_REASON);
        match agreed {
            Some(routing::Meaning::Busy) => Verdict::Busy(status.0),
            Some(routing::Meaning::Temporary) => Verdict::Temporary(status.0),
            Some(routing::Meaning::Permanent) => match usual {
                Verdict::Permanent(state, code) => Verdict::Permanent(state, code),
                _ => Verdict::Permanent(State::Undeliverable, status.0),
            },
            None => match status {
                Status::RSUBMITFAIL | Status::RDELIVERYFAILURE if reason() == Some(UNAVAILABLE) => {
                    Verdict::Temporary(status.0)
                }
                Status::RSUBMITFAIL | Status::RDELIVERYFAILURE if reason() == Some(TEMPORARY) => {
                    Verdict::Temporary(status.0)
                }
                _ => usual,
            },
        }
    }

    /// The one place where it is decided what becomes of a flight that cannot go by its
    /// connection now; its stage is `Waiting` and it stands in no queue. Whoever sends it
    /// another way calls [`leaves_connection`](Self::leaves_connection).
    ///
    /// When the next hop asks for a pause, all rest; when it cannot take this Sms now, this
    /// Sms rests, and those of its sender to its number wait for it.
    pub(crate) fn cannot_go(&mut self, key: ConnectionKey, id: MessageId, verdict: Verdict) {
        let Some(flight) = self.flights.get(id) else { return };
        let line = self.order_of(key, &flight.sms);
        self.queues.queue(key).order.hold(line, id);
        match verdict {
            Verdict::Busy(_) if self.connections.is_trunk(key) && self.goes_another_way(id) => {}
            Verdict::Busy(_) => {
                self.queue_again(key, id);
                self.throttled(key);
            }
            Verdict::Temporary(_) => {
                self.weigh(key, false, Duration::ZERO);
                if !self.goes_another_way(id) {
                    self.rest_alone(key, id);
                }
            }
            Verdict::Unknown
            | Verdict::Delivered
            | Verdict::Accepted(_)
            | Verdict::Permanent(..) => {
                self.queue_again(key, id);
            }
        }
    }

    /// An Sms waits until its next hop may take it.
    pub(crate) fn rest_alone(&mut self, key: ConnectionKey, id: MessageId) {
        let attempts = self.flights.get(id).map_or(0, |flight| usize::from(flight.attempts));
        let pause = BACKOFF[attempts.saturating_sub(1).min(BACKOFF.len() - 1)];
        self.queues.queue(key).resting += 1;
        self.deadlines.arm(self.at.now + pause, Timer::Rested(key.0, key.1, id));
    }

    /// The next hop asked for a pause. All of a window say the same: one of them is enough.
    fn throttled(&mut self, key: ConnectionKey) {
        let (now, queue) = (self.at.now, self.queues.queue(key));
        if queue.throttled_until.is_none_or(|until| until <= now) {
            let until = now + THROTTLE_PAUSE;
            queue.pace.throttled(now);
            queue.throttled_until = Some(until);
            self.outlook_changed();
            self.rest(key, until);
        }
    }

    /// Nothing leaves before this.
    pub(super) fn rest(&mut self, key: ConnectionKey, until: Instant) {
        self.queues.queue(key).rest_until = Some(until);
        self.deadlines.arm(until, Timer::Connection(key.0, key.1));
    }

    /// An Sms has rested after its failure: back to its place, if it is not final by now.
    pub(crate) fn handle_rested(&mut self, key: ConnectionKey, id: MessageId) {
        let queue = self.queues.queue(key);
        queue.resting = queue.resting.saturating_sub(1);
        let waits_here = |flight: &Flight| {
            let of = (flight.sms.environment, target_id(flight.sms.target));
            matches!(flight.stage, Stage::Waiting) && of == key
        };
        if self.flights.get(id).is_some_and(waits_here) {
            self.queue_again(key, id);
            self.pump(key.0, key.1);
        }
    }

    /// A flight needs its connection no more: it is taken or final, or goes another way. Those
    /// that waited for it may leave. Call it while the flight is there.
    pub(crate) fn leaves_connection(&mut self, key: ConnectionKey, id: MessageId) {
        if self.queues.queue(key).order.is_empty() {
            return;
        }
        let Some(flight) = self.flights.get(id) else { return };
        let line = self.order_of(key, &flight.sms);
        for next in self.queues.queue(key).order.release(line, id) {
            let waits = |stage: &Stage| matches!(stage, Stage::Waiting);
            if self.flights.get(next).is_some_and(|flight| waits(&flight.stage)) {
                self.queue_again(key, next);
            }
        }
    }

    /// Who waits for whom: those of one sender to one number, and over a trunk all to one number,
    /// since a second MESSAGE must not meet a first one that is not answered (RFC 3428 §8).
    fn order_of(&self, key: ConnectionKey, sms: &Sms) -> u64 {
        match self.connections.is_trunk(key) {
            true => digest_of(sms.number),
            false => Order::line_of(sms),
        }
    }

    /// May it leave before those it might have to wait for? While the next hop is slow, and
    /// always where that was agreed, those of one sender to one number leave one by one, so that
    /// a complaint turns none around. Of those that were on their way at the first complaint,
    /// the next hop may have taken the later ones.
    pub(super) fn may_leave(&mut self, key: ConnectionKey, id: MessageId, in_order: bool) -> bool {
        let Some(flight) = self.flights.get(id) else { return false };
        if !matches!(flight.stage, Stage::Waiting) {
            return false;
        }
        // Where nobody waits for anybody the Sms, which is far away in memory, is not looked at.
        let queue = self.queues.queue(key);
        let one_by_one = in_order || queue.pace.is_slowed();
        if queue.order.is_empty() && !one_by_one {
            return true;
        }
        let line = self.order_of(key, &flight.sms);
        let queue = self.queues.queue(key);
        let may_leave = queue.order.may_leave(line, id);
        if may_leave && one_by_one {
            queue.order.hold(line, id);
        }
        may_leave
    }
}

/// delivery_failure_reason: the destination is unavailable.
const UNAVAILABLE: u8 = 0;

/// delivery_failure_reason: a temporary network error.
const TEMPORARY: u8 = 3;
