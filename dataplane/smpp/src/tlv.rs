//! Optional parameters, tag-length-value (SMPP 3.4 §5.3, 5.0 §4.8).
//!
//! The octets are checked once, when the PDU is decoded: every TLV lies within
//! the body. Tags we do not know are kept, because a relay must pass them on.

use std::fmt;

use crate::{Field, FieldError};

/// Octets of a TLV before its value.
pub const TLV_HEADER_LEN: usize = 4;

/// The optional parameters of one PDU, known to be well formed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Tlvs<'a> {
    raw: &'a [u8],
}

/// One optional parameter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// What it is, see [`tag`].
    pub tag: u16,
    /// Its octets.
    pub value: &'a [u8],
}

impl Tlv<'_> {
    /// Has the value a size that its tag allows? Tags without a name allow every size.
    pub const fn has_legal_size(&self) -> bool {
        match tag::size(self.tag) {
            Some((least, most)) => {
                least as usize <= self.value.len() && self.value.len() <= most as usize
            }
            None => true,
        }
    }
}

impl<'a> Tlvs<'a> {
    /// No optional parameters at all.
    pub const EMPTY: Self = Self { raw: &[] };

    /// Checks that `raw` is nothing but whole TLVs; stray octets are ESME_RINVTLVSTREAM.
    pub fn decode(raw: &'a [u8]) -> Result<Self, FieldError> {
        let mut rest = raw;
        while !rest.is_empty() {
            (_, rest) = split(rest).ok_or(FieldError::of(Field::Tlv))?;
        }
        Ok(Self { raw })
    }

    /// The octets, as received.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// The parameters in the order of the PDU.
    pub const fn iter(&self) -> TlvIter<'a> {
        TlvIter { rest: self.raw }
    }

    /// The value of the first parameter with this tag.
    pub fn get(&self, tag: u16) -> Option<&'a [u8]> {
        self.iter().find(|tlv| tlv.tag == tag).map(|tlv| tlv.value)
    }

    /// The value of a one-octet parameter; `None` if absent or not one octet.
    pub fn get_u8(&self, tag: u16) -> Option<u8> {
        match self.get(tag)? {
            &[value] => Some(value),
            _ => None,
        }
    }

    /// The value of a two-octet parameter; `None` if absent or not two octets.
    pub fn get_u16(&self, tag: u16) -> Option<u16> {
        self.get(tag)?.try_into().ok().map(u16::from_be_bytes)
    }

    /// The value of a C-Octet String parameter, up to its NUL if it has one.
    pub fn get_c_octets(&self, tag: u16) -> Option<&'a [u8]> {
        let value = self.get(tag)?;
        value.split(|&octet| octet == 0).next()
    }
}

impl<'a> IntoIterator for Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = TlvIter<'a>;

    fn into_iter(self) -> TlvIter<'a> {
        self.iter()
    }
}

/// Walks the parameters of one PDU.
#[derive(Clone, Debug)]
pub struct TlvIter<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for TlvIter<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        let (tlv, rest) = split(self.rest)?;
        self.rest = rest;
        Some(tlv)
    }
}

fn split(raw: &[u8]) -> Option<(Tlv<'_>, &[u8])> {
    let (&[tag_high, tag_low, len_high, len_low], rest) = raw.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([len_high, len_low]));
    let (value, rest) = rest.split_at_checked(length)?;
    Some((Tlv { tag: u16::from_be_bytes([tag_high, tag_low]), value }, rest))
}

/// Optional parameters in the making; well formed at every moment. Keep one and
/// [`clear`](Self::clear) it, and it stops asking for memory.
#[derive(Clone, Debug, Default)]
pub struct TlvBuffer {
    raw: Vec<u8>,
}

impl TlvBuffer {
    /// An empty buffer.
    pub const fn new() -> Self {
        Self { raw: Vec::new() }
    }

    /// Forgets the parameters, keeps the memory.
    pub fn clear(&mut self) {
        self.raw.clear();
    }

    /// Appends a parameter.
    pub fn put(&mut self, tag: u16, value: &[u8]) -> &mut Self {
        put(tag, value, &mut self.raw);
        self
    }

    /// Appends a one-octet parameter.
    pub fn put_u8(&mut self, tag: u16, value: u8) -> &mut Self {
        self.put(tag, &[value])
    }

    /// Appends a two-octet parameter.
    pub fn put_u16(&mut self, tag: u16, value: u16) -> &mut Self {
        self.put(tag, &value.to_be_bytes())
    }

    /// Appends a C-Octet String parameter; `value` comes without its NUL.
    pub fn put_c_octets(&mut self, tag: u16, value: &[u8]) -> &mut Self {
        let value = &value[..value.len().min(VALUE_MAX - 1)];
        put_header(tag, value.len() + 1, &mut self.raw);
        self.raw.extend_from_slice(value);
        self.raw.push(0);
        self
    }

    /// The parameters so far, ready to be put into a PDU.
    pub fn view(&self) -> Tlvs<'_> {
        Tlvs { raw: &self.raw }
    }
}

/// Appends a parameter. A value longer than a TLV can hold (65 535 octets) is cut there.
pub fn put(tag: u16, value: &[u8], out: &mut Vec<u8>) {
    let value = &value[..value.len().min(VALUE_MAX)];
    put_header(tag, value.len(), out);
    out.extend_from_slice(value);
}

/// Appends a one-octet parameter.
pub fn put_u8(tag: u16, value: u8, out: &mut Vec<u8>) {
    put(tag, &[value], out);
}

/// Appends a two-octet parameter.
pub fn put_u16(tag: u16, value: u16, out: &mut Vec<u8>) {
    put(tag, &value.to_be_bytes(), out);
}

fn put_header(tag: u16, length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&tag.to_be_bytes());
    out.extend_from_slice(&(length as u16).to_be_bytes());
}

const VALUE_MAX: usize = u16::MAX as usize;

impl fmt::Display for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match tag::name(self.tag) {
            Some(name) => f.write_str(name)?,
            None => write!(f, "0x{:04X}", self.tag)?,
        }
        f.write_str("=")?;
        self.value.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

pub mod tag;

#[cfg(test)]
mod tests;
