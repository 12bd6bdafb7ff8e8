//! Who a message comes from or goes to (SMPP 3.4 §5.2.5-5.2.9).

use std::fmt;

use crate::FieldError;
use crate::field::{Field, Fields, put_c_octets};

/// Types of number (SMPP 3.4 §5.2.5).
pub mod ton {
    /// Not known; the account's rule decides what it means.
    pub const UNKNOWN: u8 = 0;
    /// Digits that start with a country code, no `+`.
    pub const INTERNATIONAL: u8 = 1;
    /// Digits within a country.
    pub const NATIONAL: u8 = 2;
    /// A number of the network itself, often a short code.
    pub const NETWORK: u8 = 3;
    /// Within the subscriber's exchange.
    pub const SUBSCRIBER: u8 = 4;
    /// A name, not a number.
    pub const ALPHANUMERIC: u8 = 5;
    /// A short code.
    pub const ABBREVIATED: u8 = 6;
}

/// Numbering plans (SMPP 3.4 §5.2.6).
pub mod npi {
    /// Not known.
    pub const UNKNOWN: u8 = 0;
    /// E.163/E.164, the telephone network.
    pub const ISDN: u8 = 1;
    /// X.121.
    pub const DATA: u8 = 3;
    /// F.69.
    pub const TELEX: u8 = 4;
    /// E.212.
    pub const LAND_MOBILE: u8 = 6;
    /// National.
    pub const NATIONAL: u8 = 8;
    /// Private.
    pub const PRIVATE: u8 = 9;
    /// ERMES.
    pub const ERMES: u8 = 10;
    /// Internet (IP).
    pub const INTERNET: u8 = 14;
    /// WAP client id.
    pub const WAP: u8 = 18;
}

/// An address as it stands in a PDU; `addr` is without its NUL.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Address<'a> {
    /// Type of number, see [`ton`].
    pub ton: u8,
    /// Numbering plan indicator, see [`npi`].
    pub npi: u8,
    /// The digits or the name; at most 20 octets but in data_sm.
    pub addr: &'a [u8],
}

impl<'a> Address<'a> {
    /// Reads ton, npi and an address of at most `size` octets with its NUL.
    pub(crate) fn decode(
        fields: &mut Fields<'a>,
        size: usize,
        [ton, npi, addr]: [Field; 3],
    ) -> Result<Self, FieldError> {
        Ok(Self { ton: fields.u8(ton)?, npi: fields.u8(npi)?, addr: fields.c_octets(size, addr)? })
    }

    pub(crate) fn encode(&self, size: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.ton, self.npi]);
        put_c_octets(self.addr, size, out);
    }

    /// Whether the type of number is one the standard knows.
    pub const fn has_legal_ton(&self) -> bool {
        self.ton <= ton::ABBREVIATED
    }

    /// Whether the numbering plan is one the standard knows.
    pub const fn has_legal_npi(&self) -> bool {
        matches!(self.npi, 0 | 1 | 3 | 4 | 6 | 8 | 9 | 10 | 14 | 18)
    }

    /// The digits, if there is nothing else but a leading `+`.
    pub fn digits(&self) -> Option<&'a [u8]> {
        let digits = self.addr.strip_prefix(b"+").unwrap_or(self.addr);
        (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(digits)
    }
}

pub(crate) const SOURCE: [Field; 3] =
    [Field::SourceAddrTon, Field::SourceAddrNpi, Field::SourceAddr];

pub(crate) const DESTINATION: [Field; 3] =
    [Field::DestAddrTon, Field::DestAddrNpi, Field::DestinationAddr];

/// `AsiaCell/5.0`: the address, its TON and its NPI.
impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.{}", self.addr.escape_ascii(), self.ton, self.npi)
    }
}
