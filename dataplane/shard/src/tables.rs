//! Maps and digests that never surprise.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};

use foldhash::fast::RandomState;
use foldhash::quality::{FixedState, FoldHasher};

/// A hash map that is asked by key and never iterated but to be sorted; whoever needs an order
/// uses a `BTreeMap`. Its seed differs from process to process, so that no peer can choose keys
/// that collide; nothing that a shard says depends on it.
pub(crate) type Table<K, V> = HashMap<K, V, RandomState>;

/// A table in pieces, so that none is large enough for its growth to stall a turn.
#[derive(Debug)]
pub(crate) struct Shelf<K, V>([Table<K, V>; PIECES]);

impl<K, V> Shelf<K, V> {
    /// The piece of a key, by some digest of it.
    pub(crate) fn of(&self, digest: u64) -> &Table<K, V> {
        &self.0[digest as usize % PIECES]
    }

    pub(crate) fn of_mut(&mut self, digest: u64) -> &mut Table<K, V> {
        &mut self.0[digest as usize % PIECES]
    }

    pub(crate) fn len(&self) -> usize {
        self.0.iter().map(Table::len).sum()
    }

    /// All keys, in no order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().flat_map(Table::keys)
    }
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Table::default()))
    }
}

/// Of four million each piece has 65,536: it grows for the last time in half a millisecond.
const PIECES: usize = 64;

/// A queue in pieces, so that its growth moves nothing that it holds.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    pieces: VecDeque<VecDeque<T>>,
    len: usize,
}

impl<T> Queue<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn front(&self) -> Option<&T> {
        self.pieces.front()?.front()
    }

    pub(crate) fn push_back(&mut self, value: T) {
        self.len += 1;
        match self.pieces.back_mut().filter(|piece| piece.len() < PIECE) {
            Some(piece) => piece.push_back(value),
            None => {
                // The first one grows as it is needed: most queues are short.
                let room = if self.pieces.is_empty() { 0 } else { PIECE };
                let mut piece = VecDeque::with_capacity(room);
                piece.push_back(value);
                self.pieces.push_back(piece);
            }
        }
    }

    pub(crate) fn pop_front(&mut self) -> Option<T> {
        let piece = self.pieces.front_mut()?;
        let value = piece.pop_front()?;
        self.len -= 1;
        if piece.is_empty() && self.pieces.len() > 1 {
            self.pieces.pop_front();
        }
        Some(value)
    }
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { pieces: VecDeque::new(), len: 0 }
    }
}

/// Entries of one piece of a queue.
const PIECE: usize = 1 << 12;

/// A hash map of what we numbered ourselves. Numbers that follow each other stand beside each
/// other, so that what came together is found together: one look brings the next ones near.
pub(crate) type Numbered<K, V> = HashMap<K, V, BuildHasherDefault<InRuns>>;

/// Hashes a number to the start of its run and its place in it. Nobody but us chooses numbers,
/// so there is no seed.
#[derive(Debug, Default)]
pub(crate) struct InRuns(u64);

impl InRuns {
    fn place(&mut self, run: u64, place: u64) {
        // A table takes its place from the low bits, and tells neighbours apart by the high ones.
        let start = run.wrapping_mul(MIX);
        let tag = (run ^ place.rotate_left(32)).wrapping_mul(MIX) & TAG;
        self.0 = (start >> 24).wrapping_add(place) & !TAG | tag;
    }
}

impl Hasher for InRuns {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        self.place(digest_of(octets), 0);
    }

    fn write_u64(&mut self, number: u64) {
        self.place(0, number);
    }

    /// A message id: a run is what one shard accepted within a millisecond.
    fn write_u128(&mut self, id: u128) {
        self.place((id >> COUNTER_BITS) as u64, (id & COUNTER) as u64);
    }
}

/// An odd number without a pattern: 2^64 by the golden ratio.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

/// The bits by which `HashMap` tells apart what has one place.
const TAG: u64 = 0x7F << 57;

/// As [`MessageId`](routing::MessageId) counts.
const COUNTER_BITS: u32 = routing::MessageId::COUNTER_MAX.count_ones();
const COUNTER: u128 = routing::MessageId::COUNTER_MAX as u128;

/// A hasher whose results are the same on every shard and after a restart.
pub(crate) fn digest() -> FoldHasher<'static> {
    DIGEST.build_hasher()
}

/// The digest of one value.
pub(crate) fn digest_of(value: impl Hash) -> u64 {
    DIGEST.hash_one(value)
}

const DIGEST: FixedState = FixedState::with_seed(0);
