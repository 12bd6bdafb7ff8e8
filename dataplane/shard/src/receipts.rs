//! Receipts find their way home: to any live bind of the carrier, kept until one is answered.
//!
//! The owner of an Sms keeps its final receipt. It offers it to a receiving bind of its own
//! shard or of another; it forgets it when the carrier has answered, and offers it again when
//! the bind was lost or said no.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use routing::board::Tally;
use routing::journal::{Ack, ReceiptEnd, Record};
use routing::{Ingress, MessageId};
use smpp::pdu::esm_class;
use smpp::tlv::tag;
use smpp::{Command, MessageState, ShortMessage, TlvBuffer};

use crate::content;
use crate::deadlines::Timer;
use crate::flights::Stage;
use crate::ingress::smpp::shard_of;
use crate::input::{LinkId, ShardId};
use crate::limits::{ANSWER_LEAD, RECEIPT_PAUSE};
use crate::mail::{Mail, Receipt};
use crate::peers::binds::CarrierKey;
use crate::peers::links::{Asked, Owner};
use crate::shard::Shard;

/// Receipts that wait for a bind of their carrier.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// Of Sms that this shard owns.
    own: BTreeMap<CarrierKey, VecDeque<MessageId>>,
    /// Of other shards, for binds of this one whose window is full.
    guests: BTreeMap<CarrierKey, VecDeque<(ShardId, Receipt)>>,
}

impl Shard {
    /// An outcome is durable: its receipt may leave.
    pub(crate) fn offer_receipt(&mut self, id: MessageId) {
        let Some(key) = self.receipt_key(id) else { return };
        self.receipts.own.entry(key).or_default().push_back(id);
        self.offer_receipts(key.0, key.1);
    }

    fn receipt_key(&self, id: MessageId) -> Option<CarrierKey> {
        let sms = &self.flights.get(id)?.sms;
        Some((sms.environment, sms.carrier()?))
    }

    /// Offers what waits for a carrier, as far as its binds have room.
    pub(crate) fn offer_receipts(&mut self, environment: u32, carrier: u32) {
        let key = (environment, carrier);
        loop {
            if let Some(guests) = self.receipts.guests.get_mut(&key)
                && let Some((owner, receipt)) = guests.pop_front()
            {
                if !self.send_receipt(owner, &receipt) {
                    let guests = self.receipts.guests.entry(key).or_default();
                    return guests.push_front((owner, receipt));
                }
                continue;
            }
            let Some(own) = self.receipts.own.get_mut(&key) else { return };
            let Some(id) = own.pop_front() else {
                self.receipts.own.remove(&key);
                return;
            };
            let Some(receipt) = self.receipt(id) else { continue };
            if !self.send_own(receipt) {
                return self.receipts.own.entry(key).or_default().push_front(id);
            }
        }
    }

    /// To the shard by which the Sms came, if its carrier receives there: the answer went the
    /// same way and is always first. Else to a bind here, else to a shard that has one, when
    /// the answer must be out. `false` if it cannot go now.
    fn send_own(&mut self, receipt: Receipt) -> bool {
        let key = (receipt.environment, receipt.carrier);
        if let Some(ingress) = self.foreign_ingress(receipt.id) {
            if self.binds.receives_at(key, ingress) {
                self.out.post(ingress, Mail::Receipt { receipt: Box::new(receipt) });
                return true;
            }
            let lead_ns = ANSWER_LEAD.as_nanos() as u64;
            let not_before_ns = receipt.submitted_ns.saturating_add(lead_ns);
            if not_before_ns > self.at.unix_ns {
                let left = Duration::from_nanos(not_before_ns - self.at.unix_ns);
                self.deadlines.arm(self.at.now + left, Timer::Receipts(key.0, key.1));
                return false;
            }
        }
        if self.send_receipt(self.config.shard, &receipt) {
            return true;
        }
        if self.binds.receivers(key).next().is_some() {
            return false;
        }
        let Some(shard) = self.binds.receiving_shard(key, receipt.id.bits() as u32) else {
            return false;
        };
        self.out.post(shard, Mail::Receipt { receipt: Box::new(receipt) });
        true
    }

    /// The other shard that answered for this Sms, if one did.
    fn foreign_ingress(&self, id: MessageId) -> Option<ShardId> {
        let Ingress::Smpp { link, .. } = &self.flights.get(id)?.sms.ingress else { return None };
        Some(ShardId(shard_of(*link))).filter(|shard| *shard != self.config.shard)
    }

    /// Another shard's receipt for a carrier that was bound here a moment ago.
    pub(crate) fn handle_guest_receipt(&mut self, owner: ShardId, receipt: Receipt) {
        let key = (receipt.environment, receipt.carrier);
        if self.binds.receivers(key).next().is_none() {
            return self.receipted(owner, receipt.id, false);
        }
        self.receipts.guests.entry(key).or_default().push_back((owner, receipt));
        self.offer_receipts(key.0, key.1);
    }

