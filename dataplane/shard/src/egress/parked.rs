//! Receipts about Sms that nobody has named yet, or ever will.
//!
//! A receipt may overtake the submit_sm_resp that names its Sms. It is answered when that has
//! come and what it says is durable: were it answered at once, a crash would lose it. But no
//! peer is kept waiting for longer than its patience: after five seconds the receipt is
//! journaled and then answered, and stays an orphan for twenty minutes, or for as long after the
//! restart if the node dies meanwhile: an Sms of which nobody knows whether the next hop has it
//! may be sent again that late, and be named then. What fits nothing by then is counted and
//! dropped; nothing is refused, so nothing comes round for ever.

use std::collections::{BTreeMap, VecDeque};
use std::hash::Hash;
use std::time::Instant;

use routing::journal::Orphan;
use routing::{Address, State};
use smpp::Command;

use crate::egress::queues::ConnectionKey;
use crate::input::LinkId;
use crate::limits::{ORPHAN_TTL, ORPHANS_MAX, PARKED_MAX, PARKED_TTL};
use crate::tables::Table;

/// A receipt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Early {
    pub(super) key: ConnectionKey,
    /// The hash of the name it has for its Sms.
    pub(super) name: u64,
    /// The number the Sms was for.
    pub(super) source: Address,
    /// The user_message_reference of the Sms.
    pub(super) reference: Option<u16>,
    pub(super) state: State,
    pub(super) code: u32,
    /// What waits for our answer.
    pub(super) asked: Option<Asked>,
    /// When it was journaled as an orphan, Unix nanoseconds, if it was.
    pub(super) orphaned_ns: Option<u64>,
}

impl Early {
    /// One that is answered, from before the restart.
    fn of(orphan: &Orphan) -> Self {
        let Orphan { at_ns, environment, connection, name, source, reference, state, code, .. } =
            *orphan;
        let (key, orphaned_ns) = ((environment, connection), Some(at_ns));
        Self { key, name, source, reference, state, code, asked: None, orphaned_ns }
    }

    /// What the journal says of it, if it is an orphan.
    pub(super) fn orphan(&self) -> Option<Orphan> {
        let Self { key: (environment, connection), name, source, reference, state, code, .. } =
            *self;
        let (at_ns, claimed_ns) = (self.orphaned_ns?, None);
        Some(Orphan {
            at_ns,
            environment,
            connection,
            name,
            source,
            reference,
            state,
            code,
            claimed_ns,
        })
    }
}

/// A deliver_sm or data_sm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(super) link: LinkId,
    pub(super) sequence: u32,
    pub(super) command: Command,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    next: u64,
    receipts: BTreeMap<u64, Early>,
    by_name: Table<(ConnectionKey, u64), VecDeque<u64>>,
    by_reference: Table<(ConnectionKey, u16), VecDeque<u64>>,
    /// Those that wait for an answer and for how long, oldest first; some are claimed by now.
    unanswered: VecDeque<(Instant, u64)>,
    /// All of them and until when they are kept; some are claimed by now.
    kept: VecDeque<(Instant, u64)>,
}

impl Parked {
    pub(super) fn is_empty(&self) -> bool {
        self.receipts.is_empty()
    }

    pub(super) fn keep(&mut self, now: Instant, early: Early) {
        let number = self.next;
        self.next += 1;
        if early.asked.is_some() {
            self.unanswered.push_back((now + PARKED_TTL, number));
        }
        self.kept.push_back((now + ORPHAN_TTL, number));
        self.by_name.entry((early.key, early.name)).or_default().push_back(number);
        if let Some(reference) = early.reference {
            self.by_reference.entry((early.key, reference)).or_default().push_back(number);
        }
        self.receipts.insert(number, early);
    }

    /// Keeps one that was answered before the restart.
    pub(super) fn adopt(&mut self, now: Instant, orphan: &Orphan) {
        self.keep(now, Early::of(orphan));
    }

    /// The oldest receipt of this name that fits.
    pub(super) fn claim(
        &mut self,
        key: ConnectionKey,
        name: u64,
        fits: impl Fn(&Early) -> bool,
    ) -> Option<Early> {
        let number = self.fitting(self.by_name.get(&(key, name))?, fits)?;
        self.remove(number)
    }

    /// The oldest receipt with this reference that fits.
    pub(super) fn claim_reference(
        &mut self,
        key: ConnectionKey,
        reference: u16,
        fits: impl Fn(&Early) -> bool,
    ) -> Option<Early> {
        let number = self.fitting(self.by_reference.get(&(key, reference))?, fits)?;
        self.remove(number)
    }

    /// The first of these that fits.
    fn fitting(&self, numbers: &VecDeque<u64>, fits: impl Fn(&Early) -> bool) -> Option<u64> {
        let fits = |number: &&u64| self.receipts.get(number).is_some_and(&fits);
        numbers.iter().find(fits).copied()
    }

    fn remove(&mut self, number: u64) -> Option<Early> {
        let early = self.receipts.remove(&number)?;
        forget(&mut self.by_name, (early.key, early.name), number);
        if let Some(reference) = early.reference {
            forget(&mut self.by_reference, (early.key, reference), number);
        }
        Some(early)
    }

    /// The next one that must be answered now, an orphan since that time, Unix nanoseconds.
    pub(super) fn answer(&mut self, now: Instant, at_ns: u64) -> Option<(Early, Asked)> {
        while let Some((until, number)) = self.unanswered.front().copied() {
            let is_known = self.receipts.contains_key(&number);
            if is_known && until > now && self.unanswered.len() <= PARKED_MAX {
                return None;
            }
            self.unanswered.pop_front();
            let Some(early) = self.receipts.get_mut(&number) else { continue };
            if let Some(asked) = early.asked.take() {
                early.orphaned_ns = Some(at_ns);
                return Some((*early, asked));
            }
        }
        None
    }

    /// The next one that is given up now.
    pub(super) fn give_up(&mut self, now: Instant) -> Option<Early> {
        while let Some((until, number)) = self.kept.front().copied() {
            let is_known = self.receipts.contains_key(&number);
            if is_known && until > now && self.receipts.len() <= ORPHANS_MAX {
                return None;
            }
            self.kept.pop_front();
            if let Some(early) = self.remove(number) {
                return Some(early);
            }
        }
        None
    }

    /// When there is something to answer or to give up.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let fronts = [self.unanswered.front(), self.kept.front()];
        fronts.into_iter().flatten().map(|(until, _)| *until).min()
    }
}

/// Takes a number out of those of a key: nearly always the oldest, however many are alike.
fn forget<K: Copy + Eq + Hash>(of: &mut Table<K, VecDeque<u64>>, key: K, number: u64) {
    let Some(numbers) = of.get_mut(&key) else { return };
    if numbers.front() == Some(&number) {
        numbers.pop_front();
    } else {
        numbers.retain(|other| *other != number);
    }
    if numbers.is_empty() {
        of.remove(&key);
    }
}

#[cfg(test)]
mod tests;
