//! Intermediate notifications (SMPP 3.4 §5.2.12, §5.2.17): what a carrier hears of an Sms before
//! it ends, if it asks for that (registered_delivery, bit 4).
//!
//! It hears ENROUTE and a code when the first try to reach an app fails and others will follow,
//! and whatever the next hop says so of an Sms that went there. Nothing depends on a notification:
//! it goes once, to a bind that has room, and neither the journal nor a queue knows of it.

use routing::{MessageId, State};
use smpp::pdu::registered_delivery;

use crate::content;
use crate::flights::Flight;
use crate::mail::Receipt;
use crate::receipts::reference_given;
use crate::shard::Shard;

impl Shard {
    /// An Sms did not arrive yet, for this reason.
    pub(crate) fn tell_on_way(&mut self, id: MessageId, code: u32) {
        let wants = |flight: &&Flight| {
            let bits = flight.sms.registered_delivery & registered_delivery::INTERMEDIATE;
            bits != 0 && flight.stage.outcome().is_none()
        };
        let Some(flight) = self.flights.get(id).filter(wants) else { return };
        let sms = &flight.sms;
        let Some(carrier) = sms.carrier() else { return };
        let notification = Receipt {
            id,
            told: sms.told(),
            environment: sms.environment,
            carrier,
            source: sms.destination,
            destination: sms.source,
            state: State::Enroute,
            code,
            submitted_ns: sms.accepted_ns,
            done_ns: self.at.unix_ns,
            reference: reference_given(sms),
            text: content::preview(sms),
        };
        let key = (notification.environment, carrier);
        // Where it was answered first, as with its receipt.
        let ingress = self.foreign_ingress(id).filter(|shard| self.binds.receives_at(key, *shard));
        if ingress.is_none() && self.send_receipt(self.config.shard, &notification) {
            return;
        }
        let shard = ingress.or_else(|| self.binds.receiving_shard(key, id.bits() as u32));
        if let Some(shard) = shard.filter(|shard| *shard != self.config.shard) {
            let receipt = Box::new(notification);
            self.out.post(shard, crate::mail::Mail::Receipt { receipt });
        }
    }
}
