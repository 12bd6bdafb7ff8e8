//! The harvest: from the journals of the nodes to call detail records and the ledger.
//!
//! Each shard's journal is read on from where the last batch ended. A batch and the place
//! where it ended are committed together, so every record counts exactly once, whatever dies
//! in between. What stands torn at the end of a volume is not lost but "not yet": it is looked
//! at again, until a later volume has begun.

mod reader;
mod worker;

pub use reader::ShardReader;
pub(crate) use worker::shards;
pub use worker::{Harvest, Harvester};

#[cfg(test)]
mod tests;
