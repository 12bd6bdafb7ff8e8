//! What is known of one Sms while journals are read.

use std::collections::BTreeMap;

use super::super::finals::{Final, Finals};
use super::super::record::{Attempt, Outcome, Replaced};
use super::glance::Glance;
use super::{APPS_REMEMBERED_NS, CARRIERS_REMEMBERED_NS};
use crate::octets::{Field, Reader, Short};
use crate::{MessageId, Sms};

/// What is known of one Sms. Of most that are open there is the Sms and nothing beside it.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    kept: Option<Kept>,
    beside: Option<Box<Beside>>,
}

/// An Sms as its octets: a third of the memory that it takes as it is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Kept {
    octets: Box<[u8]>,
    accepted_ns: u64,
    /// The account or the connection it goes to.
    pub(super) target: u32,
    moves: u8,
    /// It takes of its payer's credit.
    holds: bool,
    /// An app sent it, or a trunk.
    by_sip: bool,
}

/// What else is known of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Beside {
    pub(super) replaced: Option<Box<Replaced>>,
    pub(super) attempt: Option<Attempt>,
    pub(super) peer_id: Option<Vec<u8>>,
    pub(super) outcome: Option<Outcome>,
    pub(super) acked: bool,
    /// Bit n: the owner before move n knows that it is no longer the owner.
    pub(super) left: u32,
}

impl Kept {
    pub(super) fn of(sms: &Sms) -> Self {
        let mut octets = Vec::with_capacity(OCTETS);
        sms.put(&mut octets);
        let (_, kept) = Self::read(&octets).expect("what an Sms has put is an Sms");
        kept
    }

    /// One that stands there as its octets.
    pub(super) fn read(octets: &[u8]) -> Result<(MessageId, Self), Short> {
        let Glance { id, accepted_ns, target, moves, holds, by_sip } = Glance::of(octets)?;
        let octets = octets.into();
        Ok((id, Self { octets, accepted_ns, target, moves, holds, by_sip }))
    }

    pub(super) fn accepted_ns(&self) -> u64 {
        self.accepted_ns
    }

    /// The octets of the Sms.
    pub(super) fn octets(self) -> Box<[u8]> {
        self.octets
    }

    pub(super) fn sms(&self) -> Box<Sms> {
        let sms = Sms::take(&mut Reader(&self.octets));
        Box::new(sms.expect("what an Sms has put is an Sms"))
    }
}

impl Pieces {
    /// What is known beside the Sms, to be changed.
    pub(super) fn beside(&mut self) -> &mut Beside {
        self.beside.get_or_insert_default()
    }

    /// The same, if there is any.
    pub(super) fn aside(&self) -> Option<&Beside> {
        self.beside.as_deref()
    }

    /// Has its ACCEPT been read?
    pub(super) fn is_known(&self) -> bool {
        self.kept.is_some()
    }

    /// The Sms as it was accepted or moved.
    pub(super) fn sms(&self) -> Option<Box<Sms>> {
        self.kept.as_ref().map(Kept::sms)
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        self.aside()?.outcome
    }

    /// Did an app send it, or a trunk, or does nobody know?
    pub(super) fn by_sip(&self) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept.by_sip)
    }

    /// When its sender may have heard of it last: who waits for the outcome hears of it then.
    pub(super) fn heard_ns(&self) -> Option<u64> {
        let accepted_ns = self.kept.as_ref().map(|kept| kept.accepted_ns);
        accepted_ns.max(self.outcome().map(|outcome| outcome.at_ns))
    }

    /// Both halves.
    pub(super) fn parts(self) -> (Option<Kept>, Option<Box<Beside>>) {
        (self.kept, self.beside)
    }

    /// A shard had it. Of the shards that had it, the one of the latest move has it still.
    pub(super) fn had(&mut self, kept: Kept) {
        if self.kept.as_ref().is_none_or(|known| known.moves < kept.moves) {
            self.kept = Some(kept);
        }
    }

    fn moves(&self) -> u32 {
        self.kept.as_ref().map_or(0, |kept| u32::from(kept.moves))
    }

    fn left(&self) -> u32 {
        self.aside().map_or(0, |beside| beside.left)
    }

    /// The moves that earlier owners have not written down: reading their records later must
    /// not make it open again.
    fn unheard(&self) -> u32 {
        let moves = self.moves();
        let all = 1u32.checked_shl(moves + 1).map_or(u32::MAX, |above| above - 2);
        all & !self.left() | u32::from(moves > 31)
    }

    /// The owner after the last move that is known of here wrote more than was read: it has
    /// closed it, and that is forgotten already.
    fn is_elsewhere(&self) -> bool {
        self.left().checked_shr(self.moves() + 1).unwrap_or(0) != 0
    }

    /// Closed, and nobody will ask for it any more.
    pub(super) fn is_old(&self, now_ns: u64) -> bool {
        let patience_ns = if self.by_sip() { APPS_REMEMBERED_NS } else { CARRIERS_REMEMBERED_NS };
        let is_past = |heard_ns: u64| heard_ns.saturating_add(patience_ns) < now_ns;
        self.heard_ns().is_none_or(is_past) && self.unheard() == 0 && self.closed()
    }

    pub(super) fn closed(&self) -> bool {
        if self.is_elsewhere() {
            return true;
        }
        let (Some(beside), true) = (self.aside(), self.is_known()) else { return false };
        let Some(outcome) = beside.outcome else { return false };
        if beside.acked {
            return true;
        }
        let Some(sms) = self.sms() else { return false };
        let registered_delivery = match &beside.replaced {
            Some(replaced) => replaced.registered_delivery,
            None => sms.registered_delivery,
        };
        let by_receipt = sms.carrier().is_some() && outcome.state.is_reported(registered_delivery);
        !by_receipt && !sms.wants_report(outcome.state)
    }

    /// It is let go of: how it ended is kept, and what it took of a credit.
    pub(super) fn close(&self, finals: &mut Finals, spent: &mut BTreeMap<(u32, u32), i64>) {
        self.spend(spent);
        if let (Some(sms), Some(outcome)) = (self.sms(), self.outcome()) {
            Final::of(&sms, &outcome).into_iter().for_each(|ended| finals.keep(ended));
        }
    }

    /// Adds what it takes of its payer's credit, once: what another owner has closed was counted
    /// there.
    pub(super) fn spend(&self, spent: &mut BTreeMap<(u32, u32), i64>) {
        let holds = self.kept.as_ref().filter(|kept| kept.holds && !self.is_elsewhere());
        let Some(sms) = holds.map(Kept::sms) else { return };
        let is_taken = self.aside().is_some_and(|beside| beside.peer_id.is_some());
        let micros = sms.credit_spent(self.outcome().map(|outcome| outcome.state), is_taken);
        if let Some(carrier) = sms.payer()
            && micros != 0
        {
            let sum = spent.entry((sms.environment, carrier)).or_default();
            *sum = sum.saturating_add(micros);
        }
    }

    /// Closed a day ago, or so incomplete that no record can make it whole: an owner writes the
    /// Sms itself before it writes anything else of it.
    pub(super) fn is_past(&self, day_ago_ns: u64) -> bool {
        match (self.is_known(), self.outcome()) {
            (false, _) => true,
            (true, None) => false,
            (true, Some(outcome)) => outcome.at_ns < day_ago_ns && self.closed(),
        }
    }
}

/// Most Sms take less.
const OCTETS: usize = 512;

const _: () = assert!(size_of::<(MessageId, Pieces)>() <= 64, "ten million of them");
