//! Receipts find their way home: to any live bind of the carrier, kept until one is answered.
//!
//! The owner of an Sms keeps its final receipt. It offers it to a receiving bind of its own
//! shard or of another; it forgets it when the carrier has answered, and offers it again when
//! the bind was lost or said no. However many wait, one turn sends no more than the windows of
//! the carrier's binds hold.

mod encode;
mod onway;
mod queue;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use routing::board::{Span, Tally};
use routing::journal::{Ack, ReceiptEnd, Record};
use routing::{Ingress, MessageId};
use smpp::Command;
use smpp::tlv::tag;

use crate::content;
use crate::deadlines::Timer;
use crate::ingress::smpp::shard_of;
use crate::input::{LinkId, ShardId};
use crate::limits::{ANSWER_LEAD, RECEIPT_TTL, RECEIPTS_MAX, RECEIPTS_PER_TURN};
use crate::mail::{Mail, Receipt};
use crate::peers::binds::CarrierKey;
use crate::peers::links::{Asked, Owner};
use crate::shard::Shard;
use crate::taps::Exchange;

pub(crate) use self::encode::smpp_address;
use self::encode::{Desk, encode_receipt};
pub use self::queue::ReceiptAnswer;
use self::queue::{Next, Queue};

/// Receipts that wait for a bind of their carrier.
#[derive(Debug, Default)]
pub(crate) struct Receipts {
    /// Of Sms that this shard owns.
    own: BTreeMap<CarrierKey, Queue>,
    /// Of other shards, for binds of this one whose window is full; each shard lends a few.
    guests: BTreeMap<CarrierKey, VecDeque<(ShardId, Receipt)>>,
    /// Those of this shard that had to wait, by the time at which they are given up.
    dying: BTreeSet<(u64, MessageId)>,
    desk: Desk,
}

impl Receipts {
    /// Has a carrier left so many receipts untaken that it may send no more?
    pub(crate) fn is_full(&self, key: CarrierKey) -> bool {
        self.own.get(&key).is_some_and(|queue| queue.waiting() >= RECEIPTS_MAX)
    }

    /// Do any wait here for a carrier?
    pub(crate) fn has_waiting(&self, key: CarrierKey) -> bool {
        self.own.get(&key).is_some_and(Queue::has_ready)
    }
}

impl Shard {
    /// An outcome is durable: its receipt may leave, or what the app hears that sent it.
    pub(crate) fn offer_receipt(&mut self, id: MessageId) {
        let Some(key) = self.receipt_key(id) else { return self.offer_notice(id) };
        let is_with_answer = self.leaves_with_its_answer(id);
        let queue = self.receipts.own.entry(key).or_default();
        match is_with_answer {
            true => queue.push_for(self.at.now + ANSWER_LEAD, id),
            false => queue.push(id),
        }
        self.offer_receipts(key.0, key.1);
        if self.receipts.own.get(&key).is_some_and(Queue::has_ready) {
            self.let_die(id);
        }
    }

    /// May it be durable since the same commit as the Sms, whose answer leaves by another link? Of
    /// an Sms that was never tried nothing came between.
    fn leaves_with_its_answer(&self, id: MessageId) -> bool {
        let outcome = self.flights.get(id).and_then(|flight| flight.stage.outcome());
        outcome.is_some_and(|outcome| outcome.attempts == 0)
    }

    fn receipt_key(&self, id: MessageId) -> Option<CarrierKey> {
        let sms = &self.flights.get(id)?.sms;
        Some((sms.environment, sms.carrier()?))
    }

    /// Offers what waits for a carrier, as far as its binds have room.
    pub(crate) fn offer_receipts(&mut self, environment: u32, carrier: u32) {
        let key = (environment, carrier);
        self.review_outbind(key);
        self.offer_guests(key);
        let now = self.at.now;
        for _ in 0..RECEIPTS_PER_TURN {
            if !self.may_take_receipt(key) {
                break;
            }
            let Some(queue) = self.receipts.own.get_mut(&key) else { return };
            let Some(id) = queue.pop(now) else { break };
            let Some(receipt) = self.receipt(id) else { continue };
            if !self.send_own(receipt) {
                if let Some(queue) = self.receipts.own.get_mut(&key) {
                    queue.push(id);
                }
                break;
            }
        }
        self.rest_receipts(key);
    }

    fn offer_guests(&mut self, key: CarrierKey) {
        while let Some(guests) = self.receipts.guests.get_mut(&key) {
            let Some((owner, receipt)) = guests.pop_front() else {
                self.receipts.guests.remove(&key);
                return;
            };
            if !self.send_receipt(owner, &receipt) {
                let guests = self.receipts.guests.entry(key).or_default();
                return guests.push_front((owner, receipt));
            }
        }
    }

