//! Where the names of trunks lead: the last answers of DNS, kept in the store so that a restart,
//! or a DNS that does not answer, leaves every trunk where it was, and so that all controls that
//! share the store publish the same.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use routing::{Hop, Plan, Protocol, Transport};
use serde::{Deserialize, Serialize};

use crate::model::SipUri;

/// What each place of a trunk that is a name leads to, best first.
#[derive(Clone, Debug, Default)]
pub struct Names {
    known: BTreeMap<String, Vec<Lead>>,
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
    /// What a store knows.
    pub fn of(known: BTreeMap<String, Vec<Lead>>) -> Self {
        Self { known }
    }

    /// Which of some answers are other ones than before.
    pub fn fresh(
        &self,
        answers: impl IntoIterator<Item = (String, Vec<Lead>)>,
    ) -> BTreeMap<String, Vec<Lead>> {
        let sorted = answers.into_iter().map(|(place, mut leads)| {
            leads.sort_unstable();
            (place, leads)
        });
        sorted.filter(|(place, leads)| self.known.get(place) != Some(leads)).collect()
    }

    /// Knows other answers from now on.
    pub fn learn(&mut self, fresh: &BTreeMap<String, Vec<Lead>>) {
        self.known.extend(fresh.iter().map(|(place, leads)| (place.clone(), leads.clone())));
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

/// Addresses of one name that a plan carries: more are one service's business.
const LEADS_MAX: usize = 16;

#[cfg(test)]
mod tests;
