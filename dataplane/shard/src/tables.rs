//! Maps that never surprise.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};

/// A hash map with a fixed key: the same inputs give the same layout. It is asked by key and
/// never iterated but to be sorted; whoever needs an order uses a `BTreeMap`.
pub(crate) type Table<K, V> = HashMap<K, V, BuildHasherDefault<DefaultHasher>>;
