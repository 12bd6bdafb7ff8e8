//! The user data header in front of a segment (3GPP TS 23.040 §9.2.3.24).
//!
//! A peer may set the indicator and send no header, or half of one. Octets that are
//! not exactly a header full of whole elements are text, all of them.

mod element;
mod header;

pub use element::{Indication, Meaning, Ports, iei};
pub use header::{Full, Header};

use crate::Shifts;

/// A header known to be well formed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Udh<'a> {
    /// The elements, without the length octet.
    elements: &'a [u8],
}

/// One information element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Element<'a> {
    /// What it is, see [`iei`].
    pub id: u8,
    /// Its data.
    pub data: &'a [u8],
}

/// Which segment of which text this is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Concat {
    /// The same in all segments of one text.
    pub reference: u16,
    /// How many segments there are, at least 1.
    pub total: u8,
    /// Which one this is, 1 to `total`.
    pub sequence: u8,
    /// Whether the reference has 16 bits; texts of different width never mix.
    pub wide: bool,
}

/// The header and what stands behind it; all of it, and no header, if there is none.
pub fn split_udh(octets: &[u8]) -> (Option<Udh<'_>>, &[u8]) {
    match Udh::decode(octets) {
        Some((udh, rest)) => (Some(udh), rest),
        None => (None, octets),
    }
}

impl<'a> Udh<'a> {
    /// Reads the header at the front of user data whose indicator is set.
    pub fn decode(octets: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&length, rest) = octets.split_first()?;
        let (elements, rest) = rest.split_at_checked(usize::from(length))?;
        let mut unread = elements;
        while !unread.is_empty() {
            (_, unread) = split(unread)?;
        }
        Some((Self { elements }, rest))
    }

    /// The elements in their order, known or not.
    pub const fn elements(&self) -> Elements<'a> {
        Elements { unread: self.elements }
    }

    /// Octets of the header, its length octet included.
    pub const fn octets(&self) -> usize {
        self.elements.len() + 1
    }

    /// The ports it is for and from; of several good ones the last counts.
    pub fn ports(&self) -> Option<Ports> {
        self.elements().filter_map(Ports::of).last()
    }

    /// The national tables it asks for.
    pub fn shifts(&self) -> Shifts {
        Shifts::of(self)
    }

    /// Which segment this is. An element with a total or a number of zero, or a
    /// number above the total, is ignored; of several good ones the last counts
    /// (TS 23.040 §9.2.3.24).
    pub fn concat(&self) -> Option<Concat> {
        self.elements().filter_map(Concat::of).last()
    }
}

impl Concat {
    pub(crate) fn of(element: Element<'_>) -> Option<Self> {
        let concat = match (element.id, element.data) {
            (iei::CONCAT_8, &[reference, total, sequence]) => {
                Self { reference: u16::from(reference), total, sequence, wide: false }
            }
            (iei::CONCAT_16, &[high, low, total, sequence]) => {
                let reference = u16::from_be_bytes([high, low]);
                Self { reference, total, sequence, wide: true }
            }
            (_, _) => return None,
        };
        (1..=concat.total).contains(&concat.sequence).then_some(concat)
    }

    /// Appends a header with this element alone: six octets, or seven if wide.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut header = Header::new();
        header.push_concat(self).expect("an empty header has room for one element");
        out.extend_from_slice(header.octets());
    }

    /// Octets of the element.
    pub const fn octets(wide: bool) -> usize {
        if wide { 6 } else { 5 }
    }
}

/// Walks the elements of a header.
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    unread: &'a [u8],
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (element, unread) = split(self.unread)?;
        self.unread = unread;
        Some(element)
    }
}

fn split(unread: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&[id, length], rest) = unread.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(usize::from(length))?;
    Some((Element { id, data }, rest))
}

#[cfg(test)]
mod tests;
