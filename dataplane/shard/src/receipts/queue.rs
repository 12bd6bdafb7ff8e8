//! The receipts of one carrier that it has not taken yet, in the order in which their Sms were
//! accepted: an id sorts by time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use routing::MessageId;
use smpp::Status;

use crate::input::ShardId;
use crate::limits::{RECEIPT_PAUSES, RECEIPT_REFUSALS_MAX, RECEIPTS_LENT_MAX, THROTTLE_PAUSE};

/// What became of a receipt on its way to a carrier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ReceiptAnswer {
    /// The carrier has it.
    Taken,
    /// The carrier asks for a pause.
    Busy,
    /// The carrier cannot take this one now.
    Later,
    /// The carrier does not want it.
    Refused(Status),
    /// The carrier says nothing.
    Unanswered,
    /// The link was lost, or there is none.
    Lost,
}

impl ReceiptAnswer {
    /// What the status of a deliver_sm_resp means.
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::ROK => Self::Taken,
            Status::RTHROTTLED | Status::RMSGQFUL => Self::Busy,
            Status::RSYSERR | Status::RX_T_APPN | Status::RINVBNDSTS => Self::Later,
            other => Self::Refused(other),
        }
    }
}

/// What follows from an answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Next {
    /// It is taken: forget it.
    Closed,
    /// It goes again, now or later.
    Again,
    /// It was refused too often: forget it, and tell.
    Dropped(Status),
}

/// Receipts of one carrier, of Sms that this shard owns.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: BTreeSet<MessageId>,
    /// Those that failed or may not go yet, until when.
    resting: BTreeSet<(Instant, MessageId)>,
    failures: BTreeMap<MessageId, Failures>,
    /// How many are on their way by mail to the binds of each other shard.
    lent: BTreeMap<ShardId, u16>,
    /// The carrier asked for a pause.
    rest_until: Option<Instant>,
    /// The earliest timer there is.
    pub(super) armed: Option<Instant>,
}

/// How often a receipt failed.
#[derive(Clone, Copy, Debug, Default)]
struct Failures {
    all: u8,
    refusals: u8,
    /// It rests until then.
    until: Option<Instant>,
}

impl Queue {
    /// One more may go.
    pub(super) fn push(&mut self, id: MessageId) {
        self.ready.insert(id);
    }

    /// One more may go from then on.
    pub(super) fn push_for(&mut self, from: Instant, id: MessageId) {
        self.failures.entry(id).or_default().until = Some(from);
        self.resting.insert((from, id));
    }

    /// The next one that may go now.
    pub(super) fn pop(&mut self, now: Instant) -> Option<MessageId> {
        while let Some((until, id)) = self.resting.first().copied()
            && until <= now
        {
            self.resting.pop_first();
            self.ready.insert(id);
        }
        if self.rest_until.is_some_and(|until| until > now) {
            return None;
        }
        self.rest_until = None;
        self.ready.pop_first()
    }

    /// When [`pop`](Self::pop) may have something that it has not now.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let rested = self.resting.first().map(|(until, _)| *until);
        [rested, self.rest_until].into_iter().flatten().min()
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty() || !self.resting.is_empty()
    }

    /// How many wait here, whether they may go or not.
    pub(super) fn waiting(&self) -> usize {
        self.ready.len() + self.resting.len()
    }

    /// May one more go by mail to this shard?
    pub(super) fn may_lend(&self, shard: ShardId) -> bool {
        self.lent.get(&shard).is_none_or(|lent| *lent < RECEIPTS_LENT_MAX)
    }

    pub(super) fn lend(&mut self, shard: ShardId) {
        *self.lent.entry(shard).or_default() += 1;
    }

    /// A shard tells what became of one it had.
    pub(super) fn returned(&mut self, shard: ShardId) {
        if let Some(lent) = self.lent.get_mut(&shard) {
            *lent -= 1;
            if *lent == 0 {
                self.lent.remove(&shard);
            }
        }
    }

    /// An answer: what follows.
    pub(super) fn answered(&mut self, now: Instant, id: MessageId, answer: ReceiptAnswer) -> Next {
        match answer {
            ReceiptAnswer::Taken => {
                self.remove(id);
                return Next::Closed;
            }
            ReceiptAnswer::Lost => self.push(id),
            ReceiptAnswer::Busy => {
                self.push(id);
                self.rest_until = Some(now + THROTTLE_PAUSE);
            }
            ReceiptAnswer::Later | ReceiptAnswer::Unanswered => self.rest(now, id, 0),
            ReceiptAnswer::Refused(status) => {
                let refusals = self.failures.get(&id).map_or(0, |failures| failures.refusals);
                if refusals + 1 >= RECEIPT_REFUSALS_MAX {
                    self.remove(id);
                    return Next::Dropped(status);
                }
                self.rest(now, id, 1);
            }
        }
        Next::Again
    }

    /// Takes one out; says whether it was waiting here.
    pub(super) fn remove(&mut self, id: MessageId) -> bool {
        let failures = self.failures.remove(&id);
        let until = failures.and_then(|failures| failures.until);
        let rested = until.is_some_and(|until| self.resting.remove(&(until, id)));
        self.ready.remove(&id) || rested
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting() == 0
            && self.lent.is_empty()
            && self.failures.is_empty()
            && self.rest_until.is_none()
    }

    /// Lets one rest, longer with every failure.
    fn rest(&mut self, now: Instant, id: MessageId, refusals: u8) {
        let failures = self.failures.entry(id).or_default();
        let pause: Duration =
            RECEIPT_PAUSES[usize::from(failures.all).min(RECEIPT_PAUSES.len() - 1)];
        failures.all = failures.all.saturating_add(1);
        failures.refusals += refusals;
        if let Some(until) = failures.until.replace(now + pause) {
            self.resting.remove(&(until, id));
        }
        self.resting.insert((now + pause, id));
    }
}

#[cfg(test)]
mod tests;
