//! An Sms that is not closed, as it is kept until its owner takes it over.

use std::collections::BTreeMap;

use super::super::record::Outcome;
use super::Flight;
use super::pieces::{Beside, Kept, Pieces};
use crate::{AckLevel, Ingress, MessageId, Sms};

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
    /// When the names of several were doubted.
    pub(super) groups: BTreeMap<MessageId, u64>,
}

impl Opens {
    /// What is known of an Sms that is not closed; `None` if it is not the Sms itself.
    pub(super) fn open(&self, pieces: Pieces) -> Option<Open> {
        let doubted = self.may_be_doubted(&pieces)
            && pieces.sms().is_some_and(|sms| self.is_doubted(&sms, &pieces));
        let (kept, beside) = pieces.parts();
        Some(Open { kept: kept?, beside, doubted })
    }

    /// Of most that wait it is known without a look at them that nobody doubts them.
    fn may_be_doubted(&self, pieces: &Pieces) -> bool {
        pieces.accepted_ns() >= Some(self.apps_from)
            || pieces.aside().is_some()
            || !self.groups.is_empty()
    }

    /// May its sender send it again?
    pub(super) fn is_doubted(&self, sms: &Sms, pieces: &Pieces) -> bool {
        let by_sip = matches!(sms.ingress, Ingress::Sip { .. } | Ingress::Trunk { .. });
        let doubtful_from = if by_sip { self.apps_from } else { self.carriers_from };
        let doubted_ns = pieces.doubted_ns().max(self.groups.get(&sms.told()).copied());
        let doubted = doubted_ns.is_some_and(|at_ns| at_ns >= self.doubted_from);
        let answered_ns = answered_ns(sms, pieces.outcome());
        answered_ns.is_some_and(|answered_ns| doubted || answered_ns >= doubtful_from)
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
