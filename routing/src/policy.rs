//! The rule that sends a pattern over connections.

use rkyv::{Archive, Deserialize, Serialize};

use crate::table::PrefixTable;
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
/// The order is: lower priority, then more literal digits, then lower id. A pattern of the
/// form `digits%` goes into a prefix table whose every entry holds the best rank of itself
/// and of all shorter prefixes, so one longest-prefix lookup finds the best of them; the few
/// others are asked one by one.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PolicyTable {
    /// By rank.
    pub ranked: Vec<Policy>,
    prefixes: PrefixTable,
    /// Ranks of the patterns that are no prefixes, ascending.
    others: Vec<u32>,
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
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for (rank, (pattern, _)) in (0u32..).zip(&ranked) {
            match pattern.as_prefix() {
                Some(prefix) => own.push((prefix, rank)),
                None => others.push(rank),
            }
        }
        let ranked = ranked.into_iter().map(|(_, policy)| policy).collect();
        Self { ranked, prefixes: PrefixTable::build(best_of_ancestors(own)), others }
    }
}

/// Gives each prefix the lowest rank among itself and its own prefixes.
fn best_of_ancestors(own: Vec<(Option<Number>, u32)>) -> Vec<(Option<Number>, u32)> {
    let mut best = std::collections::HashMap::<Option<Number>, u32>::new();
    for (prefix, rank) in &own {
        let entry = best.entry(*prefix).or_insert(*rank);
        *entry = (*entry).min(*rank);
    }
    let ancestors = |prefix: Option<Number>| {
        let len = prefix.map_or(0, Number::len);
        (0..=len).map(move |len| prefix.and_then(|prefix| prefix.prefix(len)))
    };
    own.into_iter()
        .map(|(prefix, rank)| {
            let best = ancestors(prefix).filter_map(|shorter| best.get(&shorter).copied()).min();
            (prefix, best.unwrap_or(rank))
        })
        .collect()
}

impl ArchivedPolicyTable {
    /// The first policy, in their order, whose pattern matches the number.
    pub fn choose(&self, number: Number) -> Option<&ArchivedPolicy> {
        let prefix = self.prefixes.longest(number).unwrap_or(u32::MAX);
        let digits = number.digits();
        let other =
            self.others.iter().map(|rank| rank.to_native()).take_while(|rank| *rank < prefix).find(
                |rank| {
                    let policy = self.ranked.get(*rank as usize);
                    policy.is_some_and(|p| crate::pattern::like(p.pattern.as_bytes(), &digits))
                },
            );
        self.ranked.get(other.unwrap_or(prefix) as usize)
    }
}

#[cfg(test)]
mod tests;
