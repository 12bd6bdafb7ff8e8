//! From what was read to the fewest records that say the same.

use super::pieces::{Beside, Pieces};
use super::{MessageId, Record, Records, Recovery, sums};
use crate::journal::doubts::DOUBTED_NS;
use crate::journal::finals::FINALS_KEPT_NS;
use crate::journal::moves::Left;
use crate::journal::orphans::ORPHANED_NS;
use crate::journal::record::{Ack, ReceiptEnd, Taken};

/// A record of a base.
#[derive(Debug)]
pub enum Carried {
    /// The ACCEPT of an Sms that nobody has decoded.
    Accept(Box<[u8]>),
    /// Another one.
    Record(Record),
}

impl Carried {
    /// Appends the record as a base keeps it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Accept(sms) => Record::put_accepted(sms, out),
            Self::Record(record) => record.encode(out),
        }
    }
}

impl From<Carried> for Record {
    fn from(carried: Carried) -> Self {
        let mut octets = Vec::new();
        match carried {
            Carried::Record(record) => return record,
            Carried::Accept(_) => carried.encode(&mut octets),
        }
        let record = Records(&octets).next().and_then(Result::ok);
        record.expect("what was read is an Sms")
    }
}

impl Recovery {
    /// Everything that still matters, as records from which [`handle`](Self::handle) makes the
    /// same again. The volumes read so far need not be read any more, wherever each shard's
    /// reading ended: what is closed is carried on for as long as a record of it may stand in a
    /// volume that was not read.
    pub fn carry(mut self) -> impl Iterator<Item = Carried> {
        let last_ns = self.last_ns.max(self.alive_ns);
        let orphaned_ns = self.ended_ns().saturating_sub(ORPHANED_NS);
        self.sweep(self.doubted_until(last_ns));
        let day_ago_ns = last_ns.saturating_sub(FINALS_KEPT_NS);
        let mut open = self.open;
        open.retain(|_, pieces| {
            let is_past = pieces.is_past(day_ago_ns);
            if is_past {
                pieces.close(&mut self.finals, &mut self.spent);
            }
            !is_past
        });
        let finals = self.finals.finish(last_ns);
        let doubts = self.doubts.finish(last_ns.saturating_sub(DOUBTED_NS));
        let doubts = doubts.into_iter().map(Record::Doubt);
        // By what was read and not by now: the next life looks for what this one had, however
        // long it was away.
        let orphans = self.orphans.since(orphaned_ns).map(Record::Orphan);
        let contacts = self.contacts.into_values();
        let contacts = contacts.filter(move |one| !one.is_empty() || one.at_ns >= day_ago_ns);
        let open = open.into_iter().flat_map(|(id, pieces)| pieces.records(id));
        let ended = finals.map(|ended| Record::Ended(Box::new(ended)));
        let spent = sums(self.spent).map(Record::Spent);
        let known =
            contacts.map(Record::Contacts).chain(spent).chain(ended).chain(doubts).chain(orphans);
        known.map(Carried::Record).chain(open)
    }
}

impl Pieces {
    /// The records it would have come from, had it never moved.
    fn records(self, id: MessageId) -> impl Iterator<Item = Carried> {
        let (kept, beside) = self.parts();
        let beside = beside.map(|beside| *beside).unwrap_or_default();
        let Beside { replaced, attempt, peer_id, outcome, acked, left } = beside;
        let moves = (0..u32::BITS as u8).filter(move |bit| left & 1 << bit != 0);
        let left = moves.map(move |moves| Record::Left(Left { id, at_ns: 0, moves }));
        let acked = acked.then_some(Ack { id, at_ns: 0, end: ReceiptEnd::Taken });
        let taken = peer_id.map(|peer_id| Taken { id, at_ns: 0, peer_id });
        let one: [Option<Record>; 5] = [
            replaced.map(Record::Replaced),
            attempt.map(Record::Attempt),
            taken.map(Record::Taken),
            outcome.map(Record::Outcome),
            acked.map(Record::Ack),
        ];
        let beside = one.into_iter().flatten().chain(left).map(Carried::Record);
        kept.map(|kept| Carried::Accept(kept.octets())).into_iter().chain(beside)
    }
}
