//! The end of a MESSAGE to an app: what it says, as the contact understands it.

use routing::MessageId;
use sip::registrar::{Abilities, Contact};
use sip::{BuildError, Builder, Date, Request};

use crate::egress::fork::Way;
use crate::egress::sip::{Letter, expires_secs};
use crate::proof::enveloped;
use crate::shard::Shard;

impl Shard {
    /// Ends the MESSAGE of a branch to one contact.
    pub(super) fn finish_message(
        &self,
        builder: &mut Builder<'_>,
        request: &Request<'_>,
        contact: &Contact,
        (letter, id, way): (&Letter<'_>, MessageId, Way),
    ) -> Result<(), BuildError> {
        let date = Date { unix_secs: letter.accepted_ns / 1_000_000_000 };
        builder.date(date).expires(expires_secs(letter.accepted_ns, letter.expires_ns));
        if contact.can.has(Abilities::SMSIP) {
            let too_long = BuildError { field: "short message" };
            let octets = self.relayed(id, way, letter).ok_or(too_long)?;
            return to_handset(builder, request.from.host).finish_with(RELAY, &octets);
        }
        let body = &letter.body;
        letter.aside.put(builder);
        // Of what a device is owed nobody waits for a proof: its Sms is final.
        if let Some(flight) = self.flights.get(id).filter(|_| !way.is_owed)
            && self.asks_for_proof(&flight.sms, contact, body)
        {
            let (from, to) = (request.from.uri(), request.to.uri());
            return builder.finish_with("message/cpim", &enveloped(flight, &from, &to, body));
        }
        builder.finish_with(letter.content_type, body.octets())
    }
}

/// The headers of what a handset gets (TS 24.341 §5.3.3.4.1).
pub(super) fn to_handset<'b, 'o>(
    builder: &'b mut Builder<'o>,
    domain: &str,
) -> &'b mut Builder<'o> {
    builder
        .header("Accept-Contact", "*;+g.3gpp.smsip;require;explicit")
        .header("Request-Disposition", "no-fork")
        .header("P-Asserted-Identity", &format!("<sip:{domain}>"))
}

/// A message of the relay layer (TS 24.341).
pub(super) const RELAY: &str = "application/vnd.3gpp.sms";
