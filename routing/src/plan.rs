//! All that control decided, and the one decision every Sms needs.

use rkyv::{Archive, Deserialize, Serialize};

use crate::{ArchivedAccount, ArchivedEnvironment, ArchivedPolicy, Environment, Number};

/// Everything that should be true, for every environment of the site.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Plan {
    /// Its number; a later plan has a higher one.
    pub generation: u64,
    /// When it was frozen, Unix nanoseconds.
    pub made_ns: u64,
    /// Ascending by name.
    pub environments: Vec<Environment>,
}

/// Where a number leads in one environment.
#[derive(Clone, Copy)]
pub enum Decision<'a> {
    /// To an account's app, whatever the policies say.
    Account(&'a ArchivedAccount),
    /// To the connections of a policy.
    Policy(&'a ArchivedPolicy),
    /// Nowhere.
    Nothing,
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

impl ArchivedEnvironment {
    /// Local account first, then the policies in their order.
    pub fn decide(&self, number: Number) -> Decision<'_> {
        match (self.account_by_number(number), self.policies.choose(number)) {
            (Some(account), _) => Decision::Account(account),
            (None, Some(policy)) => Decision::Policy(policy),
            (None, None) => Decision::Nothing,
        }
    }
}
