//! The rule that sends a pattern over connections.

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::PatternMap;
use crate::{Number, Pattern};

/// A pattern and the connections that serve it.
#[derive(Archive, Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Policy {
    /// Given by control once, never used again for another policy.
    pub id: u32,
    /// The pattern as it was written, such as `222%`.
    pub pattern: String,
    /// Lower comes first.
    pub priority: u32,
    /// Connections, in the order in which they are tried.
    pub connections: Vec<u32>,
}

/// All policies of an environment, in the order in which they are asked.
///
/// The order is: lower priority, then more literal digits, then lower id.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PolicyTable {
    /// By rank.
    pub ranked: Vec<Policy>,
    /// From a number to the ranks of the policies that match it.
    patterns: PatternMap,
}

impl PolicyTable {
    /// Ranks the policies and freezes their patterns. A policy whose pattern does not parse is
    /// left out; control refuses such a one long before.
    pub fn build(policies: Vec<Policy>) -> Self {
        let mut ranked: Vec<(Pattern, Policy)> = policies
            .into_iter()
            .filter_map(|policy| Some((Pattern::parse(&policy.pattern).ok()?, policy)))
            .collect();
        ranked.sort_by_key(|(pattern, policy)| {
            (policy.priority, std::cmp::Reverse(pattern.literal_len()), policy.id)
        });
        let (patterns, ranked): (Vec<Pattern>, Vec<Policy>) = ranked.into_iter().unzip();
        Self { ranked, patterns: PatternMap::build(patterns.into_iter().zip(0..)) }
    }
}

impl ArchivedPolicyTable {
    /// The first policy, in their order, whose pattern matches the number.
    pub fn choose(&self, number: Number) -> Option<&ArchivedPolicy> {
        self.ranked.get(self.patterns.least(number, 0)? as usize)
    }

    /// Can every lookup be answered? Asked once, when a snapshot is opened.
    pub(crate) fn is_sound(&self) -> bool {
        self.patterns.is_sound()
    }
}

#[cfg(test)]
mod tests;
