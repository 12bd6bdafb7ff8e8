//! Short messages as the air interface has them (3GPP TS 23.040 §9.2): the transfer protocol data
//! units between a handset and a message centre.
//!
//! [`Tpdu::decode`] is a view: every field a value or a slice of the octets. What is written is
//! written by the functions of [`build`]. Parameters we have no use for, such as those behind a
//! TP-PI, are passed over.

mod address;
pub mod build;
mod cursor;
mod time;
mod user_data;
mod view;

pub(crate) use cursor::Cursor;
pub use cursor::{From, TpduError, USER_DATA_MAX};

pub use address::Address;
pub use time::{Stamp, Validity};
pub use user_data::{UserData, alphabet_of, from_data_coding, to_data_coding};
pub use view::{Deliver, Refused, StatusReport, Submit, Tpdu};

#[cfg(test)]
mod tests;
