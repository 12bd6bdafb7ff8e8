//! Segments of long texts that wait for each other.
//!
//! Segments come in any order. What comes twice counts once; a segment whose place is taken by
//! another text shows that its sender uses the reference anew: the old set ends as it is, and
//! another one begins, so that no text is ever made of two. A set ends, too, when its time is
//! over, or when its sender begins more sets than it may have.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

/// All sets that are not whole. `O` is who sends, `K` what segments of one text have in common,
/// `P` a segment's name.
#[derive(Debug)]
pub struct Joiner<O, K, P> {
    sets: BTreeMap<(O, K), Set<P>>,
    /// The sets by the end of their time.
    ends: BTreeSet<(Instant, O, K)>,
    /// The sets of each sender, by the end of their time.
    of_owner: BTreeMap<O, BTreeSet<(Instant, K)>>,
    /// Sets one sender may have.
    sets_max: usize,
}

/// A segment that came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Piece<P> {
    /// Its name.
    pub name: P,
    /// Which one of its set it is, from 1.
    pub sequence: u8,
    /// Equal for equal texts.
    pub likeness: u64,
}

/// A set that is whole, or that ended before it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gathered<P> {
    /// The segments in their order, each number once.
    pub pieces: Vec<Piece<P>>,
    /// Those that came twice.
    pub doubles: Vec<Piece<P>>,
    /// How many segments the text has.
    pub total: u8,
}

#[derive(Debug)]
struct Set<P> {
    gathered: Gathered<P>,
    end: Instant,
}

impl<O: Clone + Ord, K: Clone + Ord, P: Copy + Eq> Joiner<O, K, P> {
    /// Nothing waits.
    pub const fn new(sets_max: usize) -> Self {
        Self { sets: BTreeMap::new(), ends: BTreeSet::new(), of_owner: BTreeMap::new(), sets_max }
    }

    /// A segment came; if it begins a set, that has time until `end`. Appends to `ended` the sets
    /// that end by this, the oldest first; one that is whole is the last of them.
    pub fn take(
        &mut self,
        owner: O,
        key: K,
        total: u8,
        piece: Piece<P>,
        end: Instant,
        ended: &mut Vec<Gathered<P>>,
    ) {
        let at = (owner, key);
        let place = self.sets.get(&at).map(|set| set.gathered.place(piece.sequence));
        match place {
            Some(Ok(taken)) => {
                let set = self.sets.get_mut(&at).expect("it was found a moment ago");
                if set.gathered.pieces[taken].likeness == piece.likeness {
                    return set.gathered.doubles.push(piece);
                }
                ended.extend(self.end(&at));
                self.begin(&at, total, piece, end, ended);
            }
            Some(Err(free)) => {
                let set = self.sets.get_mut(&at).expect("it was found a moment ago");
                set.gathered.pieces.insert(free, piece);
            }
            None => self.begin(&at, total, piece, end, ended),
        }
        if self.sets.get(&at).is_some_and(|set| set.gathered.is_whole()) {
            ended.extend(self.end(&at));
        }
    }

    fn begin(
        &mut self,
        at: &(O, K),
        total: u8,
        piece: Piece<P>,
        end: Instant,
        ended: &mut Vec<Gathered<P>>,
    ) {
        let (owner, key) = at;
        let oldest = self.of_owner.get(owner).filter(|sets| sets.len() >= self.sets_max);
        if let Some((_, oldest)) = oldest.and_then(BTreeSet::first).cloned() {
            ended.extend(self.end(&(owner.clone(), oldest)));
        }
        let gathered = Gathered { pieces: vec![piece], doubles: Vec::new(), total };
        self.sets.insert(at.clone(), Set { gathered, end });
        self.ends.insert((end, owner.clone(), key.clone()));
        self.of_owner.entry(owner.clone()).or_default().insert((end, key.clone()));
    }

    fn end(&mut self, at: &(O, K)) -> Option<Gathered<P>> {
        let Set { gathered, end } = self.sets.remove(at)?;
        let (owner, key) = at.clone();
        if let Some(sets) = self.of_owner.get_mut(&owner) {
            sets.remove(&(end, key.clone()));
            if sets.is_empty() {
                self.of_owner.remove(&owner);
            }
        }
        self.ends.remove(&(end, owner, key));
        Some(gathered)
    }

    /// The next set whose time is over.
    pub fn expire(&mut self, now: Instant) -> Option<Gathered<P>> {
        let (end, owner, key) = self.ends.first()?;
        let at = (*end <= now).then(|| (owner.clone(), key.clone()))?;
        self.end(&at)
    }

    /// When the time of the next set is over.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.ends.first().map(|(end, _, _)| *end)
    }

    /// A segment ended by itself; one that came twice takes its place, else it is waited for again.
    pub fn forget(&mut self, owner: O, key: K, name: P) {
        let at = (owner, key);
        let Some(set) = self.sets.get_mut(&at) else { return };
        let Gathered { pieces, doubles, .. } = &mut set.gathered;
        doubles.retain(|double| double.name != name);
        if let Some(place) = pieces.iter().position(|piece| piece.name == name) {
            let again = doubles.iter().position(|one| one.sequence == pieces[place].sequence);
            match again {
                Some(double) => pieces[place] = doubles.remove(double),
                None => {
                    pieces.remove(place);
                }
            }
        }
        if pieces.is_empty() {
            self.end(&at);
        }
    }

    /// How many sets wait.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Does none?
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}

impl<P> Gathered<P> {
    /// Is nothing missing?
    pub const fn is_whole(&self) -> bool {
        self.pieces.len() == self.total as usize
    }

    fn place(&self, sequence: u8) -> Result<usize, usize> {
        self.pieces.binary_search_by_key(&sequence, |piece| piece.sequence)
    }
}

#[cfg(test)]
mod tests;
