//! An Sms that is not closed, as it is kept until its owner takes it over.

use super::super::doubts::Doubts;
use super::super::record::Outcome;
use super::Flight;
use super::pieces::{Beside, Kept, Pieces};
use crate::{AckLevel, Sms};

/// An Sms that is not closed, as its octets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Open {
    kept: Kept,
    beside: Option<Box<Beside>>,
    doubted: bool,
}

/// When what is open is in doubt.
#[derive(Debug)]
pub(super) struct Opens {
    pub(super) carriers_from: u64,
    pub(super) apps_from: u64,
    pub(super) doubted_from: u64,
    /// What is in doubt already.
    pub(super) doubts: Doubts,
}

impl Opens {
    /// What is known of an Sms that is not closed; `None` if it is not the Sms itself.
    pub(super) fn open(&self, pieces: Pieces) -> Option<Open> {
        let doubted = self.doubted(&pieces).is_some();
        let (kept, beside) = pieces.parts();
        Some(Open { kept: kept?, beside, doubted })
    }

    /// The Sms, if its sender may send it again and no doubt says so yet.
    pub(super) fn doubted(&self, pieces: &Pieces) -> Option<Box<Sms>> {
        let from = if pieces.by_sip() { self.apps_from } else { self.carriers_from };
        // Most are known to be older without a look at them.
        if pieces.heard_ns() < Some(from) {
            return None;
        }
        let sms = pieces.sms()?;
        let is_young = answered_ns(&sms, pieces.outcome()) >= Some(from);
        // The doubt of a group does not tell which of them.
        let stands = sms.group.is_none() && self.doubts.has(sms.id, self.doubted_from);
        (is_young && !stands).then_some(sms)
    }
}

impl Open {
    /// The account or the connection it goes to.
    pub fn target(&self) -> u32 {
        self.kept.target
    }

    /// The flight; and the Sms as its sender may send it again, if that is not how it stands in
    /// the flight.
    pub fn thaw(self) -> (Flight, Option<Box<Sms>>) {
        let Self { kept, beside, mut doubted } = self;
        let mut sms = kept.sms();
        let beside = beside.map(|beside| *beside).unwrap_or_default();
        let Beside { replaced, attempt, peer_id, outcome, .. } = beside;
        let mut before = None;
        if let Some(replaced) = replaced {
            before = std::mem::take(&mut doubted).then(|| sms.clone());
            sms.replace(*replaced);
        }
        (Flight { sms, doubted, attempt, peer_id, outcome }, before)
    }
}

/// When its sender may have been told that it is ours, at the earliest. Who waits for the
/// outcome is told of a success alone: until then the same once more is another Sms.
fn answered_ns(sms: &Sms, outcome: Option<Outcome>) -> Option<u64> {
    match sms.ack {
        AckLevel::Durable | AckLevel::Memory => Some(sms.accepted_ns),
        AckLevel::Delivered => {
            outcome.filter(|outcome| outcome.state.is_success()).map(|outcome| outcome.at_ns)
        }
    }
}
