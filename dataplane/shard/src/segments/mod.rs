//! Long texts. For an app the segments of one, each an Sms of its own with its own id, charge and
//! receipt, are joined into one MESSAGE and end as that does; a text from an app that is too long
//! for one message of a next hop becomes several Sms before it is ours.
//!
//! ```text
//!               all are there, or the time is over
//!   Gathering ─────────────────┬──────▶ Waiting ─▶ ... ─▶ Settled    the first one: the head
//!                              └──────▶ Riding ─────────▶ Settled    the others
//! ```
//! Nothing of this is journaled but what is journaled of every Sms: after a restart the open
//! segments gather again. What did not come is marked in the text.

mod data;
mod joining;
mod key;
mod languages;
mod pieces;
mod splitting;
mod writer;

pub(crate) use joining::Segments;