    /// Comes back when a rest is over; forgets a carrier that has taken everything.
    fn rest_receipts(&mut self, (environment, carrier): CarrierKey) {
        let Some(queue) = self.receipts.own.get_mut(&(environment, carrier)) else { return };
        // What could have gone by now goes when there is room.
        if let Some(next) = queue.poll_timeout().filter(|next| *next > self.at.now)
            && queue.armed.is_none_or(|armed| armed > next)
        {
            queue.armed = Some(next);
            self.deadlines.arm(next, Timer::Receipts(environment, carrier));
        }
        if queue.is_empty() {
            self.receipts.own.remove(&(environment, carrier));
        }
    }

    pub(crate) fn handle_receipts_timer(&mut self, environment: u32, carrier: u32) {
        if let Some(queue) = self.receipts.own.get_mut(&(environment, carrier)) {
            queue.armed = None;
        }
        self.offer_receipts(environment, carrier);
    }

    /// Is there a bind with room, here or, as far as we know, elsewhere?
    fn may_take_receipt(&self, key: CarrierKey) -> bool {
        if self.handover.is_on() {
            return false;
        }
        let here = self.binds.receivers(key).any(|id| self.takes_receipts(id));
        here || self.receipts.own.get(&key).is_some_and(|queue| {
            self.binds.receiving_shards(key).any(|shard| queue.may_lend(shard))
        })
    }

