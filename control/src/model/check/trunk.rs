//! What must hold of a connection that speaks SIP.

use routing::Cidr;

use super::Troubles;
use crate::model::{Connection, Key};

/// Its other end.
pub(super) fn trunk(troubles: &mut Troubles, key: &Key, connection: &Connection) {
    let trunk = &connection.trunk;
    troubles.demand(trunk.sip.len() <= PLACES_MAX, || {
        format!("{key}: a trunk has {PLACES_MAX} places at most")
    });
    for uri in &trunk.sip {
        let same = |ip: std::net::IpAddr| {
            uri.address().is_none_or(|address| address.is_ipv4() == ip.is_ipv4())
        };
        troubles.demand(connection.local.is_none_or(same), || {
            format!("{key}: local and {uri} are not of one IP version")
        });
    }
    let hosts = trunk.sip_host.iter().chain(&trunk.sip_domain);
    for host in hosts {
        let fits = (1..=253).contains(&host.len())
            && host.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-.:[]".contains(&octet));
        troubles.demand(fits, || format!("{key}: '{host}' is no host of a SIP URI"));
    }
    for block in &trunk.sip_from {
        troubles.demand(Cidr::parse(block).is_some(), || {
            format!("{key}: '{block}' is no address block; write 198.51.100.0/24")
        });
    }
    let user = trunk.sip_user.as_deref().unwrap_or_default();
    let fits = user.len() <= USER_MAX && user.bytes().all(|octet| octet.is_ascii_graphic());
    troubles.demand(fits, || format!("{key}: sip_user has at most {USER_MAX} visible characters"));
    let has_password = !connection.password.octets().is_empty();
    troubles.demand(user.is_empty() || has_password, || {
        format!("{key}: who answers challenges as '{user}' needs a password; see --password-file")
    });
    if let Some(span) = trunk.sip_register {
        troubles.demand(!user.is_empty(), || {
            format!("{key}: who registers there needs a name; see --sip-user")
        });
        troubles.demand((REGISTER_MS_MIN..=REGISTER_MS_MAX).contains(&span.ms), || {
            format!("{key}: a registration holds between 10s and 24h")
        });
    }
    troubles.demand(connection.window > 0, || format!("{key}: a window holds at least one"));
}

/// Do the apps of its environment register there?
pub(super) fn registers(connection: &Connection) -> bool {
    connection.enabled && connection.trunk.is_used() && connection.trunk.sip_registrar
}

/// REGISTERs of one environment go to one place.
pub(super) fn registrar_taken(key: &Key, other: &str) -> String {
    format!("{key}: the apps of {} already register at connection {other}", key.env)
}

/// More ways to one trunk than this are several trunks.
const PLACES_MAX: usize = 8;

/// A registrar that forgets sooner is asked for nothing else.
const REGISTER_MS_MIN: u32 = 10_000;

/// A day.
const REGISTER_MS_MAX: u32 = 86_400_000;

/// More than any provider gives.
const USER_MAX: usize = 64;
