//! Maps and digests that never surprise.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

use foldhash::fast::RandomState;
use foldhash::quality::{FixedState, FoldHasher};

/// A hash map that is asked by key and never iterated but to be sorted; whoever needs an order
/// uses a `BTreeMap`. Its seed differs from process to process, so that no peer can choose keys
/// that collide; nothing that a shard says depends on it.
pub(crate) type Table<K, V> = HashMap<K, V, RandomState>;

/// A hasher whose results are the same on every shard and after a restart.
pub(crate) fn digest() -> FoldHasher<'static> {
    DIGEST.build_hasher()
}

/// The digest of one value.
pub(crate) fn digest_of(value: impl Hash) -> u64 {
    DIGEST.hash_one(value)
}

const DIGEST: FixedState = FixedState::with_seed(0);
