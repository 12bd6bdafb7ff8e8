//! What must hold of what was agreed with a peer.

use routing::{BindKind, Cidr};

use super::Troubles;
use crate::model::{Carrier, Connection, Contract, Dialect, Key, Tls};

/// What a carrier may do.
pub(super) fn contract(troubles: &mut Troubles, key: &Key, contract: &Contract) {
    let kinds = &contract.bind_kinds;
    let distinct = (1..kinds.len()).all(|at| !kinds[..at].contains(&kinds[at]));
    troubles.demand(distinct, || format!("{key}: it names a kind of bind twice"));
    let ends = &contract.refund;
    let distinct = (1..ends.len()).all(|at| !ends[..at].contains(&ends[at]));
    troubles
        .demand(distinct, || format!("{key}: it names an end twice after which it is paid back"));
    let sources = &contract.sources;
    troubles.demand(sources.len() <= SOURCES_MAX, || {
        format!("{key}: it has {} calling addresses, {SOURCES_MAX} is the most", sources.len())
    });
    for source in sources {
        let fits = (1..=SOURCE_LENGTH_MAX).contains(&source.len())
            && source.bytes().all(|octet| matches!(octet, b' '..=b'~'));
        troubles.demand(fits, || {
            format!(
                "{key}: '{source}' is no calling address; write TATA, 4912345 or a pattern such \
                 as 3912%"
            )
        });
    }
}

/// Where a carrier is dialled and told outbind: it must be able to do as it is told.
pub(super) fn outbind_to(troubles: &mut Troubles, key: &Key, carrier: &Carrier) {
    let contract = &carrier.contract;
    outbind_words(troubles, key, &contract.outbind_system_id);
    let Some(remote) = contract.outbind else { return };
    troubles.demand(remote.port() != 0 && !remote.ip().is_unspecified(), || {
        format!("{key}: nobody can be dialled at {remote}")
    });
    let mut blocks = carrier.allow.iter().filter_map(|cidr| Cidr::parse(cidr));
    let allowed = carrier.allow.is_empty() || blocks.any(|block| block.contains(remote.ip()));
    troubles.demand(allowed, || {
        format!("{key}: an outbind goes to {remote}, from where it may not bind; see --allow")
    });
    troubles.demand(!contract.tls_only, || {
        format!("{key}: it binds over TLS only, but an outbind goes over plain TCP")
    });
    let kinds = &contract.bind_kinds;
    let receives = kinds.is_empty() || kinds.iter().any(|kind| kind.0 != BindKind::Transmitter);
    troubles.demand(receives, || {
        format!("{key}: an outbind asks for a bind that receives; it may not make one")
    });
}

/// How a connection is used.
pub(super) fn manner(troubles: &mut Troubles, key: &Key, connection: &Connection) {
    let manner = &connection.manner;
    troubles.demand((1..=LINKS_MAX).contains(&manner.links), || {
        format!("{key}: it keeps 1 to {LINKS_MAX} links, not {}", manner.links)
    });
    troubles.demand(manner.verdicts.len() <= VERDICTS_MAX, || {
        format!("{key}: it has more than {VERDICTS_MAX} verdicts")
    });
    let languages = &manner.national;
    let distinct = (1..languages.len()).all(|at| !languages[..at].contains(&languages[at]));
    troubles.demand(distinct, || format!("{key}: it names a language twice"));
    outbind_words(troubles, key, &manner.outbind_system_id);
    if let Tls::Named(name) = &manner.tls {
        let fits = (1..=253).contains(&name.len())
            && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-.:".contains(&octet));
        troubles.demand(fits, || format!("{key}: '{name}' is no name that a certificate carries"));
    }
}

/// The system_id of an outbind (SMPP 3.4 §5.2.1).
fn outbind_words(troubles: &mut Troubles, key: &Key, system_id: &Option<String>) {
    let fits = |id: &String| {
        (1..=SYSTEM_ID_MAX).contains(&id.len()) && id.bytes().all(|o| matches!(o, b' '..=b'~'))
    };
    troubles.demand(system_id.as_ref().is_none_or(fits), || {
        format!("{key}: the system_id of an outbind has 1 to {SYSTEM_ID_MAX} plain characters")
    });
}

/// How a peer speaks.
pub(super) fn dialect(troubles: &mut Troubles, key: &Key, dialect: &Dialect) {
    if let (Some(enquire), Some(inactivity)) = (dialect.enquire, dialect.inactivity) {
        troubles.demand(enquire.ms < inactivity.ms, || {
            format!(
                "{key}: it is asked after {enquire} whether it lives, but its session ends after \
                 {inactivity}; make inactivity the longer one"
            )
        });
    }
}

/// More calling addresses than this belong into a pattern.
const SOURCES_MAX: usize = 256;

/// An address has at most 20 characters (SMPP 3.4 §5.2.8); a few wildcards may be empty.
const SOURCE_LENGTH_MAX: usize = 24;

/// SMPP 3.4 §5.2.1: sixteen octets with the NUL.
const SYSTEM_ID_MAX: usize = 15;

/// More links to one SMSC than this gain nothing: a link is never the bottleneck.
const LINKS_MAX: u8 = 32;

/// More than the standard has status codes.
const VERDICTS_MAX: usize = 128;
