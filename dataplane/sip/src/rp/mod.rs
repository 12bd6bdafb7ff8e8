//! The relay protocol of short messages (3GPP TS 24.011 §7.3): what `application/vnd.3gpp.sms` is
//! (TS 24.341). It carries a transfer protocol unit of TS 23.040 and knows nothing of it.

mod build;
mod view;

pub use build::{ack, data, error};
pub use view::Rp;

/// Why a message was not taken (TS 24.011 table 8.4).
pub mod cause {
    /// Unassigned number.
    pub const UNASSIGNED: u8 = 1;
    /// Short message transfer rejected.
    pub const REJECTED: u8 = 21;
    /// Memory capacity exceeded.
    pub const MEMORY: u8 = 22;
    /// Network out of order.
    pub const OUT_OF_ORDER: u8 = 38;
    /// Temporary failure.
    pub const TEMPORARY: u8 = 41;
    /// Congestion.
    pub const CONGESTION: u8 = 42;
    /// Resources unavailable.
    pub const RESOURCES: u8 = 47;
    /// Requested facility not subscribed.
    pub const NOT_SUBSCRIBED: u8 = 50;
    /// Semantically incorrect message.
    pub const INCORRECT: u8 = 95;
    /// Invalid mandatory information.
    pub const MANDATORY: u8 = 96;
    /// Protocol error, unspecified.
    pub const PROTOCOL: u8 = 111;
}

#[cfg(test)]
mod tests;
