//! DNS as the machine's resolv.conf has it.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::lookup::Lookup;
use hickory_resolver::proto::rr::{RData, RecordType};

use super::locate::{Answer, Ask, Naptr, Srv};
use crate::clock;

/// DNS as the machine's resolv.conf has it.
pub struct Dns {
    resolver: TokioResolver,
}

impl Dns {
    /// Reads resolv.conf.
    pub fn system() -> Result<Self, String> {
        let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { resolver })
    }

    async fn ask(&self, name: &str, kind: RecordType) -> Result<Option<Lookup>, String> {
        // A name of ours is whole: no search list makes another one of it.
        let whole = if name.ends_with('.') { name.to_owned() } else { format!("{name}.") };
        match self.resolver.lookup(whole, kind).await {
            Ok(lookup) => Ok(Some(lookup)),
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(None),
            Err(error) => Err(format!("{name} {kind}: {error}")),
        }
    }

    async fn all<T>(
        &self,
        name: &str,
        kind: RecordType,
        read: impl Fn(&RData) -> Option<T>,
    ) -> Answer<T> {
        let Some(lookup) = self.ask(name, kind).await? else {
            return Ok((Vec::new(), NOTHING_FOR));
        };
        let found = lookup.answers().iter().filter_map(|record| read(&record.data)).collect();
        Ok((found, good_for(lookup.valid_until())))
    }
}

impl Ask for Dns {
    async fn naptr(&self, name: &str) -> Answer<Naptr> {
        let words = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        self.all(name, RecordType::NAPTR, |data| match data {
            RData::NAPTR(record) => Some(Naptr {
                order: record.order,
                preference: record.preference,
                flags: words(&record.flags),
                service: words(&record.services),
                replacement: record.replacement.to_utf8(),
            }),
            _ => None,
        })
        .await
    }

    async fn srv(&self, name: &str) -> Answer<Srv> {
        self.all(name, RecordType::SRV, |data| match data {
            RData::SRV(record) => Some(Srv {
                priority: record.priority,
                weight: record.weight,
                port: record.port,
                target: record.target.to_utf8(),
            }),
            _ => None,
        })
        .await
    }

    async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        let v4 = self.all(name, RecordType::A, |data| match data {
            RData::A(ip) => Some(IpAddr::V4(ip.0)),
            _ => None,
        });
        let v6 = self.all(name, RecordType::AAAA, |data| match data {
            RData::AAAA(ip) => Some(IpAddr::V6(ip.0)),
            _ => None,
        });
        let ((mut found, v4_for), (more, v6_for)) = (v4.await?, v6.await?);
        found.extend(more);
        Ok((found, v4_for.min(v6_for)))
    }
}

fn good_for(until: Instant) -> Duration {
    until.saturating_duration_since(clock::instant())
}

/// How long it is believed that there is nothing.
const NOTHING_FOR: Duration = Duration::from_secs(300);
