//! All policies of an environment, in the order in which they are asked.

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::PatternMap;
use crate::{ArchivedPolicy, Number, Pattern, Policy};

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
            .filter_map(|policy| Some((Pattern::parse(&policy.pattern).ok()?, policy.lowered())))
            .collect();
        ranked.sort_by_key(|(pattern, policy)| {
            (policy.priority, std::cmp::Reverse(pattern.literal_len()), policy.id)
        });
        let (patterns, ranked): (Vec<Pattern>, Vec<Policy>) = ranked.into_iter().unzip();
        Self { ranked, patterns: PatternMap::build(patterns.into_iter().zip(0..)) }
    }
}

impl ArchivedPolicyTable {
    /// The first policy from a rank on, in their order, whose pattern matches the number, and
    /// its rank.
    pub fn first_from(&self, number: Number, rank: u32) -> Option<(u32, &ArchivedPolicy)> {
        let rank = self.patterns.least(number, rank)?;
        self.ranked.get(rank as usize).map(|policy| (rank, policy))
    }

    /// Can every lookup be answered? Asked once, when a snapshot is opened.
    pub(crate) fn is_sound(&self) -> bool {
        self.patterns.is_sound()
    }
}

impl Policy {
    /// With its conditions as they are compared.
    fn lowered(mut self) -> Self {
        let texts = [&mut self.only.source, &mut self.only.domain];
        texts.into_iter().flatten().for_each(|text| text.make_ascii_lowercase());
        self
    }
}

#[cfg(test)]
mod tests;
