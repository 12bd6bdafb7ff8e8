//! Where the names of trunks lead: the last answers of DNS, kept so that a restart, or a DNS that
//! does not answer, leaves every trunk where it was.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use routing::{Hop, Plan, Protocol, Transport};
use serde::{Deserialize, Serialize};

use crate::model::SipUri;

/// What each place of a trunk that is a name leads to, best first.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: BTreeMap<String, Vec<Lead>>,
    path: PathBuf,
}

/// One address that a name leads to (RFC 3263 §4).
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Lead {
    /// Lower is asked first.
    pub priority: u16,
    /// What it is reached by: `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Where it is.
    pub address: SocketAddr,
    /// Its share among leads of the same priority.
    pub weight: u16,
}

impl Names {
    /// Reads the last answers from a folder; there are none at first.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join(FILE);
        let known = match fs::read(&path) {
            Ok(octets) => serde_json::from_slice(&octets).map_err(io::Error::other)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { known, path })
    }

    /// Keeps an answer; says whether it is another one than before.
    pub fn keep(&mut self, place: &str, mut leads: Vec<Lead>) -> io::Result<bool> {
        leads.sort_unstable();
        if self.known.get(place) == Some(&leads) {
            return Ok(false);
        }
        self.known.insert(place.to_owned(), leads);
        if !self.path.as_os_str().is_empty() {
            let aside = self.path.with_extension("new");
            fs::write(&aside, serde_json::to_vec_pretty(&self.known)?)?;
            fs::rename(&aside, &self.path)?;
        }
        Ok(true)
    }

    /// Puts what is known into a plan: the hops of every trunk, place by place.
    pub fn fill(&self, plan: &mut Plan) {
        let connections =
            plan.environments.iter_mut().flat_map(|environment| &mut environment.connections);
        for connection in connections {
            if let Protocol::Sip(trunk) = &mut connection.protocol {
                trunk.hops = self.hops(&trunk.places);
            }
        }
    }

    /// The hops of some places: each place comes after all hops of the one before it.
    fn hops(&self, places: &[String]) -> Vec<Hop> {
        let mut hops: Vec<Hop> = Vec::new();
        for place in places {
            let Ok(uri) = place.parse::<SipUri>() else { continue };
            let base = hops.iter().map(|hop| hop.priority + 1).max().unwrap_or(0);
            if let Some(address) = uri.address() {
                let (transport, name) = (uri.transport(), String::new());
                hops.push(Hop { address, transport, name, priority: base, weight: 0 });
                continue;
            }
            let leads = self.known.get(place).map(Vec::as_slice).unwrap_or_default();
            // Priorities are counted anew, so that they never overflow.
            let mut ranks: Vec<u16> = leads.iter().map(|lead| lead.priority).collect();
            ranks.dedup();
            for lead in leads.iter().take(LEADS_MAX) {
                let rank = ranks.iter().position(|rank| *rank == lead.priority).unwrap_or(0);
                hops.push(Hop {
                    address: lead.address,
                    transport: transport(&lead.transport),
                    name: uri.host.clone(),
                    priority: base + rank as u16,
                    weight: lead.weight,
                });
            }
        }
        hops
    }
}

fn transport(word: &str) -> Transport {
    let known = Transport::ALL.into_iter().find(|one| one.word() == word);
    known.unwrap_or(Transport::Udp)
}

const FILE: &str = "names.json";

/// Addresses of one name that a plan carries: more are one service's business.
const LEADS_MAX: usize = 16;

#[cfg(test)]
mod tests;
