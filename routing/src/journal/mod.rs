//! The journal: what happened, for restart, for the ledger and for the curious.
//!
//! Each shard writes one sequence of **records**. Records that are committed together form a
//! **block**; blocks fill **volumes**, which are files of fixed size. A block carries a
//! checksum, the epoch (which start of the process wrote it) and a number that counts blocks
//! across volumes, so a torn tail, a flipped bit and a misplaced file are all told apart from
//! what was committed. What old volumes still say is folded into a **base** from time to time.

mod base;
mod block;
mod contacts;
mod doubts;
mod finals;
mod line;
mod moves;
mod orphans;
mod read;
mod record;
mod recover;
mod spent;
mod volume;

pub use base::{BASE_HEADER_LEN, BaseHeader, Covered, base_name, base_number, read_base};
pub use block::{BLOCK_HEADER_LEN, Block, BlockHeader, begin_block, seal_block};
pub use contacts::{ContactLine, ContactRow, Contacts, DeviceRow, OwedRow, Wake};
pub use doubts::Doubt;
pub use finals::{FINALS_KEPT_NS, Final};
pub use line::Shape;
pub use moves::{Left, Moved};
pub use orphans::Orphan;
pub use read::{Blocks, Damage, Tail};
pub use record::{
    Ack, Attempt, Cost, Outcome, ReceiptEnd, Record, Records, Refused, Replaced, Taken, Via,
};
pub use recover::{Carried, Flight, Open, Recovery, Restored};
pub use spent::Spent;
pub use volume::{VOLUME_HEADER_LEN, VolumeError, VolumeHeader, volume_name, volume_number};

#[cfg(test)]
pub(crate) use record::tests::sms as sample;
