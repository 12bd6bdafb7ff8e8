//! The tape: what a shard was given last, so that its death can be lived again.
//!
//! A shard is a function of its inputs. Each core notes them, encoded, in two halves of memory, of
//! which the older is thrown away when the newer is full. Should a shard panic, every shard of the
//! node puts its tape into `DATA/tape`, sealed with the site's seal, since what peers said stands
//! in it; SIGQUIT has them do so without harm. `signalbox-inspect tape --replay` gives the same
//! inputs to new shards.
//!
//! Mail is not on the tape: whoever plays the tapes of all shards gets it from those who sent it.
//! A tape that reaches back to the birth of its shard is lived again to the octet, which
//! [`Played::astray`] proves; one that begins in the middle begins with the links that were open
//! and what was said on them first.

mod code;
mod file;
mod play;
mod ring;
mod taped;

pub use code::{Entry, Link, Noted};
pub use file::{Recorded, TapeError, read_all};
pub use play::{Played, Player};
pub use taped::{Keeper, Taped, order};

#[cfg(test)]
mod tests;
