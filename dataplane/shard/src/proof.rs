//! What an app says became of a text it took (RFC 5438), and who waits for that.
//!
//! An app's 2xx says that the app has a text. Where a carrier agreed on proof from the handset
//! that is not the end: the Sms is `Stage::Taken` until the app
//! reports, or until the time for that is over. A report is believed from the account that the
//! Sms went to and from nobody else; what it says of another Sms, of one that nobody knows or of
//! one that is final is dropped without a word.

use routing::journal::Record;
use routing::{MessageId, Sms, State, Target, home};
use sip::Date;
use sip::cpim::Envelope;
use sip::imdn::{Disposition, Imdn, Wishes};
use sip::registrar::{Abilities, Contact};

use crate::content::Body;
use crate::flights::{Flight, Stage};
use crate::inbox::AccountKey;
use crate::input::ShardId;
use crate::limits::{ENVELOPED_MAX, PROOF_PATIENCE};
use crate::mail::Mail;
use crate::peers::lines::Line;
use crate::shard::Shard;

impl Shard {
    /// An account says what became of a text it got; its home knows whether that matters.
    pub(crate) fn handle_imdn(&mut self, environment: u32, account: u32, imdn: &Imdn<'_>) {
        let name = imdn.message_id.split('@').next().unwrap_or_default();
        let state = state_of(imdn.disposition);
        let (Ok(id), Some(state)) = (MessageId::parse(name.as_bytes()), state) else { return };
        let owner = ShardId(home(account, self.config.shards));
        if owner == self.config.shard {
            self.handle_disposed((environment, account), id, state);
        } else {
            self.out.post(owner, Mail::Disposed { environment, account, id, state });
        }
    }

    /// The account that an Sms went to says how it ended there.
    pub(crate) fn handle_disposed(&mut self, key: AccountKey, id: MessageId, state: State) {
        let Some(flight) = self.flights.get(id) else { return };
        if (flight.sms.environment, flight.sms.target) != (key.0, Target::Account(key.1)) {
            return;
        }
        match flight.stage {
            Stage::Taken(_) => self.settle(id, state, 0),
            // It may overtake the answer to the MESSAGE; who needs no proof awaits that answer.
            Stage::Trying(_) if self.wants_proof(&flight.sms) => self.settle(id, state, 0),
            Stage::Trying(_)
            | Stage::Scheduled
            | Stage::Gathering
            | Stage::Waiting
            | Stage::Riding
            | Stage::Ready
            | Stage::Moving
            | Stage::Held(_)
            | Stage::Settled(_) => {}
        }
    }

    /// Is what the app answers not enough for the carrier that sent it?
    pub(crate) fn wants_proof(&self, sms: &Sms) -> bool {
        let Some(carrier) = sms.carrier() else { return false };
        if sms.is_single() {
            return false;
        }
        if let Some(agreed) = self.agreed.get((sms.environment, carrier)) {
            return agreed.contract.proof == routing::Proof::Handset;
        }
        let plan = self.plan.as_ref();
        let known = plan.and_then(|plan| plan.carrier(sms.environment, carrier));
        known.is_some_and(|carrier| carrier.contract.proof.is_handset())
    }

    /// Was it sent by somebody to whom an answer of the app is no proof?
    pub(crate) fn is_unproved(&self, id: MessageId) -> bool {
        let to_app = |flight: &&Flight| matches!(flight.sms.target, Target::Account(_));
        let flight = self.flights.get(id).filter(to_app);
        flight.is_some_and(|flight| self.wants_proof(&flight.sms))
    }

    /// The app has it, and may yet say that it was delivered: the next one may go meanwhile.
    pub(crate) fn await_proof(&mut self, id: MessageId) {
        let Some(flight) = self.flights.get_mut(id) else { return };
        flight.stage = Stage::Taken(Vec::new());
        let Target::Account(account) = flight.sms.target else { return };
        let key = (flight.sms.environment, account);
        if !self.promises.broken {
            Record::encode_taken(id, self.at.unix_ns, &[], &mut self.out.records);
            self.recorded();
        }
        self.limit_proof(id);
        self.inbox_finished(key, id);
    }

    /// Nobody waits longer than this for what an app says.
    pub(crate) fn limit_proof(&mut self, id: MessageId) {
        self.flights.expire_at(id, self.at.now + PROOF_PATIENCE);
    }

    /// The app took it and said no more: that much is known.
    pub(crate) fn expire_proof(&mut self, id: MessageId) {
        self.settle(id, State::Accepted, 0);
    }

    /// Shall the contact be asked what became of it? Only an app that reads envelopes is.
    pub(crate) fn asks_for_proof(&self, sms: &Sms, contact: &Contact, body: &Body<'_>) -> bool {
        let can = contact.can.has(Abilities::CPIM.and(Abilities::IMDN));
        let fits = Line::of(contact.line).flow().is_some() || body.octets().len() <= ENVELOPED_MAX;
        let is_text = matches!(body, Body::Text(_));
        can && fits && is_text && self.wants_proof(sms)
    }
}

/// A text in an envelope that asks for a report (RFC 5438 §7.1.1).
pub(crate) fn enveloped(flight: &Flight, from: &str, to: &str, body: &Body<'_>) -> Vec<u8> {
    let mut octets = Vec::with_capacity(body.octets().len() + ENVELOPE_LEN);
    let id = flight.sms.id.to_string();
    let envelope = Envelope {
        from,
        to,
        date: Date { unix_secs: flight.sms.accepted_ns / 1_000_000_000 },
        message_id: &id,
        wishes: Wishes::DELIVERED.and(Wishes::FAILED),
        content_type: body.content_type(),
        disposition: None,
    };
    envelope.encode(body.octets(), &mut octets);
    octets
}

/// standards.md 4.3: what a report says of the Sms; what it says on the way there says nothing.
fn state_of(disposition: Disposition) -> Option<State> {
    match disposition {
        // What was shown arrived.
        Disposition::Delivered | Disposition::Displayed => Some(State::Delivered),
        Disposition::Failed => Some(State::Undeliverable),
        Disposition::Forbidden | Disposition::Error => Some(State::Unknown),
        Disposition::Processed | Disposition::Stored => None,
    }
}

/// About as long as an envelope is without what it holds.
const ENVELOPE_LEN: usize = 320;
