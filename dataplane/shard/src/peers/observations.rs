//! What carriers and connections were seen to do since the node started.

use std::collections::BTreeMap;

use routing::board::{LinkRole, OBSERVATIONS_MAX, Observation, Sight};

use crate::limits::OBSERVED_MAX;
use crate::peers::links::{Link, Owner};

/// One sight for each peer.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    /// By whether it is a connection, its environment and its id.
    sights: BTreeMap<(bool, u32, u32), Sight>,
}

impl Observations {
    /// Takes in what a link has shown.
    pub(crate) fn absorb(&mut self, link: &mut Link) {
        let (is_connection, subject) = match link.owner {
            Owner::Nobody => return,
            Owner::Carrier(id) => (false, id),
            Owner::Connection(id) => (true, id),
        };
        let Some(sight) = link.seen.take() else { return };
        let key = (is_connection, link.environment, subject);
        if self.sights.len() < OBSERVED_MAX || self.sights.contains_key(&key) {
            self.sights.entry(key).or_default().absorb(&sight);
        }
    }

    /// The peers that were heard last.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Observation> + '_ {
        let mut latest: Vec<_> = self.sights.iter().collect();
        latest.sort_by_key(|(_, sight)| std::cmp::Reverse(sight.heard_ns.0));
        latest.truncate(OBSERVATIONS_MAX);
        latest.into_iter().map(|((is_connection, environment, subject), sight)| Observation {
            role: if *is_connection { LinkRole::Connection } else { LinkRole::Carrier },
            environment: *environment,
            subject: *subject,
            sight: *sight,
        })
    }
}
