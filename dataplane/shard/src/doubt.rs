//! Sms that are ours although their sender may not have heard it (promises.md 1.3).
//!
//! When a link dies with answers unsent or just sent, its peer does not know what became of
//! them and will send the same again. An equal Sms from the same sender then gets the id of
//! the first one: no second message, no second charge. Outside this set two equal texts are
//! two messages.

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::{Duration, Instant};

use routing::{Content, Ingress, MessageId, Sms};
use smpp::Tlvs;
use smpp::tlv::tag;

use crate::limits::{DOUBT_TTL, DOUBTS_MAX};
use crate::tables::{Table, digest};

/// The doubtful set of one shard: of the Sms it owns.
#[derive(Debug)]
pub(crate) struct Doubts {
    lifetime: Duration,
    /// With the number of the record that must be durable before the id may be told again.
    by_likeness: Table<u64, Vec<(MessageId, u64)>>,
    order: VecDeque<(Instant, u64, MessageId)>,
}

impl Default for Doubts {
    fn default() -> Self {
        Self::lasting(DOUBT_TTL)
    }
}

impl Doubts {
    /// A set that forgets after `lifetime`.
    pub(crate) fn lasting(lifetime: Duration) -> Self {
        Self { lifetime, by_likeness: Table::default(), order: VecDeque::new() }
    }

    /// From now on an equal Sms is taken for this one, once.
    pub(crate) fn add(&mut self, now: Instant, likeness: u64, id: MessageId, record: u64) {
        if self.order.len() >= DOUBTS_MAX {
            self.forget_first();
        }
        let alike = self.by_likeness.entry(likeness).or_default();
        if !alike.iter().any(|(known, _)| *known == id) {
            alike.push((id, record));
            self.order.push_back((now + self.lifetime, likeness, id));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The id under which an equal Sms is already ours, and the record it waits for.
    pub(crate) fn claim(&mut self, likeness: u64) -> Option<(MessageId, u64)> {
        if self.order.is_empty() {
            return None;
        }
        let alike = self.by_likeness.get_mut(&likeness)?;
        if alike.is_empty() { None } else { Some(alike.remove(0)) }
    }

    /// It is in doubt no more.
    pub(crate) fn take_back(&mut self, likeness: u64, id: MessageId) {
        if let Some(alike) = self.by_likeness.get_mut(&likeness) {
            alike.retain(|(known, _)| *known != id);
        }
    }

    /// Forgets what is older than its time; returns when to come back.
    pub(crate) fn forget(&mut self, now: Instant) -> Option<Instant> {
        while self.order.front().is_some_and(|(until, ..)| *until <= now) {
            self.forget_first();
        }
        self.order.front().map(|(until, ..)| *until)
    }

    fn forget_first(&mut self) {
        let Some((_, likeness, id)) = self.order.pop_front() else { return };
        let Some(alike) = self.by_likeness.get_mut(&likeness) else { return };
        alike.retain(|(known, _)| *known != id);
        if alike.is_empty() {
            self.by_likeness.remove(&likeness);
        }
    }
}

/// Did another environment give it a reference of its own? Then an equal one is the same one,
/// whether we know already that its link is dead or not. Of carriers we do not believe it: some
/// give every Sms the same reference.
pub(crate) fn is_named(sms: &Sms) -> bool {
    let tlvs = Tlvs::decode(&sms.tlvs).unwrap_or(Tlvs::EMPTY);
    sms.trace.hops > 0 && tlvs.get(tag::USER_MESSAGE_REFERENCE).is_some()
}

/// Equal for two Sms that a sender would call the same. What came by SIP is the same if its
/// transaction is (RFC 3261 §17.2.3).
pub(crate) fn likeness(sms: &Sms) -> u64 {
    let mut hasher = digest();
    match &sms.ingress {
        // Its text may have become several by now.
        Ingress::Sip { account, transaction, .. } => {
            (account, transaction).hash(&mut hasher);
            return hasher.finish();
        }
        Ingress::Trunk { connection, transaction, .. } => {
            (TRUNK, connection, transaction).hash(&mut hasher);
            return hasher.finish();
        }
        Ingress::Smpp { carrier, .. } => carrier.hash(&mut hasher),
        Ingress::Connection { connection, .. } => connection.hash(&mut hasher),
    }
    // One that comes round again has passed more environments: it is no repetition.
    (sms.source, sms.destination, sms.esm_class, sms.trace.hops).hash(&mut hasher);
    match &sms.content {
        Content::Coded { data_coding, octets, .. } => (data_coding, octets).hash(&mut hasher),
        Content::Text(text) => text.hash(&mut hasher),
    }
    sms.tlvs.hash(&mut hasher);
    hasher.finish()
}

/// Tells trunks from apps of the same number.
const TRUNK: u8 = 1;

#[cfg(test)]
mod tests;
