//! All patterns of an environment, each with a rank; the least rank that matches wins.
//!
//! Most patterns are prefixes or whole numbers and are found by one lookup each, however many
//! there are. The others (`22_`, `%99`, `1%5`, `%00%`) are never scanned as a whole: each stands
//! in a list under digits that a number must contain to match it, where it begins, where it
//! ends, or anywhere, and only the lists under the digits of the number are read, in the order
//! of ranks and no further than the best rank found so far.

use std::collections::BTreeMap;

use rkyv::{Archive, Deserialize, Serialize};

use super::anchors::Anchors;
use super::lists::Lists;
use super::place::{EMPTY, Packed, aligned, begins, len};
use super::{NumberTable, PrefixTable};
use crate::{Number, Pattern};

/// A frozen map from patterns to ranks.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct PatternMap {
    /// From a prefix to its node.
    prefixes: PrefixTable,
    /// For each node the least rank of its prefix and of all shorter ones.
    least: Vec<u32>,
    /// For each node the one of the next shorter prefix, or [`NONE`].
    shorter: Vec<u32>,
    /// For each node the ranks of its own prefix.
    own: Lists,
    /// From a whole number to its list in `whole`.
    numbers: NumberTable,
    /// Ranks of patterns that are whole numbers.
    whole: Lists,
    /// All other patterns.
    others: Anchors,
}

impl PatternMap {
    /// Freezes patterns with their ranks, of which no two are equal.
    pub fn build(patterns: impl IntoIterator<Item = (Pattern, u32)>) -> Self {
        let (mut prefixes, mut others) = (Vec::new(), Vec::new());
        let mut numbers = BTreeMap::<Number, Vec<u32>>::new();
        for (pattern, rank) in patterns {
            if let Some(prefix) = pattern.as_prefix() {
                prefixes.push((prefix.map_or(EMPTY, Number::packed), rank));
            } else if let Some(number) = pattern.as_number() {
                numbers.entry(number).or_default().push(rank);
            } else {
                others.push((pattern, rank));
            }
        }
        let mut map = Self { others: Anchors::build(others), ..Self::default() };
        map.freeze_prefixes(prefixes);
        map.numbers = NumberTable::build(numbers.keys().copied().zip(0..));
        map.whole = Lists::build(numbers.into_values().map(sorted));
        map
    }

    fn freeze_prefixes(&mut self, mut prefixes: Vec<(Packed, u32)>) {
        let dictionary = |prefix: Packed| (aligned(prefix, len(prefix)), len(prefix));
        prefixes.sort_unstable_by_key(|(prefix, rank)| (dictionary(*prefix), *rank));
        let (mut nodes, mut around) = (Vec::<Packed>::new(), Vec::<u32>::new());
        let groups = prefixes.chunk_by(|one, other| one.0 == other.0);
        for (node, group) in (0u32..).zip(groups) {
            let (prefix, first) = group[0];
            while around.pop_if(|node| !begins(prefix, nodes[*node as usize])).is_some() {}
            let shorter = around.last().copied();
            let above = shorter.map_or(NONE, |node| self.least[node as usize]);
            self.least.push(first.min(above));
            self.shorter.push(shorter.unwrap_or(NONE));
            nodes.push(prefix);
            around.push(node);
        }
        let groups = prefixes.chunk_by(|one, other| one.0 == other.0);
        self.own = Lists::build(groups.map(|group| group.iter().map(|(_, rank)| *rank).collect()));
        let named = nodes.into_iter().map(Number::from_packed);
        self.prefixes = PrefixTable::build(named.zip(0..));
    }
}

impl ArchivedPatternMap {
    /// The least rank, from `from` on, of all patterns that match a number.
    pub fn least(&self, number: Number, from: u32) -> Option<u32> {
        let mut best = NONE;
        if !self.least.is_empty() {
            best = self.least_prefix(number, from);
        }
        if let Some(list) = self.numbers.exact(number) {
            best = best.min(self.whole.first_from(list, from).unwrap_or(NONE));
        }
        best = self.others.least(number, from, best);
        (best != NONE).then_some(best)
    }

    fn least_prefix(&self, number: Number, from: u32) -> u32 {
        let Some(node) = self.prefixes.longest(number) else { return NONE };
        let least = self.least[node as usize].to_native();
        if least >= from {
            return least;
        }
        let next = |node: &u32| match self.shorter[*node as usize].to_native() {
            NONE => None,
            shorter => Some(shorter),
        };
        let nodes = std::iter::successors(Some(node), next);
        nodes.filter_map(|node| self.own.first_from(node, from)).min().unwrap_or(NONE)
    }

    /// Can every lookup be answered? Asked once, when a snapshot is opened.
    pub(crate) fn is_sound(&self) -> bool {
        let nodes = self.least.len();
        self.prefixes.is_sound(nodes)
            && self.shorter.len() == nodes
            && (0..).zip(self.shorter.iter()).all(|(node, shorter)| {
                let shorter = shorter.to_native();
                shorter == NONE || shorter < node
            })
            && self.own.is_sound(nodes)
            && self.numbers.is_sound(self.whole.len())
            && self.whole.is_sound(self.whole.len())
            && self.others.is_sound()
    }
}

fn sorted(mut ranks: Vec<u32>) -> Vec<u32> {
    ranks.sort_unstable();
    ranks
}

/// No rank and no node.
pub(super) const NONE: u32 = u32::MAX;

#[cfg(test)]
mod tests;
