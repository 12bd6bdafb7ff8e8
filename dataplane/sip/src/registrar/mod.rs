//! The rules of a registrar for one address-of-record (RFC 3261 §10.3, RFC 5626, RFC 3327).
//!
//! [`Contacts`] is what one account has registered. A REGISTER is first staged, which changes
//! nothing and may refuse, and then committed as a whole: all of it or nothing.

mod abilities;
mod aor;
mod contact;
mod update;

pub use abilities::{Abilities, PROFILES};
pub use aor::canonical;
pub use contact::{Contact, Contacts};
pub use update::{Limits, Refused, Register, Update, path_of};

#[cfg(test)]
mod tests;
