//! The journal as files: volumes, the writer of each shard, and what a restart reads.
//!
//! A shard's records gather in a batch; one batch at a time is written and synced by the body
//! while the next one gathers. Volumes are made ahead, full of zeros, by a thread of their own,
//! so that no shard ever waits for a file to grow. Full ones are folded into a base by another
//! thread, so that a restart reads little.

mod base;
mod ended;
mod fold;
mod pass;
mod read;
mod supply;
mod volume;
mod writer;

pub use ended::Untold;
pub use fold::{Finished, Folder};
pub use pass::{Last, ReadError};
pub use read::{Read, Recovered, judge, read};
pub use supply::Supply;
pub use volume::Volume;
pub use writer::{Commit, Verdict, Writer};
