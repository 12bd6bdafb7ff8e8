//! How an Sms stands, in SMPP's numbers (5.0 §4.7.15, 3.4 §5.2.28).

use std::fmt;

/// The state of an Sms as a receipt reports it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[repr(u8)]
pub enum State {
    /// Accepted and on its way.
    Enroute = 1,
    /// The app or the next hop's receipt said so.
    Delivered = 2,
    /// The validity period ended first.
    Expired = 3,
    /// Cancelled.
    Deleted = 4,
    /// It cannot be delivered.
    Undeliverable = 5,
    /// The next hop took it and says no more.
    Accepted = 6,
    /// Nobody can tell.
    Unknown = 7,
    /// The recipient or the next hop refused it.
    Rejected = 8,
}

impl State {
    /// Every state, by number.
    pub const ALL: [Self; 8] = [
        Self::Enroute,
        Self::Delivered,
        Self::Expired,
        Self::Deleted,
        Self::Undeliverable,
        Self::Accepted,
        Self::Unknown,
        Self::Rejected,
    ];

    /// The state with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| *state as u8 == number)
    }

    /// The word of a receipt's `stat:` (SMPP 3.4 appendix B).
    pub fn word(self) -> &'static str {
        match self {
            Self::Enroute => "ENROUTE",
            Self::Delivered => "DELIVRD",
            Self::Expired => "EXPIRED",
            Self::Deleted => "DELETED",
            Self::Undeliverable => "UNDELIV",
            Self::Accepted => "ACCEPTD",
            Self::Unknown => "UNKNOWN",
            Self::Rejected => "REJECTD",
        }
    }

    /// It arrived, or whoever took it answers for it.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Delivered | Self::Accepted)
    }

    /// Does a sender that asked so hear of it? (registered_delivery, SMPP 3.4 §5.2.17)
    pub fn is_reported(self, registered_delivery: u8) -> bool {
        match registered_delivery & 0b11 {
            1 => true,
            2 => !self.is_success(),
            3 => self.is_success(),
            _ => false,
        }
    }

    /// A final state never changes.
    pub fn is_final(self) -> bool {
        self != Self::Enroute
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
