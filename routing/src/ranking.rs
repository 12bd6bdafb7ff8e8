//! All policies of an environment, in the order in which they are asked.

use std::collections::BTreeMap;

use rkyv::{Archive, Deserialize, Serialize};

use crate::bulk::{Bulk, NONE};
use crate::snapshot::RowFile;
use crate::table::PatternMap;
use crate::{ArchivedPolicy, Number, Pattern, Policy, Row};

/// All policies of an environment, in the order in which they are asked.
///
/// The order is: lower priority, then more literal digits, then lower id. A policy whose rows
/// stand in a table has no digits of its own and goes behind the patterns of its priority.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PolicyTable {
    /// By rank.
    pub ranked: Vec<Policy>,
    /// From a number to the ranks of the policies that match it.
    patterns: PatternMap,
    /// Tables that came as files.
    tables: Vec<Bulk>,
}

impl PolicyTable {
    /// Ranks the policies and freezes their patterns. A policy whose pattern does not parse is
    /// left out; control refuses such a one long before.
    pub fn build(policies: Vec<Policy>) -> Self {
        let mut ranked: Vec<(Option<Pattern>, Policy)> = policies
            .into_iter()
            .map(|policy| (Pattern::parse(&policy.pattern).ok(), policy.lowered()))
            .filter(|(pattern, policy)| pattern.is_some() || Row::stands_in_table(&policy.pattern))
            .collect();
        ranked.sort_by_key(|(pattern, policy)| {
            let literal_len = pattern.as_ref().map_or(0, Pattern::literal_len);
            (policy.priority, std::cmp::Reverse(literal_len), policy.id)
        });
        let (patterns, ranked): (Vec<Option<Pattern>>, Vec<Policy>) = ranked.into_iter().unzip();
        let patterns = patterns.into_iter().zip(0..);
        let patterns = patterns.filter_map(|(pattern, rank)| Some((pattern?, rank)));
        Self { ranked, patterns: PatternMap::build(patterns), tables: Vec::new() }
    }

    /// Adds a table, by its place among [`Plan::tables`](crate::Plan::tables). The value of a row
    /// is the place in `policies`, by id, of the policy that takes what it matches: one whose
    /// pattern is the table's name, such as `@ported`. Within a table the longest row wins, and
    /// its policy then stands among the others by its rank. A row whose policy is not there leads
    /// nowhere.
    pub fn with_table(mut self, table: u32, policies: &[u32]) -> Self {
        let ids = self.ranked.iter().map(|policy| policy.id);
        let ranks: BTreeMap<u32, u32> = ids.zip(0..).collect();
        let rank = |policy: &u32| ranks.get(policy).copied().unwrap_or(NONE);
        self.tables.push(Bulk::new(table, policies.iter().map(rank).collect()));
        self
    }
}

impl ArchivedPolicyTable {
    /// The first policy from a rank on, in their order, whose pattern matches the number, and
    /// its rank. `files` are those of the snapshot
    /// ([`Snapshot::tables`](crate::snapshot::Snapshot::tables)).
    pub fn first_from(
        &self,
        files: &[RowFile],
        number: Number,
        rank: u32,
    ) -> Option<(u32, &ArchivedPolicy)> {
        let mut first = self.patterns.least(number, rank).unwrap_or(NONE);
        for table in self.tables.iter() {
            match table.rank(files, number) {
                Some(found) if found >= rank => first = first.min(found),
                Some(_) | None => {}
            }
        }
        self.ranked.get(first as usize).map(|policy| (first, policy))
    }

    /// Can every lookup be answered? Asked once, when a snapshot is opened.
    pub(crate) fn is_sound(&self, files: &[RowFile]) -> bool {
        let ranks = self.ranked.len();
        self.patterns.is_sound() && self.tables.iter().all(|table| table.is_sound(files, ranks))
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
