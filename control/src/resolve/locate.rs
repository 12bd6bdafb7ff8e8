//! Locating SIP servers (RFC 3263 §4): NAPTR says by what, SRV says where, A and AAAA say at
//! which address.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use routing::Transport;

use crate::model::SipUri;
use crate::names::Lead;

/// A NAPTR record (RFC 3403 §4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Naptr {
    /// Lower comes first.
    pub order: u16,
    /// Lower comes first among those of one order.
    pub preference: u16,
    /// `s` leads to an SRV record.
    pub flags: String,
    /// `SIP+D2U`, `SIP+D2T`, `SIPS+D2T`.
    pub service: String,
    /// Where to.
    pub replacement: String,
}

/// An SRV record (RFC 2782).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Srv {
    /// Lower comes first.
    pub priority: u16,
    /// Its share among those of one priority.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// Whose address counts.
    pub target: String,
}

/// An answer, and how long it is good.
pub type Answer<T> = Result<(Vec<T>, Duration), String>;

/// Who is asked; no records are an empty answer, and only a failure is an error.
#[expect(async_fn_in_trait, reason = "nobody outside this crate implements it")]
pub trait Ask {
    /// The NAPTR records of a name.
    async fn naptr(&self, name: &str) -> Answer<Naptr>;
    /// The SRV records of a name.
    async fn srv(&self, name: &str) -> Answer<Srv>;
    /// The addresses of a name.
    async fn addresses(&self, name: &str) -> Answer<IpAddr>;
}

/// Where a name leads, best first, and when to ask again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// The addresses.
    pub leads: Vec<Lead>,
    /// How long that is good.
    pub good_for: Option<Duration>,
}

impl Found {
    fn heard(&mut self, good_for: Duration) {
        self.good_for = Some(self.good_for.map_or(good_for, |known| known.min(good_for)));
    }

    fn push(&mut self, rank: u16, transport: Transport, address: SocketAddr, weight: u16) {
        if self.leads.len() >= LEADS_MAX || !is_somewhere(address.ip()) {
            return;
        }
        let transport = transport.word().to_owned();
        self.leads.push(Lead { priority: rank, transport, address, weight });
    }
}

/// Where a place leads to.
pub async fn locate(ask: &impl Ask, uri: &SipUri) -> Result<Found, String> {
    let mut found = Found::default();
    if let Some(port) = uri.port {
        // A port leaves nothing to SRV (§4.2).
        hosts(ask, &mut found, &uri.host, port, (0, uri.transport(), 0)).await?;
        return Ok(found);
    }
    let services = services(ask, &mut found, uri).await?;
    let mut rank = 0;
    for (transport, name) in services {
        let (mut records, good_for) = ask.srv(&name).await?;
        found.heard(good_for);
        records.sort_by_key(|record| record.priority);
        records.truncate(RECORDS_MAX);
        let mut last = None;
        for record in records.into_iter().filter(|record| record.target != ".") {
            rank += u16::from(last.is_some_and(|last| last != record.priority));
            last = Some(record.priority);
            let as_srv = (rank, transport, record.weight);
            hosts(ask, &mut found, &record.target, record.port, as_srv).await?;
        }
        rank += 1;
    }
    if found.leads.is_empty() {
        let transport = uri.transport();
        hosts(ask, &mut found, &uri.host, uri.default_port(), (0, transport, 0)).await?;
    }
    Ok(found)
}

/// The SRV names to ask for, best first (§4.1).
async fn services(
    ask: &impl Ask,
    found: &mut Found,
    uri: &SipUri,
) -> Result<Vec<(Transport, String)>, String> {
    let host = &uri.host;
    if uri.transport.is_some() {
        let transport = uri.transport();
        return Ok(vec![(transport, format!("{}{host}", prefix(transport)))]);
    }
    let (mut records, good_for) = ask.naptr(host).await?;
    found.heard(good_for);
    records.sort_by_key(|record| (record.order, record.preference));
    records.truncate(RECORDS_MAX);
    let of_sip = records.into_iter().filter_map(|record| {
        let transport = match record.service.to_ascii_uppercase().as_str() {
            "SIPS+D2T" => Transport::Tls,
            "SIP+D2T" => Transport::Tcp,
            "SIP+D2U" => Transport::Udp,
            _ => return None,
        };
        let leads = record.flags.eq_ignore_ascii_case("s");
        let allowed = !uri.secure || transport.is_secure();
        (leads && allowed).then_some((transport, record.replacement))
    });
    let known: Vec<_> = of_sip.collect();
    if !known.is_empty() {
        return Ok(known);
    }
    let tried: &[Transport] =
        if uri.secure { &[Transport::Tls] } else { &[Transport::Udp, Transport::Tcp] };
    Ok(tried.iter().map(|one| (*one, format!("{}{host}", prefix(*one)))).collect())
}

async fn hosts(
    ask: &impl Ask,
    found: &mut Found,
    host: &str,
    port: u16,
    (rank, transport, weight): (u16, Transport, u16),
) -> Result<(), String> {
    let (addresses, good_for) = ask.addresses(host).await?;
    found.heard(good_for);
    for ip in addresses {
        found.push(rank, transport, SocketAddr::new(ip, port), weight);
    }
    Ok(())
}

/// Can anybody be reached there? What can be nobody's address is a mistake, or worse.
fn is_somewhere(ip: IpAddr) -> bool {
    let nobodys = ip.is_unspecified() || ip.is_multicast();
    !nobodys && ip != IpAddr::V4(Ipv4Addr::BROADCAST)
}

fn prefix(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "_sip._udp.",
        Transport::Tcp | Transport::Ws => "_sip._tcp.",
        Transport::Tls | Transport::Wss => "_sips._tcp.",
    }
}

/// Records of one answer that are followed, the best ones: each may be another question.
const RECORDS_MAX: usize = 16;

/// Addresses of one place, the best ones; a trunk has no use for more.
const LEADS_MAX: usize = 64;

#[cfg(test)]
mod tests;
