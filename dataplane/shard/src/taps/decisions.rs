//! What the journal says of an Sms, shown among its messages: who took it at which price, by which
//! way it was tried and how it ended. Of its text only the length.

use routing::journal::{Record, Records};

use super::{Door, Exchange};
use crate::shard::Shard;

impl Shard {
    /// The records of this turn, which the body is about to be lent.
    pub(crate) fn saw_records(&mut self) {
        let lent = std::mem::take(&mut self.out.lent);
        for record in Records(&lent).flatten() {
            self.saw_record(&record);
        }
        self.out.lent = lent;
    }

    fn saw_record(&mut self, record: &Record) {
        let Some(id) = record.id() else { return };
        let exchange = Exchange::Journal(id);
        match record {
            Record::Accept(sms) => self.tell_taps(exchange, sms, Some(id)),
            Record::Moved(moved) => self.tell_taps(exchange, &moved.sms, Some(id)),
            _ if self.out.taps.knows(exchange) => {}
            _ => self.tell_taps_id(exchange, id),
        }
        self.out.taps.saw(true, Door::Journal, exchange, 0, record.to_string().into_bytes());
    }
}
