//! Mail between the shards of one node: a ring for every ordered pair.
//!
//! Nothing is lost and nothing overtakes: what does not fit into a ring waits at the sender,
//! in order, until it does. A sender wakes the other shard only when that one says it sleeps.
//!
//! # Why no wake-up is lost
//!
//! Sender: put mail into the ring, fence, read `sleeping`. Sleeper: set `sleeping`, fence, look
//! into the rings. Both fences are sequentially consistent, so one of them comes first: if it
//! is the sender's, the sleeper's look sees the mail and does not sleep; if it is the sleeper's,
//! the sender sees `sleeping` and rings the bell, whose count the sleeper's wait finds.

mod bell;
mod post;

pub use bell::Bell;
pub use post::Post;
