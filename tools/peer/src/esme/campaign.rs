//! The books of a campaign: each SMS from the plan to its receipt.
//!
//! An SMS is submitted until it has a response and never after. What was on its way when a link
//! broke is submitted again, same content: whether the first copy was taken is unknown, and a
//! message centre that keeps its promises answers the second copy with the id of the first.
//! A receipt may name an id before the response that gives it has been seen; it waits then.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use smpp::{MessageState, Status};

/// Where one SMS stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Planned,
    Sent,
    Accepted { receipt: Option<MessageState> },
    Refused,
}

/// What a receipt is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Receipted {
    /// The one that SMS number so much waited for.
    Expected(u32),
    /// Not the end: ENROUTE and the like.
    Intermediate(u32),
    /// That SMS already had one.
    Duplicate(u32),
    /// No response has named this id yet.
    Unnamed,
}

/// Every SMS of a run and what became of it.
#[derive(Debug, Default)]
pub(super) struct Campaign {
    stages: Vec<Stage>,
    /// The first SMS never submitted.
    fresh: usize,
    /// What was lost with a link, oldest first.
    again: VecDeque<u32>,
    /// What was refused for the moment, and when to try again.
    later: VecDeque<(Instant, u32)>,
    /// Which SMS a message id names.
    ids: HashMap<Vec<u8>, u32>,
    /// Receipts whose id no response has named yet.
    unnamed: HashMap<Vec<u8>, Vec<MessageState>>,
    totals: Totals,
}

/// What a campaign came to.
#[derive(Clone, Debug, Default)]
pub(super) struct Totals {
    /// SMS submitted at least once.
    pub(super) submitted: u64,
    /// SMS with a positive response.
    pub(super) accepted: u64,
    /// SMS with a negative response, by its name.
    pub(super) refused: BTreeMap<String, u64>,
    /// SMS submitted once more because their link broke.
    pub(super) resent: u64,
    /// SMS submitted once more because they were refused for the moment.
    pub(super) retried: u64,
    /// Final receipts, by their word.
    pub(super) receipts: BTreeMap<&'static str, u64>,
    /// Receipts for an SMS that had one.
    pub(super) receipts_twice: u64,
    /// Receipts that are not final.
    pub(super) receipts_intermediate: u64,
    /// Receipts seen before the response that names their id.
    pub(super) receipts_early: u64,
    /// Ids given to more than one SMS.
    pub(super) ids_twice: u64,
}

impl Campaign {
    /// So many SMS, none submitted.
    pub(super) fn new(count: usize) -> Self {
        Self { stages: vec![Stage::Planned; count], ..Self::default() }
    }

    /// The next SMS to submit.
    pub(super) fn next(&mut self, now: Instant) -> Option<u32> {
        if let Some(n) = self.again.pop_front() {
            self.totals.resent += 1;
            return Some(n);
        }
        if self.later.front().is_some_and(|(at, _)| *at <= now) {
            self.totals.retried += 1;
            return self.later.pop_front().map(|(_, n)| n);
        }
        if self.fresh == self.stages.len() {
            return None;
        }
        let n = self.fresh;
        self.fresh += 1;
        self.stages[n] = Stage::Sent;
        self.totals.submitted += 1;
        Some(n as u32)
    }

    /// When something that was refused for the moment is to be tried again.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.later.front().map(|(at, _)| *at)
    }

    /// A positive response came.
    pub(super) fn handle_accepted(&mut self, n: u32, id: &[u8]) {
        let stage = &mut self.stages[n as usize];
        if *stage != Stage::Sent {
            return;
        }
        *stage = Stage::Accepted { receipt: None };
        self.totals.accepted += 1;
        if self.ids.insert(id.to_vec(), n).is_some() {
            self.totals.ids_twice += 1;
        }
        for state in self.unnamed.remove(id).unwrap_or_default() {
            self.totals.receipts_early += 1;
            self.handle_receipt(id, state);
        }
    }

    /// A negative response came; `retry` says when to submit it again, if at all.
    pub(super) fn handle_refused(&mut self, n: u32, status: Status, retry: Option<Instant>) {
        let stage = &mut self.stages[n as usize];
        if *stage != Stage::Sent {
            return;
        }
        if let Some(at) = retry {
            self.later.push_back((at, n));
            return;
        }
        *stage = Stage::Refused;
        *self.totals.refused.entry(name(status)).or_default() += 1;
    }

    /// The link broke before a response came.
    pub(super) fn handle_lost(&mut self, n: u32) {
        if self.stages[n as usize] == Stage::Sent {
            self.again.push_back(n);
        }
    }

    /// A receipt came.
    pub(super) fn handle_receipt(&mut self, id: &[u8], state: MessageState) -> Receipted {
        let Some(&n) = self.ids.get(id) else {
            self.unnamed.entry(id.to_vec()).or_default().push(state);
            return Receipted::Unnamed;
        };
        let Stage::Accepted { receipt } = &mut self.stages[n as usize] else {
            return Receipted::Unnamed;
        };
        if !state.is_final() {
            self.totals.receipts_intermediate += 1;
            return Receipted::Intermediate(n);
        }
        if receipt.is_some() {
            self.totals.receipts_twice += 1;
            return Receipted::Duplicate(n);
        }
        *receipt = Some(state);
        *self.totals.receipts.entry(state.word()).or_default() += 1;
        Receipted::Expected(n)
    }

    /// SMS without a response.
    pub(super) fn unanswered(&self) -> u64 {
        let refused: u64 = self.totals.refused.values().sum();
        self.stages.len() as u64 - self.totals.accepted - refused
    }

    /// Accepted SMS without a receipt.
    pub(super) fn unreceipted(&self) -> u64 {
        self.totals.accepted - self.totals.receipts.values().sum::<u64>()
    }

    /// Receipts whose id no response has named.
    pub(super) fn unmatched(&self) -> u64 {
        self.unnamed.values().map(|states| states.len() as u64).sum()
    }

    /// The totals so far.
    pub(super) const fn totals(&self) -> &Totals {
        &self.totals
    }
}

/// Whether a refusal may be over in a moment, and worth another try.
pub(super) fn retry_at(status: Status, now: Instant) -> Option<Instant> {
    let passing = [Status::RTHROTTLED, Status::RMSGQFUL, Status::RSYSERR, Status::RX_T_APPN];
    passing.contains(&status).then_some(now + RETRY_AFTER)
}

/// `ESME_RINVDSTADR`, or the number of a status that has no name.
pub(super) fn name(status: Status) -> String {
    status.name().map_or_else(|| format!("0x{:08X}", status.0), str::to_owned)
}

/// The same for all, so that the queue of retries is sorted by time.
const RETRY_AFTER: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
