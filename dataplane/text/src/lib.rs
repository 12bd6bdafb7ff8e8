//! What the octets of a short message say, and how to say it in octets.
//!
//! [`coding`] reads the data_coding octet, [`alphabet`] turns octets into a `String`
//! and back, [`shift`] does so with the tables of a national language, [`packed`] packs
//! septets, [`udh`] reads and writes the header in front of a segment, [`split`] cuts a
//! long text, [`join`] waits for its segments, and [`tpdu`] has short messages as the air
//! interface has them. Nothing here knows any protocol; the
//! tables are those of 3GPP TS 23.038 and 23.040.
//!
//! What stays true: no octets make this crate panic or read out of range; text that
//! had to be guessed is always reported as [`Decoded::Repaired`].

pub mod alphabet;
pub mod coding;
mod east;
pub mod form;
pub mod gsm7;
pub mod join;
mod lanes;
pub mod packed;
pub mod shift;
pub mod split;
pub mod tpdu;
pub mod translit;
pub mod ucs2;
pub mod udh;
mod utf8;

pub use alphabet::{Alphabet, Decoded, TextError, decode_to, encode_smallest, encode_to, segments};
pub use coding::{Class, Coding, Waiting, Waits};
pub use form::Form;
pub use join::{Gathered, Joiner, Piece};
pub use shift::{Language, Languages, Shifts};
pub use split::{Reference, Segment, Segments, SplitError, split};
pub use translit::transliterate;
pub use udh::{Concat, Header, Udh, split_udh};
