//! Handsets behind an IMS (3GPP TS 24.341): short messages as the air interface has them.
//!
//! What becomes of an Sms is said by the relay layer and never by a SIP status: a handset's 200
//! says that a MESSAGE arrived, and its RP-ACK or RP-ERROR, in a MESSAGE of its own, what became
//! of the short message. A text that needs several is sent one after the other; the attempt ends
//! with the last RP-ACK. What a handset sends is answered 202 at once, and by RP-ACK when it is
//! durable, or by RP-ERROR.
//!
//! Of the handsets of one account one gets a text (Request-Disposition: no-fork), unless each
//! device is to have it: then each is waited for by itself.

mod causes;
mod parts;

use std::collections::BTreeMap;
use std::time::Instant;

use routing::{MessageId, Refusal, home};
use sip::registrar::Abilities;
use sip::rp;
use text::tpdu::{self, build};

use crate::deadlines::Timer;
use crate::egress::desk::Branch;
use crate::egress::fork::{ContactKey, Way, key_of};
use crate::egress::sip::Letter;
use crate::inbox::AccountKey;
use crate::input::ShardId;
use crate::limits::{RELAY_PATIENCE, RELAY_PATIENCE_IN_ALL};
use crate::mail::Mail;
use crate::peers::devices::DeviceKey;
use crate::settle::Verdict;
use crate::shard::Shard;

use self::causes::{UNSPECIFIED, cause_of, verdict_of};
use self::parts::{Part, parts_of, parts_of_owed};

/// An attempt whose handset has not said what became of it.
#[derive(Debug)]
struct Trial {
    key: AccountKey,
    /// The branch and the way of its first short message.
    branch: Branch,
    way: Way,
    /// Which short message of the text is on its way.
    part: usize,
    parts: Vec<Part>,
    until: Instant,
}

/// The attempts of a shard that wait for handsets: for each account one, and one for each device
/// that is owed a text.
#[derive(Debug, Default)]
pub(crate) struct Handsets {
    trials: BTreeMap<(MessageId, DeviceKey), Trial>,
}

/// Whom to answer when what a handset sent is durable, or refused.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The environment.
    pub environment: u32,
    /// The account that sent it.
    pub account: u32,
    /// Its RP-Message-Reference.
    pub reference: u8,
    /// The Call-ID of its MESSAGE.
    pub call_id: String,
}

impl Handsets {
    /// What an account's handset means by a reference.
    fn meant(
        &self,
        key: AccountKey,
        id: MessageId,
        reference: u8,
    ) -> Option<(MessageId, DeviceKey)> {
        let of_id = self.trials.range((id, 0)..=(id, DeviceKey::MAX));
        let is_meant = |trial: &Trial| trial.key == key && trial.reference() == reference;
        of_id.filter(|(_, trial)| is_meant(trial)).map(|(name, _)| *name).next()
    }
}

impl Trial {
    fn reference(&self) -> u8 {
        reference_of(self.branch, self.way, self.part)
    }
}

impl Shard {
    /// A branch is about to leave. If it goes to a handset, its answer will be waited for; `None`
    /// if it cannot go there now.
    pub(crate) fn begin_trial(
        &mut self,
        key: AccountKey,
        branch: Branch,
        way: Way,
    ) -> Option<(Branch, Way)> {
        let mut live = self.registrar.live(key, self.steady_ns);
        let contact = live.find(|one| way.contact == 0 || key_of(one) == way.contact);
        let is_handset = contact.is_some_and(|contact| contact.can.has(Abilities::SMSIP));
        let (Some(contact), true) = (contact.map(key_of), is_handset || way.is_relayed) else {
            return (!way.is_relayed).then_some((branch, way));
        };
        if way.part > 0 {
            return Some((branch.of_part(way.part), way));
        }
        let name = (branch.id, way.who);
        if self.is_elsewhere(name, branch.attempt, contact) {
            return None;
        }
        let way = Way { contact, is_relayed: true, ..way };
        let parts = self.letter(key, branch.id, way).map(|letter| self.parts(branch, way, &letter));
        let until = self.at.now + RELAY_PATIENCE_IN_ALL;
        let trial = Trial { key, branch, way, part: 0, parts: parts.unwrap_or_default(), until };
        self.handsets.trials.insert(name, trial);
        self.deadlines.arm(until, Timer::Relay(branch.id));
        Some((branch, way))
    }

    /// Does another handset of the account have this attempt?
    fn is_elsewhere(
        &self,
        name: (MessageId, DeviceKey),
        attempt: u16,
        contact: ContactKey,
    ) -> bool {
        let trial = self.handsets.trials.get(&name);
        let trial = trial.filter(|trial| trial.branch.attempt == attempt);
        trial.is_some_and(|trial| trial.way.contact != contact)
    }

    /// The short messages that a letter is.
    fn parts(&self, branch: Branch, way: Way, letter: &Letter<'_>) -> Vec<Part> {
        let is_here = |_: &_| !way.is_owed;
        let Some(flight) = self.flights.get(branch.id).filter(is_here) else {
            return parts_of_owed(letter, branch.id);
        };
        parts_of(&flight.sms, &letter.body, self.is_joined(branch.id))
    }

