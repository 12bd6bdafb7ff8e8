//! Which SMPP a peer speaks: interface_version (SMPP 3.4 §5.2.4, 5.0 §4.7.13).

use std::fmt;

use crate::Status;

/// An interface_version octet.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(pub u8);

impl Version {
    /// 3.3 or older: no TLVs, message ids of at most eight octets.
    pub const V33: Self = Self(0x33);
    /// 3.4.
    pub const V34: Self = Self(0x34);
    /// 5.0.
    pub const V50: Self = Self(0x50);

    /// The version of the standard that this octet stands for: what lies between two of them
    /// knows no more than the lower one.
    pub fn spoken(self) -> Self {
        [Self::V50, Self::V34].into_iter().find(|known| self >= *known).unwrap_or(Self::V33)
    }

    /// Whether the peer understands optional parameters.
    pub fn has_tlvs(self) -> bool {
        self >= Self::V34
    }

    /// Whether the peer understands what came with 5.0: status codes from 0x100,
    /// congestion_state, short messages of 255 octets.
    pub fn is_v50(self) -> bool {
        self >= Self::V50
    }

    /// The status as this peer can read it: what came with 5.0 is a system error to older ones.
    pub fn status(self, status: Status) -> Status {
        if status.needs_v50() && !self.is_v50() { Status::RSYSERR } else { status }
    }

    /// The most octets a short_message to this peer may have (3.4 §5.2.22, 5.0 §4.7.25).
    pub fn short_message_max(self) -> usize {
        if self.is_v50() { 255 } else { 254 }
    }

    /// The most octets a message_id to this peer may have, without its NUL.
    pub fn message_id_max(self) -> usize {
        if self.has_tlvs() { 64 } else { 8 }
    }
}

/// `3.4`.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 4, self.0 & 0x0F)
    }
}