    /// To the shard by which the Sms came, if its carrier receives there: the answer went the
    /// same way and is always first. Else to a bind here, else to a shard that has one, when
    /// the answer must be out. `false` if it cannot go now.
    fn send_own(&mut self, receipt: Receipt) -> bool {
        let key = (receipt.environment, receipt.carrier);
        if let Some(ingress) = self.foreign_ingress(receipt.id) {
            if self.binds.receives_at(key, ingress) {
                return self.lend(ingress, receipt);
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
        match self.binds.receiving_shard(key, receipt.id.bits() as u32) {
            Some(shard) => self.lend(shard, receipt),
            None => false,
        }
    }

    /// By mail to a shard where the carrier receives, if that has not too many already.
    fn lend(&mut self, shard: ShardId, receipt: Receipt) -> bool {
        let queue = self.receipts.own.entry((receipt.environment, receipt.carrier)).or_default();
        if !queue.may_lend(shard) {
            return false;
        }
        queue.lend(shard);
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
        if !receipt.state.is_final() {
            self.send_receipt(owner, &receipt);
            return;
        }
        if self.binds.receivers(key).next().is_none() {
            return self.receipted(owner, receipt.id, ReceiptAnswer::Lost);
        }
        self.receipts.guests.entry(key).or_default().push_back((owner, receipt));
        self.offer_guests(key);
    }

    /// Writes a deliver_sm to the first bind here that has room.
    fn send_receipt(&mut self, owner: ShardId, receipt: &Receipt) -> bool {
        if !self.multis.is_told(receipt.told) {
            return false;
        }
        let key = (receipt.environment, receipt.carrier);
        let dialect = self.agreed.get(key).map(|agreed| &agreed.contract.dialect);
        let (ids, form) = dialect.map_or_else(Default::default, |d| (d.ids, d.receipts));
        let takes = |id: &LinkId| self.takes_receipts(*id);
        let Some(id) = self.binds.receivers(key).find(takes) else { return false };
        let Some(link) = self.links.get_mut(id) else { return false };
        let asked = match receipt.state.is_final() {
            true => Asked::Receipt(owner, receipt.id),
            false => Asked::Notification,
        };
        let Ok(sequence) = link.session.ask(self.at.now, Command::DeliverSm, asked) else {
            return false;
        };
        let version = link.session.version();
        let desk = &mut self.receipts.desk;
        encode_receipt(receipt, sequence, (version, ids, form), desk, link.say());
        if self.out.taps.is_on() {
            let parties = [receipt.source, receipt.destination];
            let exchange = Exchange::Smpp(id, sequence, true);
            self.tell_taps_of(exchange, key.0, (Some(key.1), None), parties, Some(receipt.id));
        }
        self.touch(id);
        self.arm_link(id);
        true
    }

    fn takes_receipts(&self, id: LinkId) -> bool {
        !self.handover.is_on()
            && self.links.get(id).is_some_and(|link| {
                let session = &link.session;
                let allowed = session.may_send(Command::DeliverSm).status().is_none();
                allowed && !link.closing && session.window().has_room()
            })
    }

    /// Tells the owner what became of its receipt.
    pub(crate) fn receipted(&mut self, owner: ShardId, id: MessageId, answer: ReceiptAnswer) {
        if owner == self.config.shard {
            self.handle_receipted(owner, id, answer);
        } else {
            self.out.post(owner, Mail::Receipted { id, answer });
        }
    }

    pub(crate) fn handle_receipted(&mut self, from: ShardId, id: MessageId, answer: ReceiptAnswer) {
        let Some(key) = self.receipt_key(id) else { return };
        let now = self.at.now;
        let queue = self.receipts.own.entry(key).or_default();
        if from != self.config.shard {
            queue.returned(from);
        }
        match queue.answered(now, id, answer) {
            Next::Closed => {
                self.add(Tally::ReceiptsTaken, 1);
                let settled = self.flights.get(id).and_then(|flight| flight.stage.outcome());
                if let Some(at_ns) = settled.map(|outcome| outcome.at_ns) {
                    let ns = self.at.unix_ns.saturating_sub(at_ns);
                    self.took(Span::Receipt, ns);
                    self.observations.took((false, key.0, key.1), Span::Receipt, ns);
                }
                self.close_receipt(id, ReceiptEnd::Taken);
            }
            Next::Again => self.let_die(id),
            Next::Dropped(status) => {
                let name = self.carrier_name(key.0, key.1);
                self.out.warn("receipt dropped: its carrier refuses it", name).detail =
                    format!("{id} {status}");
                self.close_receipt(id, ReceiptEnd::Refused);
            }
        }
        if from == self.config.shard {
            self.rest_receipts(key);
        } else {
            self.offer_receipts(key.0, key.1);
        }
    }

    /// A receipt is over: its Sms is closed.
    pub(crate) fn close_receipt(&mut self, id: MessageId, end: ReceiptEnd) {
        self.record(&Record::Ack(Ack { id, at_ns: self.at.unix_ns, end }));
        if let Some(at_ns) = self.given_up_ns(id).filter(|_| !self.receipts.dying.is_empty()) {
            self.receipts.dying.remove(&(at_ns, id));
        }
        self.flights.remove(id);
    }

    /// A receipt that cannot go at once is given up one day.
    fn let_die(&mut self, id: MessageId) {
        let Some(at_ns) = self.given_up_ns(id) else { return };
        self.receipts.dying.insert((at_ns, id));
        if self.receipts.dying.first() == Some(&(at_ns, id)) {
            let left = Duration::from_nanos(at_ns.saturating_sub(self.at.unix_ns));
            self.deadlines.arm(self.at.now + left, Timer::StaleReceipts);
        }
    }

    fn given_up_ns(&self, id: MessageId) -> Option<u64> {
        let outcome = self.flights.get(id)?.stage.outcome()?;
        Some(outcome.at_ns.saturating_add(RECEIPT_TTL.as_nanos() as u64))
    }

    /// Gives up receipts that waited too long; one that is being sent just now is left alone
    /// until its answer.
    pub(crate) fn handle_stale_receipts(&mut self) {
        for _ in 0..RECEIPTS_PER_TURN {
            let Some((at_ns, id)) = self.receipts.dying.first().copied() else { return };
            if at_ns > self.at.unix_ns {
                break;
            }
            self.receipts.dying.pop_first();
            let Some(key) = self.receipt_key(id) else { continue };
            let queue = self.receipts.own.get_mut(&key);
            if !queue.is_some_and(|queue| queue.remove(id)) {
                continue;
            }
            let name = self.carrier_name(key.0, key.1);
            self.out.warn("receipt dropped: its carrier stays away", name).detail = id.to_string();
            self.close_receipt(id, ReceiptEnd::Expired);
        }
        if let Some((at_ns, _)) = self.receipts.dying.first() {
            let left = Duration::from_nanos(at_ns.saturating_sub(self.at.unix_ns));
            self.deadlines.arm(self.at.now + left, Timer::StaleReceipts);
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
            self.receipted(owner, receipt.id, ReceiptAnswer::Lost);
        }
    }

    fn receipt(&self, id: MessageId) -> Option<Receipt> {
        let flight = self.flights.get(id)?;
        let outcome = flight.stage.outcome()?;
        let sms = &flight.sms;
        Some(Receipt {
            id,
            told: sms.told(),
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

/// What the sender called it besides our id: it may have missed that (SMPP 3.4 §5.3.2.17).
fn reference_given(sms: &routing::Sms) -> Option<u16> {
    let tlvs = smpp::Tlvs::decode(&sms.tlvs).unwrap_or(smpp::Tlvs::EMPTY);
    tlvs.get_u16(tag::USER_MESSAGE_REFERENCE)
}
