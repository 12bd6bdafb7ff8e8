//! Addresses: a length in semi-octets, a type, and digits or packed letters (TS 23.040 §9.1.2.5).

use super::{Cursor, TpduError};
use crate::{gsm7, packed};

/// An address as it came in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Address<'a> {
    /// Type of number, as SMPP numbers them too: 1 international, 5 alphanumeric.
    pub ton: u8,
    /// Numbering plan.
    pub npi: u8,
    /// Useful semi-octets.
    semi_octets: usize,
    octets: &'a [u8],
}

impl<'a> Address<'a> {
    pub(super) fn take(cursor: &mut Cursor<'a>) -> Result<Self, TpduError> {
        let semi_octets = usize::from(cursor.u8()?);
        let kind = cursor.u8()?;
        if semi_octets > SEMI_OCTETS_MAX {
            return Err(cursor.wrong());
        }
        let octets = cursor.take(semi_octets.div_ceil(2))?;
        Ok(Self { ton: kind >> 4 & 7, npi: kind & 0x0F, semi_octets, octets })
    }

    /// Its characters: digits, or the text of an alphanumeric one.
    pub fn text(&self) -> String {
        if self.ton == ALPHANUMERIC {
            let mut septets = Vec::with_capacity(LETTERS_MAX);
            packed::unpack(self.octets, 0, &mut septets);
            septets.truncate(self.semi_octets * 4 / 7);
            let mut text = String::with_capacity(septets.len());
            let _ = gsm7::decode_to(&septets, &mut text);
            return text;
        }
        digits(self.octets).take(self.semi_octets).collect()
    }
}

/// Semi-octets as they stand on the air, low nibble first, up to the filler.
pub(crate) fn digits(octets: &[u8]) -> impl Iterator<Item = char> + '_ {
    let nibbles = octets.iter().flat_map(|octet| [octet & 0x0F, octet >> 4]);
    nibbles.map_while(|nibble| DIGITS.get(usize::from(nibble)).map(|digit| char::from(*digit)))
}

/// Appends digits in semi-octets; what is no digit is left out. Says how many there were.
pub(crate) fn put_digits(text: &str, out: &mut Vec<u8>) -> usize {
    let nibble = |char: u8| DIGITS.iter().position(|digit| *digit == char.to_ascii_lowercase());
    let mut count = 0;
    for nibble in text.bytes().filter_map(nibble) {
        match out.last_mut().filter(|_| count % 2 == 1) {
            Some(last) => *last = *last & 0x0F | (nibble as u8) << 4,
            None => out.push(0xF0 | nibble as u8),
        }
        count += 1;
    }
    count
}

/// Appends an address. An alphanumeric one is cut to the eleven characters it may have.
pub(super) fn put(ton: u8, npi: u8, text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0, 0x80 | (ton & 7) << 4 | npi & 0x0F]);
    let semi_octets = if ton == ALPHANUMERIC {
        let mut septets = Vec::with_capacity(2 * LETTERS_MAX);
        for char in text.chars() {
            let before = septets.len();
            if gsm7::encode(char.encode_utf8(&mut [0; 4]), &mut septets).is_err() {
                septets.push(UNSAID);
            }
            if septets.len() > LETTERS_MAX {
                septets.truncate(before);
                break;
            }
        }
        packed::pack(&septets, 0, out);
        (7 * septets.len()).div_ceil(4)
    } else {
        let cut = text.get(..SEMI_OCTETS_MAX).unwrap_or(text);
        put_digits(cut, out)
    };
    out[start] = semi_octets as u8;
}

/// Type of number: letters.
const ALPHANUMERIC: u8 = 5;

/// Ten octets of digits or letters (§9.1.2.5).
const SEMI_OCTETS_MAX: usize = 20;

/// Letters in them.
const LETTERS_MAX: usize = 11;

/// A question mark, for a letter the alphabet has not.
const UNSAID: u8 = 0x3F;

/// Called-party BCD (TS 24.008 §10.5.4.7); 15 is the filler.
const DIGITS: [u8; 15] = *b"0123456789*#abc";
