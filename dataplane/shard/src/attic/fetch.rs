//! And down again.

use std::time::Duration;

use routing::{MessageId, Sms};
use smpp::Status;

use super::leaf;
use super::rows::Row;
use crate::inbox::AccountKey;
use crate::later::{Ask, Told};
use crate::shard::Shard;

/// One that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coming {
    pub(super) row: Row,
    /// It is the next one for this account.
    next_for: Option<AccountKey>,
}

/// What is to be done with an Sms when it is in memory again.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Answer a question about it.
    Ask(Box<Ask>),
    /// This newer one takes its place, if it is alike.
    Supersede(Box<Sms>),
    /// A search for all Sms to an address goes on.
    Sweep(u64),
}

impl Shard {
    /// Brings the next Sms of an account down, if it is in the attic; says whether it is.
    pub(crate) fn fetch_next(&mut self, key: AccountKey, id: MessageId) -> bool {
        if let Some(row) = self.attic.rows.remove(id) {
            self.begin_fetch(row, Some(key));
        }
        let coming = self.attic.coming.get_mut(&id);
        coming.map(|coming| coming.next_for = Some(key)).is_some()
    }

    /// Brings an Sms that is in the attic down for something.
    pub(crate) fn fetch_for(&mut self, id: MessageId, errand: Errand) {
        if let Some(row) = self.attic.rows.remove(id) {
            self.begin_fetch(row, None);
        }
        self.attic.errands.entry(id).or_default().push(errand);
    }

    pub(super) fn begin_fetch(&mut self, row: Row, next_for: Option<AccountKey>) {
        self.attic.coming.insert(row.id, Coming { row, next_for });
        self.out.fetches.push_back((row.id, row.place, row.len));
    }

    /// It was read, or could not be.
    pub(crate) fn handle_fetched(&mut self, id: MessageId, octets: Option<&[u8]>) {
        let Some(Coming { row, next_for }) = self.attic.coming.remove(&id) else { return };
        let errands = self.attic.errands.remove(&id).unwrap_or_default();
        let flight = octets.and_then(|octets| leaf::read(octets, self.attic.since));
        let Some(flight) = flight.filter(|flight| flight.sms.id == id) else {
            self.stays_up(row, next_for);
            return errands.into_iter().for_each(|errand| self.fail_errand(errand));
        };
        self.attic.give_back(row.place, row.len as usize);
        let is_over = flight.expires <= self.at.now;
        self.flights.insert(flight);
        self.note_waiting(id);
        errands.into_iter().for_each(|errand| self.run_errand(errand));
        if is_over {
            self.handle_expiry(id);
        }
        if let Some(key) = next_for {
            self.inbox_put_back(key, id);
            self.try_account(key.0, key.1);
        }
    }

    /// It cannot be read now. It is not lost: a restart brings it from the journal.
    fn stays_up(&mut self, row: Row, next_for: Option<AccountKey>) {
        let look_s = self.attic.clock_s(self.at.now + UNREADABLE_PAUSE);
        self.attic.rows.insert(Row { expires_s: row.expires_s.max(look_s), ..row });
        self.out.warn("an Sms in the attic cannot be read; a restart brings it back", "");
        if let Some(key) = next_for {
            self.rest_inbox(key, row.id);
        }
    }

    fn run_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Ask(ask) => self.handle_ask(ask),
            Errand::Supersede(newer) => self.supersede(&newer),
            Errand::Sweep(number) => self.sweep_fetched(number),
        }
    }

    fn fail_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Ask(ask) => self.tell(&ask, Told::No(Status::RSYSERR)),
            Errand::Supersede(_) => {}
            Errand::Sweep(number) => self.sweep_fetched(number),
        }
    }
}

/// When what cannot be read is looked at again.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(60);
