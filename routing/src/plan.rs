//! All that control decided.

use rkyv::with::Skip;
use rkyv::{Archive, Deserialize, Serialize};

use crate::snapshot::RowsName;
use crate::{ArchivedEnvironment, Environment};

/// Everything that should be true, for every environment of the site.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Plan {
    /// Its number; a later plan has a higher one.
    pub generation: u64,
    /// When it was frozen, Unix nanoseconds.
    pub made_ns: u64,
    /// Ascending by name.
    pub environments: Vec<Environment>,
    /// The files of rows that its policies name by their place here. They stand before the
    /// archive, not in it.
    #[rkyv(with = Skip)]
    pub tables: Vec<RowsName>,
}

impl ArchivedPlan {
    /// The environment with this name.
    pub fn environment(&self, name: &str) -> Option<&ArchivedEnvironment> {
        self.environments.iter().find(|environment| environment.name == name)
    }

    /// The environment with this id.
    pub fn environment_by_id(&self, id: u32) -> Option<&ArchivedEnvironment> {
        self.environments.iter().find(|environment| environment.id == id)
    }
}
