//! A header being written.

use super::{Concat, Element, Ports, Udh, iei};
use crate::Shifts;

/// A header being written: elements are added until it is full. Without any there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// The length octet and the elements.
    octets: [u8; HEADER_MAX],
    /// How many of them are written.
    len: usize,
}

/// An element that finds no room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Full;

impl Default for Header {
    fn default() -> Self {
        Self::new()
    }
}

impl Header {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { octets: [0; HEADER_MAX], len: 1 }
    }

    /// Adds an element behind the others.
    pub fn push(&mut self, element: Element<'_>) -> Result<(), Full> {
        let end = self.len + 2 + element.data.len();
        let Some(room) = self.octets.get_mut(self.len..end) else { return Err(Full) };
        let length = u8::try_from(element.data.len()).map_err(|_| Full)?;
        room[0] = element.id;
        room[1] = length;
        room[2..].copy_from_slice(element.data);
        self.len = end;
        self.octets[0] = u8::try_from(end - 1).map_err(|_| Full)?;
        Ok(())
    }

    /// Adds which segment this is.
    pub fn push_concat(&mut self, concat: &Concat) -> Result<(), Full> {
        let [high, low] = concat.reference.to_be_bytes();
        let (total, sequence) = (concat.total, concat.sequence);
        if concat.wide {
            self.push(Element { id: iei::CONCAT_16, data: &[high, low, total, sequence] })
        } else {
            self.push(Element { id: iei::CONCAT_8, data: &[low, total, sequence] })
        }
    }

    /// Adds for which program it is.
    pub fn push_ports(&mut self, ports: Ports) -> Result<(), Full> {
        let [to, to_low] = ports.destination.to_be_bytes();
        let [from, from_low] = ports.origin.to_be_bytes();
        if ports.wide {
            self.push(Element { id: iei::PORTS_16, data: &[to, to_low, from, from_low] })
        } else {
            self.push(Element { id: iei::PORTS_8, data: &[to_low, from_low] })
        }
    }

    /// Adds which national tables the text is written with.
    pub fn push_shifts(&mut self, shifts: Shifts) -> Result<(), Full> {
        if let Some(language) = shifts.single {
            self.push(Element { id: iei::SINGLE_SHIFT, data: &[language.id()] })?;
        }
        if let Some(language) = shifts.locking {
            self.push(Element { id: iei::LOCKING_SHIFT, data: &[language.id()] })?;
        }
        Ok(())
    }

    /// Adds what another header has, but for what says which segment it was.
    pub fn push_others(&mut self, other: &Udh<'_>) -> Result<(), Full> {
        let concat = |element: &Element<'_>| matches!(element.id, iei::CONCAT_8 | iei::CONCAT_16);
        other.elements().filter(|element| !concat(element)).try_for_each(|one| self.push(one))
    }

    /// What goes in front of the text; nothing if there are no elements.
    pub fn octets(&self) -> &[u8] {
        if self.len == 1 { &[] } else { &self.octets[..self.len] }
    }
}

/// As many as the user data of a message has (TS 23.040 §9.2.3.16).
const HEADER_MAX: usize = 140;
