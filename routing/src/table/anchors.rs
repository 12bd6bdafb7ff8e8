//! Patterns that are neither prefixes nor whole numbers, found by digits they cannot do without.

use std::collections::BTreeMap;

use rkyv::{Archive, Deserialize, Serialize};

use super::NumberTable;
use super::lists::Lists;
use crate::pattern::like;
use crate::{Number, Pattern};

/// Frozen patterns, each in one list.
#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Anchors {
    /// The patterns by rank.
    texts: Vec<String>,
    /// Their ranks, ascending.
    ranks: Vec<u32>,
    /// Lists of places in `texts`.
    lists: Lists,
    /// Lists by the digits with which a number must begin.
    heads: Anchor,
    /// Lists by the digits with which a number must end.
    ends: Anchor,
    /// Lists by digits that a number must contain; at most [`INSIDE_MAX`] of them.
    insides: Anchor,
    /// Places of patterns without a digit: they differ in length alone, so they are few.
    loose: Vec<u32>,
}

#[derive(Archive, Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Anchor {
    /// Which lengths of digits occur: bit n for n.
    lens: u32,
    /// From the digits to the list.
    lists: NumberTable,
}

impl Anchors {
    /// Freezes patterns with their ranks. A pattern with more digits than any number has can
    /// match nothing and is left out.
    pub(super) fn build(mut patterns: Vec<(Pattern, u32)>) -> Self {
        patterns.sort_unstable_by_key(|(_, rank)| *rank);
        let mut frozen = Self::default();
        let mut groups: [BTreeMap<Number, Vec<u32>>; 3] = Default::default();
        for (pattern, rank) in patterns {
            let place = frozen.texts.len() as u32;
            let [heads, ends, insides] = &mut groups;
            let (head, end, inside) = literals(pattern.as_str());
            let (group, digits) = match (head.len(), end.len(), inside.len()) {
                (0, 0, 0) => {
                    frozen.loose.push(place);
                    frozen.add(&pattern, rank);
                    continue;
                }
                (0, 0, _) => (insides, &inside[..inside.len().min(INSIDE_MAX)]),
                (head_len, end_len, _) if head_len >= end_len => (heads, head),
                _ => (ends, end),
            };
            if let Ok(digits) = Number::parse(digits.as_bytes()) {
                group.entry(digits).or_default().push(place);
                frozen.add(&pattern, rank);
            }
        }
        let mut lists = Vec::new();
        let [heads, ends, insides] = groups.map(|group| Anchor::build(group, &mut lists));
        Self { lists: Lists::build(lists), heads, ends, insides, ..frozen }
    }

    fn add(&mut self, pattern: &Pattern, rank: u32) {
        self.texts.push(pattern.as_str().to_owned());
        self.ranks.push(rank);
    }
}

impl Anchor {
    fn build(group: BTreeMap<Number, Vec<u32>>, lists: &mut Vec<Vec<u32>>) -> Self {
        let lens = group.keys().fold(0, |lens, digits| lens | 1 << digits.len());
        let first = lists.len() as u32;
        let table = NumberTable::build(group.keys().copied().zip(first..));
        lists.extend(group.into_values());
        Self { lens, lists: table }
    }
}

/// The digits before the first wildcard, those behind the last one, and the most between two.
pub(super) fn literals(text: &str) -> (&str, &str, &str) {
    let mut parts: Vec<&str> = text.split(['_', '%']).collect();
    let end = if parts.len() > 1 { parts.pop().unwrap_or_default() } else { "" };
    let inside = parts.iter().skip(1).copied().max_by_key(|part| part.len());
    (parts[0], end, inside.unwrap_or_default())
}

impl ArchivedAnchors {
    /// The least rank, from `from` on and below `best`, of all patterns that match; else `best`.
    pub(super) fn least(&self, number: Number, from: u32, best: u32) -> u32 {
        if self.ranks.is_empty() {
            return best;
        }
        // In places of `texts` instead of ranks: both ascend together.
        let place = |rank| self.ranks.partition_point(|known| known.to_native() < rank) as u32;
        let (from, end) = (place(from), place(best));
        let (digits, len) = (number.digits(), number.len());
        let mut search = Search { anchors: self, digits: &digits, from, best: end };
        let loose = self.loose.iter().map(|place| place.to_native());
        search.read(loose.skip_while(|place| *place < from));
        for part in lens(&self.heads, len) {
            search.look_up(&self.heads, &digits[..part]);
        }
        for part in lens(&self.ends, len) {
            search.look_up(&self.ends, &digits[len - part..]);
        }
        for part in lens(&self.insides, len) {
            for window in digits.windows(part) {
                search.look_up(&self.insides, window);
            }
        }
        match search.best {
            same if same == end => best,
            place => self.ranks[place as usize].to_native(),
        }
    }

    /// Can every lookup be answered?
    pub(super) fn is_sound(&self) -> bool {
        let texts = self.texts.len();
        let places = self.loose.iter().map(|place| place.to_native()).chain(self.lists.items());
        self.ranks.len() == texts
            && self.lists.is_sound(self.lists.len())
            && places.into_iter().all(|place| (place as usize) < texts)
            && [&self.heads, &self.ends, &self.insides]
                .iter()
                .all(|anchor| anchor.lists.is_sound(self.lists.len()))
    }
}

/// The lengths that occur, as far as a number has so many digits.
fn lens(anchor: &ArchivedAnchor, digits: usize) -> impl Iterator<Item = usize> {
    let lens = anchor.lens.to_native();
    (1..=digits).filter(move |len| lens & 1 << len != 0)
}

/// A search for the least place whose pattern matches.
struct Search<'a> {
    anchors: &'a ArchivedAnchors,
    digits: &'a [u8],
    from: u32,
    best: u32,
}

impl Search<'_> {
    fn look_up(&mut self, anchor: &ArchivedAnchor, part: &[u8]) {
        let list = Number::parse(part).ok().and_then(|part| anchor.lists.exact(part));
        if let Some(list) = list {
            let items = self.anchors.lists.from(list, self.from);
            self.read(items.iter().map(|place| place.to_native()));
        }
    }

    fn read(&mut self, places: impl Iterator<Item = u32>) {
        let best = self.best;
        let matches =
            |place: &u32| like(self.anchors.texts[*place as usize].as_bytes(), self.digits);
        if let Some(place) = places.take_while(|place| *place < best).find(matches) {
            self.best = place;
        }
    }
}

/// Three digits tell a thousand lists apart, and a number holds sixteen times three.
const INSIDE_MAX: usize = 3;
