//! How a text is written: its alphabet, and the national tables if there are any.

use crate::{Alphabet, Coding, Decoded, Languages, Shifts, TextError, alphabet, shift};

/// The alphabet of a text, with the tables its header asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Form {
    /// The alphabet.
    pub alphabet: Alphabet,
    /// National tables; they mean something for GSM 7-bit only.
    pub shifts: Shifts,
}

impl Form {
    /// An alphabet without national tables.
    pub const fn of(alphabet: Alphabet) -> Self {
        Self { alphabet, shifts: Shifts::NONE }
    }

    /// What a data_coding and the tables of a header say.
    pub const fn coded(data_coding: u8, shifts: Shifts) -> Self {
        let alphabet = Coding::of(data_coding).alphabet;
        match alphabet {
            Alphabet::Gsm7 => Self { alphabet, shifts },
            _ => Self::of(alphabet),
        }
    }

    /// The one that says `text` in the fewest octets: GSM 7-bit if every character is in it, with
    /// a table of one of these languages if that is less than UCS-2, else UCS-2.
    pub fn smallest(text: &str, languages: Languages) -> Self {
        let ucs2 = Self::of(Alphabet::Ucs2);
        let Some((shifts, septets)) = shift::smallest(text, languages) else { return ucs2 };
        let packed = shifts.octets() + (7 * septets).div_ceil(8);
        if shifts == Shifts::NONE || packed < 2 * text.encode_utf16().count() {
            Self { alphabet: Alphabet::Gsm7, shifts }
        } else {
            ucs2
        }
    }

    /// Appends the text that the octets mean; septets stand one in each octet.
    pub fn decode_to(self, octets: &[u8], out: &mut String) -> Result<Decoded, TextError> {
        match self.alphabet {
            Alphabet::Gsm7 => Ok(self.shifts.decode_to(octets, out)),
            _ => alphabet::decode_to(self.alphabet, octets, out),
        }
    }

    /// Appends `text`, septets one in each octet; `false`, and `out` as it was, if it cannot be
    /// said.
    pub fn encode_to(self, text: &str, out: &mut Vec<u8>) -> bool {
        match self.alphabet {
            Alphabet::Gsm7 => self.shifts.encode(text, out).is_ok(),
            _ => alphabet::encode_to(self.alphabet, text, out),
        }
    }

    /// Units a character needs (septets, UTF-16 units, or octets); `None` if it cannot be said.
    pub(crate) fn cost(self, character: char) -> Option<usize> {
        match self.alphabet {
            Alphabet::Gsm7 => self.shifts.cost(character),
            Alphabet::Ucs2 => Some(character.len_utf16()),
            _ => {
                let mut octets = Vec::new();
                let said = self.encode_to(character.encode_utf8(&mut [0; 4]), &mut octets);
                said.then_some(octets.len())
            }
        }
    }

    /// Units that fit behind a header of so many octets (TS 23.040 §9.2.3.16: 140 octets, or 160
    /// septets).
    pub const fn room(self, header: usize) -> usize {
        let octets = USER_DATA.saturating_sub(header);
        match self.alphabet {
            // What travels over the air as GSM 7-bit.
            Alphabet::Gsm7 | Alphabet::Ascii => octets * 8 / 7,
            // What travels over the air as UCS-2.
            Alphabet::Ucs2 | Alphabet::Latin1 | Alphabet::Cyrillic | Alphabet::Hebrew => octets / 2,
            Alphabet::ShiftJis
            | Alphabet::Iso2022Jp
            | Alphabet::EucJp
            | Alphabet::EucKr
            | Alphabet::Binary
            | Alphabet::Foreign => octets,
        }
    }
}

/// Octets of one message's user data.
const USER_DATA: usize = 140;

#[cfg(test)]
mod tests;
