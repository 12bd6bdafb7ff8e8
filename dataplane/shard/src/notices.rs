//! What apps hear of the texts they sent (RFC 5438): as a carrier hears it by receipts.
//!
//! The owner of an Sms keeps it until its sender has the report: the report is made of the Sms and
//! its outcome, and both are in the journal, so that a restart only makes it anew. It goes by mail
//! to the home of the account that sent the text, which delivers it like a text: by MESSAGE, none
//! while another is on its way to that account (RFC 3428 §8), again after a failure. Then it tells
//! the owner, which journals ACK and forgets the Sms.
//!
//! Nobody is told what became of a report (RFC 5438 §7.2.1): it asks for nothing.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use routing::journal::ReceiptEnd;
use routing::{Address, Ingress, MessageId, State, Wanted, home};

use crate::deadlines::Timer;
use crate::flights::Fork;
use crate::inbox::AccountKey;
use crate::input::ShardId;
use crate::limits::{NOTICE_TRIES_MAX, NOTICE_TTL, NOTICES_PER_ACCOUNT};
use crate::mail::Mail;
use crate::settle::Verdict;
use crate::shard::Shard;

/// What an app hears of a text it sent.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The Sms.
    pub id: MessageId,
    /// Its environment.
    pub environment: u32,
    /// The account that sent it.
    pub account: u32,
    /// Whom the text was for.
    pub about: Address,
    /// How it ended.
    pub state: State,
    /// When it was accepted, Unix nanoseconds.
    pub submitted_ns: u64,
    /// When it ended, Unix nanoseconds.
    pub done_ns: u64,
    /// What the app asked for, and how.
    pub wanted: Wanted,
}

/// A notice, and the shard that keeps its Sms.
#[derive(Debug)]
struct Owned {
    owner: ShardId,
    notice: Box<Notice>,
    tries: u8,
}

/// One that is on its way.
#[derive(Debug)]
struct Flying {
    key: AccountKey,
    owned: Owned,
    fork: Fork,
}

/// What waits for the accounts whose home this shard is, and what is on its way to them.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    waiting: BTreeMap<AccountKey, VecDeque<Owned>>,
    /// By a name of their own.
    flying: BTreeMap<MessageId, Flying>,
}

impl Notices {
    /// What is on its way under a name.
    pub(crate) fn flying(&self, id: MessageId) -> Option<&Notice> {
        self.flying.get(&id).map(|flying| &*flying.owned.notice)
    }

    /// The next one for an account.
    fn pop(&mut self, key: AccountKey) -> Option<Owned> {
        let queue = self.waiting.get_mut(&key)?;
        let next = queue.pop_front();
        if queue.is_empty() {
            self.waiting.remove(&key);
        }
        next
    }
}

impl Shard {
    /// The outcome of an app's text is durable: it shall hear of it.
    pub(crate) fn offer_notice(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let (sms, Some(outcome)) = (&flight.sms, flight.stage.outcome()) else { return };
        let (Ingress::Sip { account, .. }, Some(wanted)) = (&sms.ingress, &sms.wanted) else {
            return;
        };
        let notice = Box::new(Notice {
            id,
            environment: sms.environment,
            account: *account,
            about: sms.destination,
            state: outcome.state,
            submitted_ns: sms.accepted_ns,
            done_ns: outcome.at_ns,
            wanted: (**wanted).clone(),
        });
        let home = ShardId(home(*account, self.config.shards));
        if home == self.config.shard {
            self.take_notice(home, notice);
        } else {
            self.out.post(home, Mail::Notice { notice });
        }
    }

    /// An account that is at home here shall hear something.
    pub(crate) fn take_notice(&mut self, owner: ShardId, notice: Box<Notice>) {
        let key = (notice.environment, notice.account);
        let queue = self.notices.waiting.entry(key).or_default();
        if queue.len() >= NOTICES_PER_ACCOUNT {
            return self.noticed(owner, notice.id, ReceiptEnd::Expired);
        }
        if queue.is_empty() {
            let until_ns = end_ns(&notice);
            let left = Duration::from_nanos(until_ns.saturating_sub(self.at.unix_ns));
            self.deadlines.arm(self.at.now + left, Timer::Notices(key.0, key.1));
        }
        queue.push_back(Owned { owner, notice, tries: 0 });
        self.try_account(key.0, key.1);
    }