    /// Writes a deliver_sm to the first bind here that has room.
    fn send_receipt(&mut self, owner: ShardId, receipt: &Receipt) -> bool {
        let key = (receipt.environment, receipt.carrier);
        let links: Vec<LinkId> = self.binds.receivers(key).collect();
        let now = self.at.now;
        for id in links {
            let Some(link) = self.links.get_mut(id).filter(|link| !link.closing) else { continue };
            let asked = Asked::Receipt(owner, receipt.id);
            if link.session.may_send(Command::DeliverSm).status().is_some() {
                continue;
            }
            let Ok(sequence) = link.session.ask(now, Command::DeliverSm, asked) else { continue };
            let has_tlvs = link.session.version().has_tlvs();
            encode_receipt(receipt, sequence, has_tlvs, link.say());
            self.touch(id);
            self.arm_link(id);
            return true;
        }
        false
    }

    /// Tells the owner what became of its receipt.
    pub(crate) fn receipted(&mut self, owner: ShardId, id: MessageId, taken: bool) {
        if owner == self.config.shard {
            self.handle_receipted(id, taken);
        } else {
            self.out.post(owner, Mail::Receipted { id, taken });
        }
    }

    pub(crate) fn handle_receipted(&mut self, id: MessageId, taken: bool) {
        let Some(key) = self.receipt_key(id) else { return };
        if taken {
            self.record(&Record::Ack(Ack { id, at_ns: self.at.unix_ns, end: ReceiptEnd::Taken }));
            self.add(Tally::ReceiptsTaken, 1);
            self.flights.remove(id);
        } else {
            self.receipts.own.entry(key).or_default().push_back(id);
            self.deadlines.arm(self.at.now + RECEIPT_PAUSE, Timer::Receipts(key.0, key.1));
        }
    }

    /// A bind's window has room again.
    pub(crate) fn continue_receipts(&mut self, id: LinkId) {
        let Some(link) = self.links.get(id) else { return };
        if let Owner::Carrier(carrier) = link.owner {
            self.offer_receipts(link.environment, carrier);
        }
    }

    /// A bind is gone, and with it the last one here perhaps: others shall have its receipts.
    pub(crate) fn return_guests(&mut self, key: CarrierKey) {
        if self.binds.receivers(key).next().is_some() {
            return;
        }
        for (owner, receipt) in self.receipts.guests.remove(&key).unwrap_or_default() {
            self.receipted(owner, receipt.id, false);
        }
    }

    fn receipt(&self, id: MessageId) -> Option<Receipt> {
        let flight = self.flights.get(id)?;
        let Stage::Settled(outcome) = &flight.stage else { return None };
        let sms = &flight.sms;
        Some(Receipt {
            id,
            environment: sms.environment,
            carrier: sms.carrier()?,
            source: sms.destination,
            destination: sms.source,
            state: outcome.state,
            code: outcome.code,
            submitted_ns: sms.accepted_ns,
            done_ns: outcome.at_ns,
            reference: reference_given(sms),
            text: content::preview(sms),
        })
    }
}

/// The deliver_sm of a receipt (SMPP 3.4 §4.6, appendix B).
fn encode_receipt(receipt: &Receipt, sequence: u32, has_tlvs: bool, out: &mut Vec<u8>) {
    let id = receipt.id.text();
    let err = format!("{:03}", receipt.code.min(999));
    let state = MessageState::decode(receipt.state as u8);
    let words = smpp::Receipt {
        id: &id,
        sub: Some(1),
        dlvrd: Some(u16::from(state == Some(MessageState::Delivered))),
        submit_date: Some(secs(receipt.submitted_ns)),
        done_date: Some(secs(receipt.done_ns)),
        state,
        err: err.as_bytes(),
        text: &receipt.text,
    };
    let (mut text, mut tlvs) = (Vec::with_capacity(160), TlvBuffer::new());
    words.encode_text(&mut text);
    if has_tlvs {
        words.put_tlvs(&mut tlvs);
        if let Some(reference) = receipt.reference {
            tlvs.put_u16(tag::USER_MESSAGE_REFERENCE, reference);
        }
    }
    let (source, destination) = (&receipt.source, &receipt.destination);
    let message = ShortMessage {
        source: smpp_address(source),
        destination: smpp_address(destination),
        esm_class: esm_class::TYPE_RECEIPT,
        short_message: &text,
        tlvs: tlvs.view(),
        ..ShortMessage::default()
    };
    message.encode_deliver_sm(sequence, out);
}

pub(crate) fn smpp_address(address: &routing::Address) -> smpp::Address<'_> {
    smpp::Address { ton: address.ton, npi: address.npi, addr: address.as_bytes() }
}

/// What the sender called it besides our id: it may have missed that (SMPP 3.4 §5.3.2.17).
fn reference_given(sms: &routing::Sms) -> Option<u16> {
    let tlvs = smpp::Tlvs::decode(&sms.tlvs).unwrap_or(smpp::Tlvs::EMPTY);
    tlvs.get_u16(tag::USER_MESSAGE_REFERENCE)
}

fn secs(unix_ns: u64) -> i64 {
    (unix_ns / 1_000_000_000) as i64
}
