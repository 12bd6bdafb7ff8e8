//! National languages in GSM 7-bit (3GPP TS 23.038 §6.2.1.2, annex A): a locking table in the
//! place of the default table, a single shift table in that of the extension, or both.
//!
//! A header says which (elements 0x24 and 0x25); without one there are none.

mod choose;
mod index;
mod language;
mod locking;
mod single;

pub use choose::smallest;
pub use language::{Language, Languages};

use index::Index;

use crate::gsm7::{self, ESCAPE, NotGsm7};
use crate::udh::iei;
use crate::{Decoded, Udh};

/// What 128 septets mean, zero where they mean nothing.
pub(crate) type Table = [u16; 128];

/// The tables a text is written with.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Shifts {
    /// Whose table stands in the place of the default one.
    pub locking: Option<Language>,
    /// Whose table stands in the place of the extension.
    pub single: Option<Language>,
}

impl Shifts {
    /// None, the tables everybody knows.
    pub const NONE: Self = Self { locking: None, single: None };

    /// Those a header asks for. A language that is not known, or has no such table, is passed
    /// over; of several elements the last counts (TS 23.040 §9.2.3.24.15, §9.2.3.24.16).
    pub fn of(header: &Udh<'_>) -> Self {
        let mut shifts = Self::NONE;
        for element in header.elements() {
            match (element.id, element.data) {
                (iei::SINGLE_SHIFT, &[id]) => shifts.single = Language::of(id),
                (iei::LOCKING_SHIFT, &[id]) => {
                    shifts.locking = Language::of(id).filter(|language| language.locks());
                }
                (_, _) => {}
            }
        }
        shifts
    }

    /// Octets of the elements that ask for these tables.
    pub const fn octets(self) -> usize {
        3 * (self.locking.is_some() as usize + self.single.is_some() as usize)
    }

    /// Appends the text that septets mean under these tables, see [`gsm7::decode_to`]. Where a
    /// locking table has nothing stands a blank.
    pub fn decode_to(self, septets: &[u8], out: &mut String) -> Decoded {
        if self == Self::NONE {
            return gsm7::decode_to(septets, out);
        }
        let mut decoded = Decoded::Exact;
        out.reserve(2 * septets.len());
        let mut septets = septets.iter().copied();
        while let Some(septet) = septets.next() {
            let (meaning, exact) = match septet {
                ESCAPE => self.escaped(septets.next()),
                _ => self.plain(septet),
            };
            out.push(meaning);
            if !exact {
                decoded = Decoded::Repaired;
            }
        }
        decoded
    }

    fn plain(self, septet: u8) -> (char, bool) {
        if septet > 0x7F {
            return (char::REPLACEMENT_CHARACTER, false);
        }
        let meaning = match self.locking {
            Some(language) => language.locking_meaning(septet),
            None => gsm7::default_meaning(septet),
        };
        meaning.map_or((' ', false), |meaning| (meaning, true))
    }

    fn escaped(self, septet: Option<u8>) -> (char, bool) {
        let Some(septet) = septet else { return (' ', false) };
        let meaning = match self.single {
            Some(language) => language.single_meaning(septet),
            None => gsm7::extension_meaning(septet),
        };
        meaning.map_or_else(|| (self.plain(septet).0, false), |meaning| (meaning, true))
    }

    /// Appends `text` in septets; if a character has none, `out` is left as it was.
    pub fn encode(self, text: &str, out: &mut Vec<u8>) -> Result<(), NotGsm7> {
        if self == Self::NONE {
            return gsm7::encode(text, out);
        }
        let start = out.len();
        out.reserve(text.len());
        for character in text.chars() {
            if let Some(septet) = self.in_first(character) {
                out.push(septet);
            } else if let Some(septet) = self.in_second(character) {
                out.extend_from_slice(&[ESCAPE, septet]);
            } else {
                out.truncate(start);
                return Err(NotGsm7);
            }
        }
        Ok(())
    }

    /// Septets `text` needs, escapes included; `None` if a character has none.
    pub fn septets(self, text: &str) -> Option<usize> {
        if self == Self::NONE {
            return gsm7::septets(text);
        }
        text.chars().try_fold(0, |sum, character| Some(sum + self.cost(character)?))
    }

    /// Septets a character needs, one or two.
    pub(crate) fn cost(self, character: char) -> Option<usize> {
        if self == Self::NONE {
            gsm7::cost(character)
        } else if self.in_first(character).is_some() {
            Some(1)
        } else {
            self.in_second(character).map(|_| 2)
        }
    }

    fn in_first(self, character: char) -> Option<u8> {
        match self.locking {
            Some(language) => LOCKING[language as usize].septet(character),
            None => gsm7::in_default(character),
        }
    }

    fn in_second(self, character: char) -> Option<u8> {
        match self.single {
            Some(language) => SINGLE[language as usize].septet(character),
            None => gsm7::in_extension(character),
        }
    }
}

/// The locking tables the other way round.
static LOCKING: [Index; 14] = Index::of_all(&locking::TABLES);

/// The single shift tables the other way round.
static SINGLE: [Index; 14] = Index::of_all(&single::TABLES);

#[cfg(test)]
mod tests;
