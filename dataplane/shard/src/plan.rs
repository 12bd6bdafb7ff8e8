//! The snapshot a shard obeys, with the secrets that the body unsealed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use routing::snapshot::Snapshot;
use routing::{ArchivedCarrier, ArchivedConnection, ArchivedEnvironment, ArchivedPlan};

/// A snapshot and what the body unsealed for it.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The plan.
    pub snapshot: Snapshot,
    /// The passwords.
    pub secrets: Arc<Secrets>,
}

/// The passwords of a plan in the clear; never printed, never journaled.
///
/// A secret that could not be unsealed is missing, and whoever needs it cannot bind.
#[derive(Default)]
pub struct Secrets {
    /// By carrier.
    pub carriers: BTreeMap<u32, Vec<u8>>,
    /// By connection.
    pub connections: BTreeMap<u32, Vec<u8>>,
    /// Of outbinds, by the carrier that hears it.
    pub carrier_outbinds: BTreeMap<u32, Vec<u8>>,
    /// Of outbinds, by the connection whose peer says it.
    pub connection_outbinds: BTreeMap<u32, Vec<u8>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Secrets({} carriers, {} connections)",
            self.carriers.len(),
            self.connections.len()
        )
    }
}

impl Adopted {
    /// The plan.
    pub fn plan(&self) -> &ArchivedPlan {
        self.snapshot.plan()
    }

    /// The environment with this id.
    pub fn environment(&self, id: u32) -> Option<&ArchivedEnvironment> {
        self.plan().environment_by_id(id)
    }

    /// A carrier and its environment.
    pub fn carrier(&self, environment: u32, id: u32) -> Option<&ArchivedCarrier> {
        self.environment(environment)?.carrier(id)
    }

    /// A connection of an environment.
    pub fn connection(&self, environment: u32, id: u32) -> Option<&ArchivedConnection> {
        self.environment(environment)?.connection(id)
    }
}