    /// Begins to tell an account what waits for it, if nothing else is on its way there.
    pub(crate) fn try_notice(&mut self, key: AccountKey) -> bool {
        if self.notices.waiting.is_empty() || !self.notices.waiting.contains_key(&key) {
            return false;
        }
        let id = self.next_id();
        if !self.registrar.is_reachable(key, self.steady_ns)
            || !self.inboxes.occupy(key, id, self.at.now)
        {
            return false;
        }
        while let Some(owned) = self.notices.pop(key) {
            self.notices.flying.insert(id, Flying { key, owned, fork: Fork::default() });
            let open = self.send_notice(key, id);
            if open > 0 {
                let flying = self.notices.flying.get_mut(&id);
                flying.into_iter().for_each(|flying| flying.fork.open = open);
                return true;
            }
            // It cannot be said at all: the next one may.
            if let Some(Flying { owned, .. }) = self.notices.flying.remove(&id) {
                self.noticed(owned.owner, owned.notice.id, ReceiptEnd::Refused);
            }
        }
        self.inboxes.vacate(key, id);
        false
    }

    /// One branch of a notice has its answer.
    pub(crate) fn notice_ended(&mut self, id: MessageId, verdict: Verdict) {
        let Some(flying) = self.notices.flying.get_mut(&id) else { return };
        flying.fork.open = flying.fork.open.saturating_sub(1);
        let best = verdict.better(flying.fork.best);
        flying.fork.best = Some(best);
        if verdict == Verdict::Delivered || flying.fork.open == 0 {
            self.conclude_notice(id, best);
        }
    }

    fn conclude_notice(&mut self, id: MessageId, verdict: Verdict) {
        let Some(Flying { key, mut owned, .. }) = self.notices.flying.remove(&id) else { return };
        owned.tries = owned.tries.saturating_add(1);
        let again = match verdict {
            Verdict::Delivered | Verdict::Accepted(_) | Verdict::Permanent(..) => false,
            Verdict::Temporary(_) | Verdict::Busy(_) | Verdict::Unknown => {
                owned.tries < NOTICE_TRIES_MAX
            }
        };
        if again {
            self.notices.waiting.entry(key).or_default().push_front(owned);
            if let Some(until) = self.inboxes.rest(key, id, self.at.now) {
                self.deadlines.arm(until, Timer::Inbox(key.0, key.1));
            }
            return;
        }
        let end = match verdict {
            Verdict::Delivered | Verdict::Accepted(_) => ReceiptEnd::Taken,
            Verdict::Permanent(..) => ReceiptEnd::Refused,
            Verdict::Temporary(_) | Verdict::Busy(_) | Verdict::Unknown => ReceiptEnd::Expired,
        };
        self.noticed(owned.owner, owned.notice.id, end);
        // A text has the next turn.
        self.inboxes.vacate(key, id);
        self.try_account(key.0, key.1);
    }

    /// Tells the owner of the Sms that its sender was told, or will not be.
    fn noticed(&mut self, owner: ShardId, id: MessageId, end: ReceiptEnd) {
        if owner == self.config.shard {
            self.close_receipt(id, end);
        } else {
            self.out.post(owner, Mail::Noticed { id, end });
        }
    }

    /// What waited for an account that stays away is given up one day.
    pub(crate) fn handle_stale_notices(&mut self, environment: u32, account: u32) {
        let key = (environment, account);
        while let Some(first) = self.notices.waiting.get(&key).and_then(VecDeque::front) {
            let until_ns = end_ns(&first.notice);
            if until_ns > self.at.unix_ns {
                let left = Duration::from_nanos(until_ns - self.at.unix_ns);
                return self.deadlines.arm(self.at.now + left, Timer::Notices(key.0, key.1));
            }
            let Some(stale) = self.notices.pop(key) else { return };
            self.noticed(stale.owner, stale.notice.id, ReceiptEnd::Expired);
        }
    }
}

/// When nobody waits for it any longer.
fn end_ns(notice: &Notice) -> u64 {
    notice.done_ns.saturating_add(NOTICE_TTL.as_nanos() as u64)
}
