//! User data: packed septets or octets, behind a header if there is one (TS 23.040 §9.2.3.24), and
//! the data coding scheme that says which (TS 23.038 §4).

use super::{Cursor, TpduError, USER_DATA_MAX};
use crate::{Alphabet, Coding, packed};

/// User data as it came in.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UserData<'a> {
    /// TP-DCS.
    pub coding: u8,
    /// It begins with a header.
    pub has_header: bool,
    /// TP-UDL: septets or octets, header included.
    length: usize,
    octets: &'a [u8],
}

impl<'a> UserData<'a> {
    pub(super) fn take(
        coding: u8,
        has_header: bool,
        cursor: &mut Cursor<'a>,
    ) -> Result<Self, TpduError> {
        let length = usize::from(cursor.u8()?);
        let octets = match alphabet_of(coding) {
            Alphabet::Gsm7 => (7 * length).div_ceil(8),
            _ => length,
        };
        if octets > USER_DATA_MAX {
            return Err(cursor.wrong());
        }
        let octets = cursor.take(octets)?;
        let data = Self { coding, has_header, length, octets };
        if has_header && data.header() > octets.len() {
            return Err(cursor.wrong());
        }
        Ok(data)
    }

    /// Octets of the header with its length.
    fn header(&self) -> usize {
        let length = self.octets.first().map_or(0, |length| usize::from(*length) + 1);
        if self.has_header { length } else { 0 }
    }

    /// Appends header and text as SMPP has them: septets one in each octet.
    pub fn unpack(&self, out: &mut Vec<u8>) {
        if alphabet_of(self.coding) != Alphabet::Gsm7 {
            return out.extend_from_slice(self.octets);
        }
        let (header, packed) = self.octets.split_at(self.header());
        let fill = packed::fill(header.len());
        out.extend_from_slice(header);
        let start = out.len();
        let septets = self.length.saturating_sub((8 * header.len() + fill) / 7);
        packed::unpack(packed, fill, out);
        // Its length is said, so that nothing at the end is taken for filling.
        out.resize(start + septets, PADDING);
    }
}

/// Appends TP-UDL and TP-UD from header and text as SMPP has them; `false`, and nothing is
/// written, if they are too long.
pub(super) fn put(coding: u8, header: usize, octets: &[u8], out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.push(0);
    let length = if alphabet_of(coding) == Alphabet::Gsm7 {
        let (header, septets) = octets.split_at(header.min(octets.len()));
        let fill = packed::fill(header.len());
        out.extend_from_slice(header);
        packed::pack(septets, fill, out);
        let length = (8 * header.len() + fill) / 7 + septets.len();
        // Behind a header without a text its filling is all there is.
        out.resize(start + 1 + (7 * length).div_ceil(8), 0);
        length
    } else {
        out.extend_from_slice(octets);
        octets.len()
    };
    let fits = out.len() - start - 1 <= USER_DATA_MAX && length <= usize::from(u8::MAX);
    if fits {
        out[start] = length as u8;
    } else {
        out.truncate(start);
    }
    fits
}

/// How user data is read that has this TP-DCS: what nobody can read is octets.
pub fn alphabet_of(coding: u8) -> Alphabet {
    let alphabet = match coding {
        // In the general groups bits 3 and 2 say it; below 0x10 SMPP means other things by them.
        0x00..=0x0F => Coding::of(coding | 0x10).alphabet,
        0x10..=0xFF => Coding::of(coding).alphabet,
    };
    match alphabet {
        Alphabet::Gsm7 | Alphabet::Ucs2 => alphabet,
        _ => Alphabet::Binary,
    }
}

/// The data_coding of SMPP that means the same as a TP-DCS.
pub fn to_data_coding(coding: u8) -> u8 {
    match coding {
        0x00..=0x0F => match alphabet_of(coding) {
            Alphabet::Gsm7 => 0x00,
            Alphabet::Ucs2 => 0x08,
            _ => 0x04,
        },
        0x10..=0xFF => coding,
    }
}

/// The TP-DCS that means the same as a data_coding whose text was said in this alphabet.
pub fn from_data_coding(data_coding: u8, alphabet: Alphabet) -> u8 {
    let bits = match alphabet {
        Alphabet::Gsm7 => 0x00,
        Alphabet::Ucs2 => 0x08,
        _ => 0x04,
    };
    let said = Coding::of(data_coding);
    match (said.class, said.waiting) {
        (_, Some(_)) if alphabet_of(data_coding) == alphabet => data_coding,
        (Some(class), _) => 0x10 | bits | class as u8,
        (None, _) => bits,
    }
}

/// Carriage return, which may end packed septets.
const PADDING: u8 = 0x0D;
