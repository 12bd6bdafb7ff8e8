//! What all units share: who speaks, what goes wrong, and a place in the octets.

/// Who sends a unit: its first octet means different things in the two directions (§9.2.3.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum From {
    /// A handset.
    Handset,
    /// A message centre.
    Centre,
}

/// Octets that are no unit of this kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TpduError {
    /// Where, in octets.
    pub at: usize,
}

impl std::fmt::Display for TpduError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no TPDU at octet {}", self.at)
    }
}

impl std::error::Error for TpduError {}

/// Octets of user data (§9.2.3.24).
pub const USER_DATA_MAX: usize = 140;

/// A place in the octets of a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    pub(crate) fn u8(&mut self) -> Result<u8, TpduError> {
        self.take(1).map(|octets| octets[0])
    }

    pub(crate) fn take(&mut self, len: usize) -> Result<&'a [u8], TpduError> {
        let error = TpduError { at: self.at };
        let end = self.at.checked_add(len).ok_or(error)?;
        let taken = self.octets.get(self.at..end).ok_or(error)?;
        self.at = end;
        Ok(taken)
    }

    pub(crate) fn wrong(&self) -> TpduError {
        TpduError { at: self.at }
    }
}
