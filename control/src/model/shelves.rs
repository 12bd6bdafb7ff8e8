//! An ordered map whose copies share what they have in common.
//!
//! A model may have a million objects, and there is one for what is live, one for each draft and
//! one for each commit that is tried. Entries stand on shelves of some hundred; a copy has the
//! same shelves, and a change makes a shelf anew, or two, and none of the others. What differs
//! between two maps is then found without looking at what they share.

use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

/// Entries in the order of their keys, each key once.
#[derive(Clone, Debug)]
pub(super) struct Shelves<K, V> {
    /// None is empty, and each is wholly before the next.
    shelves: Vec<Shelf<K, V>>,
    len: usize,
}

type Shelf<K, V> = Arc<Vec<(K, V)>>;

/// A place among the entries; one behind the last of a shelf is the first of the next.
#[derive(Clone, Copy)]
struct Spot {
    shelf: usize,
    at: usize,
}

impl<K, V> Default for Shelves<K, V> {
    fn default() -> Self {
        Self { shelves: Vec::new(), len: 0 }
    }
}

impl<K: Ord + Clone + PartialEq, V: Clone + PartialEq> PartialEq for Shelves<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.apart(other).is_empty()
    }
}

impl<K: Ord + Clone + Eq, V: Clone + Eq> Eq for Shelves<K, V> {}

impl<K: Ord + Clone, V: Clone> Shelves<K, V> {
    /// The value of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let shelf = self.shelves.get(self.shelf_of(key)?)?;
        let at = shelf.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
        Some(&shelf[at].1)
    }

    /// Puts an entry in; gives back what was there.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let Some(place) = self.shelf_of(&key) else {
            self.shelves.push(Arc::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let shelf = Arc::make_mut(&mut self.shelves[place]);
        match shelf.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => Some(std::mem::replace(&mut shelf[at].1, value)),
            Err(at) => {
                shelf.insert(at, (key, value));
                self.len += 1;
                if shelf.len() > SHELF_MAX {
                    // Rows that come in order fill one shelf after the other.
                    let half = if at + 1 == shelf.len() { shelf.len() - 1 } else { SHELF_MAX / 2 };
                    let rest = shelf.split_off(half);
                    self.shelves.insert(place + 1, Arc::new(rest));
                }
                None
            }
        }
    }

    /// Takes an entry out.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let place = self.shelf_of(key)?;
        let at = self.shelves[place].binary_search_by(|(known, _)| known.cmp(key)).ok()?;
        let shelf = Arc::make_mut(&mut self.shelves[place]);
        let (_, value) = shelf.remove(at);
        self.len -= 1;
        if shelf.is_empty() {
            self.shelves.remove(place);
        }
        Some(value)
    }

    /// Every entry, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.shelves.iter().flat_map(|shelf| shelf.iter()).map(|(key, value)| (key, value))
    }

    /// The entries from a key on.
    pub(super) fn since<'a>(
        &'a self,
        first: Bound<&K>,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let is_before = |known: &K| match first {
            Bound::Included(first) => known < first,
            Bound::Excluded(first) => known <= first,
            Bound::Unbounded => false,
        };
        // The shelf before the first one that begins late enough may end late enough.
        let place = self.shelves.partition_point(|shelf| is_before(&shelf[0].0)).saturating_sub(1);
        let (begun, rest) = match self.shelves.get(place..) {
            Some([one, rest @ ..]) => {
                (&one[one.partition_point(|(known, _)| is_before(known))..], rest)
            }
            Some([]) | None => (&[][..], &[][..]),
        };
        begun
            .iter()
            .chain(rest.iter().flat_map(|shelf| shelf.iter()))
            .map(|(key, value)| (key, value))
    }

    /// The keys that one of the two has alone, or with another value, in order.
    pub(super) fn apart<'a>(&'a self, other: &'a Self) -> Vec<&'a K>
    where
        V: PartialEq,
    {
        let (mut own, mut theirs) = (Spot { shelf: 0, at: 0 }, Spot { shelf: 0, at: 0 });
        let mut keys = Vec::new();
        loop {
            let (ours, others) = (self.at(&mut own), other.at(&mut theirs));
            match (ours, others) {
                (None, None) => return keys,
                (Some((key, _)), None) => {
                    keys.push(key);
                    own.at += 1;
                }
                (None, Some((key, _))) => {
                    keys.push(key);
                    theirs.at += 1;
                }
                (Some((key, value)), Some((their_key, their_value))) => {
                    if own.at == 0
                        && theirs.at == 0
                        && Arc::ptr_eq(&self.shelves[own.shelf], &other.shelves[theirs.shelf])
                    {
                        own.shelf += 1;
                        theirs.shelf += 1;
                        continue;
                    }
                    let order = key.cmp(their_key);
                    if order != Ordering::Equal || value != their_value {
                        keys.push(if order == Ordering::Greater { their_key } else { key });
                    }
                    own.at += usize::from(order != Ordering::Greater);
                    theirs.at += usize::from(order != Ordering::Less);
                }
            }
        }
    }

    /// The entry at a spot, which moves to the next shelf where one is over.
    fn at(&self, spot: &mut Spot) -> Option<&(K, V)> {
        let shelf = self.shelves.get(spot.shelf)?;
        match shelf.get(spot.at) {
            Some(entry) => Some(entry),
            None => {
                *spot = Spot { shelf: spot.shelf + 1, at: 0 };
                self.shelves.get(spot.shelf)?.first()
            }
        }
    }

    /// The shelf where a key stands or would stand; none if there are no shelves.
    fn shelf_of(&self, key: &K) -> Option<usize> {
        let behind = self.shelves.partition_point(|shelf| shelf[0].0 <= *key);
        (!self.shelves.is_empty()).then(|| behind.saturating_sub(1))
    }
}

/// A shelf that is made anew costs some ten microseconds, and a million entries stand on some
/// thousands of them, which is what a copy has to count.
const SHELF_MAX: usize = 256;

#[cfg(test)]
mod tests;
