//! Sms that wait for an account to be reachable, one on its way at a time (RFC 3428 §8: no
//! second MESSAGE to a recipient while one is pending). Those of a higher priority stand
//! before those of a lower one; among equals order is kept.

use std::collections::VecDeque;
use std::time::Instant;

use routing::MessageId;

use crate::deadlines::Timer;
use crate::fair::CLASSES;
use crate::flights::Stage;
use crate::limits::{BACKOFF, SPARE_INBOXES_MAX, SPARE_WAITING_MAX};
use crate::shard::Shard;
use crate::tables::{Shelf, Table};

/// An environment and an account of it.
pub(crate) type AccountKey = (u32, u32);

/// The inbox of one account.
#[derive(Debug, Default)]
struct Inbox {
    /// Of the highest class first.
    waiting: VecDeque<MessageId>,
    /// How many of them are of each class.
    counts: [u32; CLASSES],
    /// The one that is being recorded or delivered.
    trying: Option<MessageId>,
    /// Its class.
    trying_class: usize,
    /// Not before this, after a failure.
    rest_until: Option<Instant>,
    /// Failures in a row.
    failures: usize,
}

/// The inboxes of a shard; an account without waiting Sms has none.
#[derive(Debug, Default)]
pub(crate) struct Inboxes {
    inboxes: Shelf<AccountKey, Inbox>,
    /// Memory of inboxes that are gone, for the next ones: most have one Sms and are gone soon.
    spare: Vec<VecDeque<MessageId>>,
}

impl Inboxes {
    pub(crate) fn len(&self, key: AccountKey) -> usize {
        self.of(key).get(&key).map_or(0, |inbox| inbox.waiting.len())
    }

    /// The last of its class (see [`class_of`](crate::fair::class_of)).
    pub(crate) fn push_back(&mut self, key: AccountKey, class: usize, id: MessageId) {
        let spare = &mut self.spare;
        let inbox = self.inboxes.of_mut(piece_of(key)).entry(key).or_insert_with(|| {
            let waiting = spare.pop().unwrap_or_default();
            Inbox { waiting, ..Inbox::default() }
        });
        inbox.insert(inbox.before(class) + inbox.of(class), class, id);
    }

    /// Those that wait for an account, the latest first.
    pub(crate) fn latest(&self, key: AccountKey) -> impl Iterator<Item = MessageId> + '_ {
        self.of(key).get(&key).into_iter().flat_map(|inbox| inbox.waiting.iter().rev().copied())
    }

    /// The accounts that have one, in their order.
    pub(crate) fn keys(&self) -> Vec<AccountKey> {
        let mut keys: Vec<AccountKey> = self.inboxes.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    fn of(&self, key: AccountKey) -> &Table<AccountKey, Inbox> {
        self.inboxes.of(piece_of(key))
    }

    fn of_mut(&mut self, key: AccountKey) -> &mut Table<AccountKey, Inbox> {
        self.inboxes.of_mut(piece_of(key))
    }

    /// The account can be reached anew: no reason to rest any longer.
    pub(crate) fn wake(&mut self, key: AccountKey) {
        if let Some(inbox) = self.of_mut(key).get_mut(&key) {
            inbox.rest_until = None;
            inbox.failures = 0;
        }
    }

    /// The next one to try, if nothing is on its way and nothing forbids it.
    fn next(&mut self, key: AccountKey, now: Instant) -> Option<MessageId> {
        let inbox = self.of_mut(key).get_mut(&key)?;
        if inbox.trying.is_some() || inbox.rest_until.is_some_and(|until| until > now) {
            return None;
        }
        inbox.begin();
        if inbox.trying.is_none() {
            let gone = self.of_mut(key).remove(&key);
            let is_small = |waiting: &VecDeque<_>| waiting.capacity() <= SPARE_WAITING_MAX;
            if self.spare.len() < SPARE_INBOXES_MAX {
                self.spare.extend(gone.map(|inbox| inbox.waiting).filter(is_small));
            }
            return None;
        }
        inbox.trying
    }

    /// It is final: the next one may go. Says whether it was the one on its way.
    fn finished(&mut self, key: AccountKey, id: MessageId) -> bool {
        let Some(inbox) = self.of_mut(key).get_mut(&key) else { return false };
        if inbox.trying == Some(id) {
            (inbox.trying, inbox.failures, inbox.rest_until) = (None, 0, None);
            return true;
        }
        inbox.remove(id);
        false
    }

    /// It failed and will be tried again; returns when, or `None` if it was not on its way.
    fn failed(&mut self, key: AccountKey, id: MessageId, now: Instant) -> Option<Instant> {
        let inbox = self.of_mut(key).get_mut(&key)?;
        if inbox.trying != Some(id) {
            return None;
        }
        inbox.back(id);
        inbox.pause(now)
    }

    /// What is on its way to an account.
    pub(crate) fn trying(&self, key: AccountKey) -> Option<MessageId> {
        self.of(key).get(&key)?.trying
    }

    /// Something that is no Sms of the inbox goes to the account; `false` if it may not now.
    pub(crate) fn occupy(&mut self, key: AccountKey, id: MessageId, now: Instant) -> bool {
        let inbox = self.of_mut(key).entry(key).or_default();
        let is_free = inbox.trying.is_none() && inbox.rest_until.is_none_or(|until| until <= now);
        if is_free {
            inbox.trying = Some(id);
        }
        is_free
    }

    /// That is over, or never began.
    pub(crate) fn vacate(&mut self, key: AccountKey, id: MessageId) {
        self.finished(key, id);
        if self.of(key).get(&key).is_some_and(|inbox| inbox.waiting.is_empty()) {
            self.of_mut(key).remove(&key);
        }
    }

    /// That failed and will be tried again: nothing goes there before the time that is returned.
    pub(crate) fn rest(&mut self, key: AccountKey, id: MessageId, now: Instant) -> Option<Instant> {
        let inbox = self.of_mut(key).get_mut(&key).filter(|inbox| inbox.trying == Some(id))?;
        inbox.trying = None;
        inbox.pause(now)
    }

    /// These go right behind the one that is on its way, in their order.
    pub(crate) fn follow(&mut self, key: AccountKey, id: MessageId, others: &[MessageId]) {
        if let Some(inbox) = self.of_mut(key).get_mut(&key).filter(|inbox| inbox.trying == Some(id))
        {
            let class = inbox.trying_class;
            let at = inbox.before(class);
            others.iter().rev().for_each(|other| inbox.insert(at, class, *other));
        }
    }

    /// It could not even begin: back to the front, without a pause.
    fn put_back(&mut self, key: AccountKey, id: MessageId) {
        if let Some(inbox) = self.of_mut(key).get_mut(&key)
            && inbox.trying == Some(id)
        {
            inbox.back(id);
        }
    }
}

