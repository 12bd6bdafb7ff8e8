//! The board: how it goes right now, one page of a file per shard.
//!
//! A shard rewrites its page a few times a second; a reader that catches it half written sees
//! a wrong checksum and reads again. Nothing on the board is money: counts begin at zero with
//! every start of the node.

mod counts;
mod latency;
mod layout;
mod observation;

pub use counts::{Bag, Count, Least, Marks, Most, Strange};
pub use latency::{Latencies, Latency, STEPS, Span};
pub use layout::{
    BoardError, CREDITS_MAX, CreditRow, LINKS_MAX, LinkRole, LinkRow, LinkState, OBSERVATIONS_MAX,
    OUTLOOKS_MAX, OutlookRow, PAGE_LEN, Page, SHADOWS_MAX, ShadowRow, TALLIES, TALLY_HELP, Tally,
};
pub use observation::{
    Ids, Observation, Plain, RECEIPT_FIELDS, Receipts, Sight, VIOLATIONS, Violation,
};
