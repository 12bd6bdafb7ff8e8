//! The address of a sender or a recipient, as a carrier writes it.

use std::fmt;

use crate::octets::{Field, Reader, Short, Write};

/// An SMPP address: type of number, numbering plan and at most twenty characters.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Address {
    /// Type of number (SMPP 3.4 §5.2.5): 1 international, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan indicator (SMPP 3.4 §5.2.6): 1 E.164.
    pub npi: u8,
    len: u8,
    octets: [u8; Self::LEN_MAX],
}

impl Address {
    /// The longest address of submit_sm (SMPP 3.4 §4.4.1), without its NUL.
    pub const LEN_MAX: usize = 20;

    /// Keeps an address; `None` if it is longer than [`LEN_MAX`](Self::LEN_MAX).
    pub fn new(ton: u8, npi: u8, text: &[u8]) -> Option<Self> {
        let mut octets = [0; Self::LEN_MAX];
        octets.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { ton, npi, len: text.len() as u8, octets })
    }

    /// The characters of the address.
    pub fn as_bytes(&self) -> &[u8] {
        &self.octets[..usize::from(self.len)]
    }

    /// The same with small letters (ASCII).
    pub fn to_lowercase(mut self) -> Self {
        self.octets.make_ascii_lowercase();
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{self}", self.ton, self.npi)
    }
}

impl Field for Address {
    fn put(&self, out: &mut Vec<u8>) {
        out.put_raw(&[self.ton, self.npi, self.len]);
        out.put_raw(self.as_bytes());
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let [ton, npi, len] = reader.array()?;
        Self::new(ton, npi, reader.take(usize::from(len))?).ok_or(Short)
    }
}
