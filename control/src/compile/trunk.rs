//! What is spoken over a connection, as shards read it.

use routing::{Cidr, Hop, Protocol};

use crate::model::{SipUri, Trunk};

/// SMPP, or SIP to what the trunk's places are as far as they are addresses: names are resolved
/// when the plan is published.
pub(super) fn protocol(body: &Trunk) -> Protocol {
    if !body.is_used() {
        return Protocol::Smpp;
    }
    Protocol::Sip(Box::new(routing::Trunk {
        places: body.sip.iter().map(ToString::to_string).collect(),
        hops: (0..).zip(&body.sip).filter_map(|(rank, uri)| hop(rank, uri)).collect(),
        host: body.host(),
        domain: body.sip_domain.clone().unwrap_or_default(),
        username: body.sip_user.clone().unwrap_or_default(),
        plus: body.sip_plus,
        probe_ms: body.sip_probe.0.map_or(0, |span| span.ms),
        register_secs: body.sip_register.map_or(0, |span| span.ms / 1000),
        sources: body.sip_from.iter().filter_map(|block| Cidr::parse(block)).collect(),
        registrar: body.sip_registrar,
    }))
}

/// The hop of a place that is an address.
fn hop(priority: u16, uri: &SipUri) -> Option<Hop> {
    let address = uri.address()?;
    Some(Hop { address, transport: uri.transport(), name: String::new(), priority, weight: 0 })
}