/// Accounts are numbered one after the other.
fn piece_of((_, account): AccountKey) -> u64 {
    account.into()
}

impl Inbox {
    /// How many are of higher classes.
    fn before(&self, class: usize) -> usize {
        self.counts[class + 1..].iter().map(|count| *count as usize).sum()
    }

    fn of(&self, class: usize) -> usize {
        self.counts[class] as usize
    }

    fn insert(&mut self, at: usize, class: usize, id: MessageId) {
        self.waiting.insert(at, id);
        self.counts[class] += 1;
    }

    /// It failed once more: nothing leaves before the time that is returned.
    fn pause(&mut self, now: Instant) -> Option<Instant> {
        let pause = BACKOFF[self.failures.min(BACKOFF.len() - 1)];
        self.failures += 1;
        self.rest_until = Some(now + pause);
        self.rest_until
    }

    /// The first one is on its way, if there is one.
    fn begin(&mut self) {
        self.trying = self.waiting.pop_front();
        if let Some(class) = (0..CLASSES).rev().find(|class| self.counts[*class] > 0) {
            self.counts[class] -= 1;
            self.trying_class = class;
        }
    }

    /// The one that was on its way waits again, before its equals.
    fn back(&mut self, id: MessageId) {
        self.trying = None;
        self.insert(self.before(self.trying_class), self.trying_class, id);
    }

    fn remove(&mut self, id: MessageId) {
        let Some(at) = self.waiting.iter().position(|waiting| *waiting == id) else { return };
        self.waiting.remove(at);
        let class = (0..CLASSES).rev().find(|class| at < self.before(*class) + self.of(*class));
        self.counts[class.expect("every place belongs to a class")] -= 1;
    }
}

impl Shard {
    /// Begins the next attempt of an account, if it can be reached and nothing is on its way.
    pub(crate) fn try_account(&mut self, environment: u32, account: u32) {
        let key = (environment, account);
        if self.plan.is_none() || self.begins_nothing() {
            return;
        }
        self.serve_devices(key);
        if !self.registrar.is_reachable(key, self.steady_ns) {
            if self.inboxes.len(key) > 0 {
                self.call_apps(key);
            }
            return;
        }
        if !self.has_free_device(key) {
            return;
        }
        while let Some(id) = self.inboxes.next(key, self.at.now) {
            if self.flights.get(id).is_some_and(|flight| matches!(flight.stage, Stage::Waiting)) {
                return self.begin_attempt(id);
            }
            if self.fetch_next(key, id) {
                return;
            }
            self.inboxes.finished(key, id);
        }
        self.try_notice(key);
    }

    /// An Sms is final: what the account shall hear has its turn, then the next Sms.
    pub(crate) fn inbox_finished(&mut self, key: AccountKey, id: MessageId) {
        if self.inboxes.finished(key, id) && !self.try_notice(key) {
            self.try_account(key.0, key.1);
        }
    }

    pub(crate) fn inbox_failed(&mut self, key: AccountKey, id: MessageId) {
        if self.rest_inbox(key, id) {
            self.call_apps(key);
            self.note_waiting(id);
        }
    }

    /// What was on its way waits again, and all others for a while; `false` if it was not.
    pub(crate) fn rest_inbox(&mut self, key: AccountKey, id: MessageId) -> bool {
        let until = self.inboxes.failed(key, id, self.at.now);
        until.into_iter().for_each(|at| self.deadlines.arm(at, Timer::Inbox(key.0, key.1)));
        until.is_some()
    }

    pub(crate) fn inbox_put_back(&mut self, key: AccountKey, id: MessageId) {
        self.inboxes.put_back(key, id);
        self.note_waiting(id);
    }
}

#[cfg(test)]
mod tests;
