//! From what was read to the fewest records that say the same.

use super::pieces::{Beside, Pieces};
use super::{MessageId, Record, Recovery, sums};
use crate::journal::finals::FINALS_KEPT_NS;
use crate::journal::moves::Left;
use crate::journal::record::{Ack, Doubt, ReceiptEnd, Taken};

impl Recovery {
    /// Everything that still matters, as records from which [`handle`](Self::handle) makes the
    /// same again. The volumes read so far need not be read any more, wherever each shard's
    /// reading ended: what is closed is carried on for as long as a record of it may stand in a
    /// volume that was not read.
    pub fn carry(mut self) -> impl Iterator<Item = Record> {
        let last_ns = self.last_ns.max(self.alive_ns);
        self.sweep(last_ns);
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
        let contacts = self.contacts.into_values();
        let contacts = contacts.filter(move |one| !one.is_empty() || one.at_ns >= day_ago_ns);
        let open = open.into_iter().flat_map(|(id, pieces)| pieces.records(id));
        let ended = finals.map(|ended| Record::Ended(Box::new(ended)));
        let spent = sums(self.spent).map(Record::Spent);
        contacts.map(Record::Contacts).chain(spent).chain(ended).chain(open)
    }
}

impl Pieces {
    /// The records it would have come from, had it never moved.
    fn records(self, id: MessageId) -> impl Iterator<Item = Record> {
        let (kept, beside) = self.parts();
        let beside = beside.map(|beside| *beside).unwrap_or_default();
        let Beside { replaced, attempt, peer_id, outcome, acked, doubted_ns, left } = beside;
        let moves = (0..u32::BITS as u8).filter(move |bit| left & 1 << bit != 0);
        let left = moves.map(move |moves| Record::Left(Left { id, at_ns: 0, moves }));
        let acked = acked.then_some(Ack { id, at_ns: 0, end: ReceiptEnd::Taken });
        let taken = peer_id.map(|peer_id| Taken { id, at_ns: 0, peer_id });
        let doubt = doubted_ns.map(|at_ns| Doubt { id, at_ns });
        let one: [Option<Record>; 7] = [
            kept.map(|kept| Record::Accept(kept.sms())),
            replaced.map(Record::Replaced),
            attempt.map(Record::Attempt),
            taken.map(Record::Taken),
            outcome.map(Record::Outcome),
            acked.map(Record::Ack),
            doubt.map(Record::Doubt),
        ];
        one.into_iter().flatten().chain(left)
    }
}
