//! One node, from its first file to its last.
//!
//! Start: lock, key, sockets, plan, a thread per shard, and the journal while carriers bind. Stop:
//! every shard is told to, and has some seconds to finish what it began; then journals and boards
//! are written.

mod cell;
mod error;
mod pulse;
mod shards;
mod start;

pub use error::NodeError;
pub use shards::Ended;
pub use start::{Program, run};
