//! Sms of which nobody knows whether the next hop has them (promises.md 1.3).
//!
//! ```text
//!                 no answer in time, the link lives        a minute later, or
//!   Trying ───────────────────────────────────────▶ Held ── the link died ──▶ sent once more
//!     │ the link died, the node was restarted         │       (resend)
//!     ├──────────────▶ sent once more (resend)        │ a late answer, or a receipt with its
//!     ├──────────────▶ Held (hold, resend twice)      │ user_message_reference
//!     └──────────────▶ final: UNKNOWN (fail)          └──▶ Taken, or final
//! ```
//! Another environment of ours knows an Sms again by its reference and takes no copy: it is
//! sent there more often than once more. Held is over after five minutes, or with the validity:
//! the Sms ends UNKNOWN then. Those of the same sender to the same number do not wait for one
//! that is held: most likely it arrived.

use std::collections::BTreeSet;
use std::time::Duration;

use routing::{MessageId, Sms, State, Unknown};
use smpp::Tlvs;
use smpp::tlv::tag;

use crate::admit::target_id;
use crate::egress::parked::Early;
use crate::egress::queues::ConnectionKey;
use crate::egress::receipt::is_from;
use crate::egress::submit::reference;
use crate::flights::Stage;
use crate::input::LinkId;
use crate::limits::{HOLD_PATIENCE, LATE_PATIENCE, UNKNOWN_RESENDS_MAX};
use crate::settle::Verdict;
use crate::shard::Shard;

/// The Sms that are held, by the reference that a receipt may name. Bounded by the flights.
#[derive(Debug, Default)]
pub(crate) struct Unsure {
    held: BTreeSet<(ConnectionKey, u16, MessageId)>,
}

/// What becomes of a held Sms of which nothing is heard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Afterwards {
    /// What was agreed for its connection: the answer on this link may be late.
    Resolve(LinkId),
    /// It ends UNKNOWN.
    End,
}

impl Unsure {
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// The held Sms that a receipt means which has this reference.
    pub(super) fn meant(
        &self,
        key: ConnectionKey,
        reference: u16,
        called: impl Fn(MessageId) -> bool,
    ) -> Option<MessageId> {
        let (first, last) = (MessageId::from_bits(0), MessageId::from_bits(u128::MAX));
        let alike = self.held.range((key, reference, first)..=(key, reference, last));
        alike.map(|(.., id)| *id).find(|id| called(*id))
    }
}

impl Shard {
    /// No answer came in time, but the link lives, and an answer may come.
    pub(crate) fn submit_late(&mut self, link: LinkId, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        match self.unknown_means(key, id) {
            Unknown::Resend | Unknown::Hold => {
                self.hold(key, id, Afterwards::Resolve(link), LATE_PATIENCE);
            }
            Unknown::Fail => self.settle(id, State::Unknown, 0),
        }
        // Its place in the window is free: nothing else would come by to use it.
        self.pump(key.0, key.1);
    }

    /// No answer will ever come.
    pub(crate) fn submit_unknown(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        self.resolve(key, id);
        self.pump(key.0, key.1);
    }

    /// Does with an Sms of which nobody knows what was agreed for its connection.
    pub(crate) fn resolve(&mut self, key: ConnectionKey, id: MessageId) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.unknowns = flight.unknowns.saturating_add(1);
        let unknowns = flight.unknowns;
        let is_ours = self.connections.terms(key).is_some_and(|terms| terms.is_ours);
        let resends_max = if is_ours { UNKNOWN_RESENDS_MAX } else { 1 };
        match self.unknown_means(key, id) {
            Unknown::Resend if unknowns <= resends_max => {
                self.waits_again(id);
                self.cannot_go(key, id, Verdict::Unknown);
            }
            Unknown::Resend | Unknown::Hold => self.hold(key, id, Afterwards::End, HOLD_PATIENCE),
            Unknown::Fail => self.settle(id, State::Unknown, 0),
        }
    }

    /// A link is gone, and with it the answers that were late.
    pub(crate) fn resolve_held(&mut self, link: LinkId, environment: u32) {
        let is_late = |id: &MessageId| {
            let flight = self.flights.get(*id);
            flight.is_some_and(
                |f| matches!(f.stage, Stage::Held(Afterwards::Resolve(of)) if of == link),
            )
        };
        let ours = self.unsure.held.iter().filter(|(key, ..)| key.0 == environment);
        let late: Vec<MessageId> = ours.map(|(.., id)| *id).filter(is_late).collect();
        late.into_iter().for_each(|id| self.submit_unknown(id));
    }

    /// An Sms of one attempt has had it.
    pub(crate) fn unknown_means(&self, key: ConnectionKey, id: MessageId) -> Unknown {
        if self.flights.get(id).is_some_and(|flight| flight.sms.is_single()) {
            return Unknown::Fail;
        }
        self.connections.terms(key).map_or_else(Unknown::default, |terms| terms.manner.unknown)
    }

    fn hold(
        &mut self,
        key: ConnectionKey,
        id: MessageId,
        afterwards: Afterwards,
        patience: Duration,
    ) {
        self.leaves_connection(key, id);
        let Some(flight) = self.flights.get_mut(id) else { return };
        let named = reference_of(&flight.sms);
        flight.stage = Stage::Held(afterwards);
        self.flights.expire_at(id, self.at.now + patience);
        self.unsure.held.insert((key, named, id));
        let Some(sms) = self.flights.get(id).map(|flight| &flight.sms) else { return };
        let fits = |early: &Early| is_from(&early.source, sms);
        if let Some(early) = self.parked.claim_reference(key, named, fits) {
            self.settle_early(id, early);
        }
    }

    /// It is held no more. Call it while the flight is there.
    pub(crate) fn release_held(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get(id) else { return };
        if !matches!(flight.stage, Stage::Held(_)) {
            return;
        }
        let key = (flight.sms.environment, target_id(flight.sms.target));
        self.unsure.held.remove(&(key, reference_of(&flight.sms), id));
        let expires = self.expiry(&flight.sms);
        self.flights.expire_at(id, expires);
    }

    fn waits_again(&mut self, id: MessageId) {
        self.release_held(id);
        if let Some(flight) = self.flights.get_mut(id) {
            flight.stage = Stage::Waiting;
        }
    }

    /// Nothing was heard of a held Sms.
    pub(crate) fn expire_held(&mut self, id: MessageId, afterwards: Afterwards) {
        let Some(flight) = self.flights.get(id) else { return };
        let key = (flight.sms.environment, target_id(flight.sms.target));
        let is_over = flight.sms.expires_ns <= self.at.unix_ns;
        match afterwards {
            Afterwards::Resolve(_) if !is_over => {
                self.resolve(key, id);
                self.pump(key.0, key.1);
            }
            Afterwards::Resolve(_) | Afterwards::End => self.settle(id, State::Unknown, 0),
        }
    }
}

/// The user_message_reference under which an Sms leaves, however often it does.
pub(super) fn reference_of(sms: &Sms) -> u16 {
    let tlvs = Tlvs::decode(&sms.tlvs).unwrap_or(Tlvs::EMPTY);
    tlvs.get_u16(tag::USER_MESSAGE_REFERENCE).unwrap_or_else(|| reference(sms.id))
}
