//! Connections an app keeps open, as names that others may carry for us (RFC 5626), and names of
//! one device (RFC 5627).

mod gruu;
mod token;

pub use gruu::{Gruu, instance_of};
pub use token::{FlowKey, FlowToken, FlowWord, Forged};

#[cfg(test)]
mod tests;
