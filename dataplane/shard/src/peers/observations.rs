//! What carriers and connections were seen to do since the node started.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use routing::board::{LinkRole, OBSERVATIONS_MAX, Observation, Sight, Span};

use crate::limits::OBSERVED_MAX;
use crate::peers::links::{Link, Owner};

/// A peer: whether it is a connection, its environment and its id.
pub(crate) type PeerKey = (bool, u32, u32);

impl Link {
    /// Whose it is, once somebody has bound.
    pub(crate) fn peer_key(&self) -> Option<PeerKey> {
        match self.owner {
            Owner::Nobody => None,
            Owner::Carrier(id) => Some((false, self.environment, id)),
            Owner::Connection(id) => Some((true, self.environment, id)),
        }
    }
}

/// One sight for each peer.
#[derive(Debug, Default)]
pub(crate) struct Observations {
    sights: BTreeMap<PeerKey, Sight>,
}

impl Observations {
    /// Takes in what a link has shown.
    pub(crate) fn absorb(&mut self, link: &mut Link) {
        let Some(peer) = link.peer_key() else { return };
        let Some(sight) = link.seen.take() else { return };
        if let Some(known) = self.of(peer) {
            known.absorb(&sight);
        }
    }

    /// A message of a peer took so long.
    pub(crate) fn took(&mut self, peer: PeerKey, span: Span, ns: u64) {
        if let Some(known) = self.of(peer) {
            known.took[span as usize].take_in(ns);
        }
    }

    /// The sight of a peer; none if there are too many.
    fn of(&mut self, peer: PeerKey) -> Option<&mut Sight> {
        let has_room = self.sights.len() < OBSERVED_MAX;
        match self.sights.entry(peer) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(place) => has_room.then(|| place.insert(Sight::default())),
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
