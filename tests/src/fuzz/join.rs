//! Segments that come in any order, twice, under references that are used anew, and too many of
//! them: each is in one set that ended, or waits.

use std::collections::BTreeSet;
use std::time::Duration;

use ::text::{Gathered, Joiner, Piece};

use crate::door::base;

/// Three octets are a segment: whose it is and of which text, its number, what it says.
///
/// # Panics
///
/// If a segment is lost or doubled, or a set is not what it should be.
pub(super) fn join(data: &[u8]) {
    let mut joiner: Joiner<u8, u8, usize> = Joiner::new(SETS_MAX);
    let (mut now, mut seen, mut ended) = (base(), BTreeSet::new(), Vec::new());
    let segments = data.as_chunks::<3>().0;
    for (name, [text, number, likeness]) in segments.iter().enumerate() {
        let (owner, key) = (text & 1, text >> 1 & 7);
        let total = key + 2;
        let piece = Piece { name, sequence: number % total + 1, likeness: u64::from(likeness & 3) };
        joiner.take(owner, key, total, piece, now + PATIENCE, &mut ended);
        if text & 0x80 != 0 {
            now += PATIENCE / 4;
            ended.extend(std::iter::from_fn(|| joiner.expire(now)));
        }
        ended.drain(..).for_each(|set| look(&set, &mut seen));
    }
    now += 2 * PATIENCE;
    while let Some(set) = joiner.expire(now) {
        look(&set, &mut seen);
    }
    assert_eq!(seen.len(), segments.len(), "each segment is in one set");
    assert_eq!(joiner.poll_timeout(), None, "nothing waits for ever");
}

fn look(set: &Gathered<usize>, seen: &mut BTreeSet<usize>) {
    let sequences: Vec<u8> = set.pieces.iter().map(|piece| piece.sequence).collect();
    assert!(sequences.is_sorted_by(|one, next| one < next), "in order, each once: {set:?}");
    assert!(sequences.iter().all(|sequence| (1..=set.total).contains(sequence)), "{set:?}");
    for piece in set.pieces.iter().chain(&set.doubles) {
        assert!(seen.insert(piece.name), "a segment is in two sets: {set:?}");
        let same = set.pieces.iter().find(|first| first.sequence == piece.sequence);
        assert_eq!(same.map(|first| first.likeness), Some(piece.likeness), "{set:?}");
    }
}

/// Few enough to be too few.
const SETS_MAX: usize = 5;

const PATIENCE: Duration = Duration::from_secs(60);