    /// A MESSAGE of ours has its final answer. A handset that took it has said nothing yet.
    pub(crate) fn answered(
        &mut self,
        key: AccountKey,
        (id, attempt): (MessageId, u16),
        way: Way,
        verdict: Verdict,
    ) {
        if way.is_relayed {
            let now = self.at.now;
            let name = (id, way.who);
            let trial = self.handsets.trials.get_mut(&name);
            let is_it = |trial: &&mut Trial| {
                trial.branch.attempt == attempt && trial.part == usize::from(way.part)
            };
            let Some(trial) = trial.filter(is_it) else { return };
            if verdict == Verdict::Delivered {
                trial.until = now + RELAY_PATIENCE;
                return self.deadlines.arm(now + RELAY_PATIENCE, Timer::Relay(id));
            }
            self.handsets.trials.remove(&name);
        }
        self.branch_ended(key, (id, attempt), way, verdict);
    }

    /// A handset said what became of a short message: nothing is wrong, or this cause is.
    pub(crate) fn handle_relayed(
        &mut self,
        key: AccountKey,
        id: Option<MessageId>,
        reference: u8,
        cause: Option<u8>,
    ) {
        let Some(id) = id.or_else(|| self.inboxes.trying(key)) else { return };
        let Some(name) = self.handsets.meant(key, id, reference) else { return };
        let until = self.at.now + RELAY_PATIENCE_IN_ALL;
        let Some(trial) = self.handsets.trials.get_mut(&name) else { return };
        let (branch, way) = (trial.branch, trial.way);
        if cause.is_none() && trial.part + 1 < trial.parts.len() {
            trial.part += 1;
            trial.until = until;
            // The Sms may have ended by another device meanwhile, which owes it to this one.
            let is_owed = way.is_owed || way.who != 0 && self.flights.get(id).is_none();
            let way = Way { part: trial.part as u8, is_owed, ..way };
            self.deadlines.arm(until, Timer::Relay(id));
            return self.fork(key, branch, way);
        }
        self.handsets.trials.remove(&name);
        let verdict = cause.map_or(Verdict::Delivered, verdict_of);
        self.branch_ended(key, (id, branch.attempt), way, verdict);
    }

    /// A handset may have been silent for too long (TR1M, TS 24.011 §10).
    pub(crate) fn handle_relay_timer(&mut self, id: MessageId) {
        let now = self.at.now;
        let of_id = self.handsets.trials.range((id, 0)..=(id, DeviceKey::MAX));
        let late = of_id.filter(|(_, trial)| trial.until <= now).map(|(name, _)| *name);
        let late: Vec<_> = late.collect();
        for name in late {
            let Some(Trial { key, branch, way, .. }) = self.handsets.trials.remove(&name) else {
                continue;
            };
            self.branch_ended(key, (id, branch.attempt), way, Verdict::Temporary(408));
        }
    }

    /// A handset has room again (RP-SMMA): what waits for it may go.
    pub(crate) fn handle_room(&mut self, key: AccountKey) {
        self.inboxes.wake(key);
        self.try_account(key.0, key.1);
    }

    /// The RP-DATA of one short message.
    pub(crate) fn relayed(&self, id: MessageId, way: Way, letter: &Letter<'_>) -> Option<Vec<u8>> {
        let trial = self.handsets.trials.get(&(id, way.who))?;
        let part = trial.parts.get(usize::from(way.part))?;
        let calling = letter.source;
        let text = String::from_utf8_lossy(calling.as_bytes());
        let origin = build::Party { ton: calling.ton, npi: calling.npi, text: &text };
        let unix_secs = (letter.accepted_ns / 1_000_000_000) as i64;
        let Part { coding, protocol_id, header, ref octets } = *part;
        let data = build::Data { coding, protocol_id, header, octets };
        let (mut unit, mut out) = (Vec::with_capacity(176), Vec::with_capacity(192));
        let fits = build::deliver(origin, tpdu::Stamp { unix_secs }, data, &mut unit)
            && rp::data(trial.reference(), CENTRE, &unit, &mut out);
        fits.then_some(out)
    }

    /// What a handset sent is durable, or refused: it shall hear so.
    pub(crate) fn answer_handset(&mut self, to: Submitted, verdict: Result<MessageId, Refusal>) {
        let accepted = tpdu::Stamp { unix_secs: (self.at.unix_ns / 1_000_000_000) as i64 };
        let (mut unit, mut octets) = (Vec::new(), Vec::new());
        match verdict {
            Ok(_) => {
                build::submit_report(accepted, &mut unit);
                rp::ack(to.reference, &unit, &mut octets);
            }
            Err(refusal) => {
                build::submit_refused(UNSPECIFIED, accepted, &mut unit);
                rp::error(to.reference, cause_of(refusal), &unit, &mut octets);
            }
        }
        self.say_relay(to, octets);
    }

    /// To the handset, by way of its home.
    pub(crate) fn say_relay(&mut self, to: Submitted, octets: Vec<u8>) {
        let home = ShardId(home(to.account, self.config.shards));
        let Submitted { environment, account, call_id, .. } = to;
        if home == self.config.shard {
            self.say_to_handset((environment, account), &call_id, &octets);
        } else {
            self.out.post(home, Mail::SayRelay { environment, account, call_id, octets });
        }
    }
}

/// What we call a short message towards a handset: the same for the same attempt, also after a
/// restart, and another for another device that is to have the same text.
fn reference_of(branch: Branch, way: Way, part: usize) -> u8 {
    (usize::from(branch.attempt) * 16 + part) as u8 ^ way.who as u8
}

/// The address of the service centre, as far as handsets are concerned.
pub(crate) const CENTRE: &str = "0";
