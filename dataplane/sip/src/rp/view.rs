//! A message of the relay protocol as it came in from a handset.

use crate::error::{ParseError, What};

/// A message from a handset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rp<'a> {
    /// RP-DATA: it sends.
    Data {
        /// RP-Message-Reference.
        reference: u8,
        /// The transfer protocol unit.
        tpdu: &'a [u8],
    },
    /// RP-ACK: it took what we sent.
    Ack {
        /// Of our RP-DATA.
        reference: u8,
        /// A unit that says more; empty if there is none.
        tpdu: &'a [u8],
    },
    /// RP-ERROR: it did not.
    Error {
        /// Of our RP-DATA.
        reference: u8,
        /// Why (see [`cause`](super::cause)).
        cause: u8,
        /// A unit that says more; empty if there is none.
        tpdu: &'a [u8],
    },
    /// RP-SMMA: it has room again.
    RoomAgain {
        /// RP-Message-Reference.
        reference: u8,
    },
}

impl<'a> Rp<'a> {
    /// Reads one; what only a network says is refused.
    pub fn parse(octets: &'a [u8]) -> Result<Self, ParseError> {
        Self::read(octets).ok_or_else(|| ParseError::new(What::Rp, 0))
    }

    fn read(octets: &'a [u8]) -> Option<Self> {
        let (&kind, rest) = octets.split_first()?;
        let (&reference, rest) = rest.split_first()?;
        match kind & 7 {
            DATA_MS => {
                let (_origin, rest) = counted(rest)?;
                let (_destination, rest) = counted(rest)?;
                let (tpdu, _) = counted(rest)?;
                Some(Self::Data { reference, tpdu })
            }
            ACK_MS => Some(Self::Ack { reference, tpdu: user_data(rest)? }),
            ERROR_MS => {
                let (said, rest) = counted(rest)?;
                let cause = said.first()? & 0x7F;
                Some(Self::Error { reference, cause, tpdu: user_data(rest)? })
            }
            SMMA_MS => Some(Self::RoomAgain { reference }),
            _ => None,
        }
    }
}

/// A length, and as many octets.
fn counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = octets.split_first()?;
    rest.split_at_checked(usize::from(len))
}

/// The optional RP-User-Data (§8.2.5.3).
fn user_data(octets: &[u8]) -> Option<&[u8]> {
    match octets.split_first() {
        Some((&USER_DATA, rest)) => counted(rest).map(|(data, _)| data),
        Some(_) | None => Some(&[]),
    }
}

/// RP-DATA, RP-ACK, RP-ERROR and RP-SMMA from a handset (§8.2.2).
const DATA_MS: u8 = 0;
const ACK_MS: u8 = 2;
const ERROR_MS: u8 = 4;
const SMMA_MS: u8 = 6;

/// The element of an optional RP-User-Data.
pub(super) const USER_DATA: u8 = 0x41;
