//! The headers we understand, one file each, named as RFC 3261 §20 names them.

mod address;
mod auth;
mod contact;
mod content;
mod cseq;
mod expires;
mod name;
mod opening;
mod route;
mod via;

pub use address::NameAddr;
pub use auth::{Algorithm, Challenge, Credentials};
pub use contact::{Contact, ContactValue};
pub use content::ContentType;
pub use cseq::CSeq;
pub use expires::Date;
pub use name::Name;
pub(crate) use opening::opening;
pub use route::route_uri;
pub use via::{Transport, Via};

#[cfg(test)]
mod tests;
