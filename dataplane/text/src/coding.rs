//! The data_coding octet (SMPP 3.4 §5.2.19; above 0x0F 3GPP TS 23.038 §4).

use crate::Alphabet;

/// What a data_coding octet says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Coding {
    /// How the octets are to be read.
    pub alphabet: Alphabet,
    /// The message class, if there is one; class 0 is shown at once and not stored.
    pub class: Option<u8>,
}

impl Coding {
    /// Reads any data_coding. 0x00 is the message centre's default, taken for GSM
    /// 7-bit; an account that agreed on something else replaces it.
    pub const fn of(data_coding: u8) -> Self {
        let class = data_coding & 0x03;
        match data_coding {
            0x00 => Self::plain(Alphabet::Gsm7),
            0x01 => Self::plain(Alphabet::Ascii),
            0x02 | 0x04 => Self::plain(Alphabet::Binary),
            0x03 => Self::plain(Alphabet::Latin1),
            0x06 => Self::plain(Alphabet::Cyrillic),
            0x07 => Self::plain(Alphabet::Hebrew),
            0x08 => Self::plain(Alphabet::Ucs2),
            // JIS, pictograms, ISO-2022-JP, JIS X 0212, KS C 5601, and reserved values.
            0x05 | 0x09..=0x0F => Self::plain(Alphabet::Foreign),
            // General data coding and automatic deletion (TS 23.038 groups 00xx, 01xx).
            0x10..=0x7F => Self::general(data_coding),
            0x80..=0xBF => Self::plain(Alphabet::Foreign),
            // Message waiting: discard, store, store UCS-2.
            0xC0..=0xDF => Self::plain(Alphabet::Gsm7),
            0xE0..=0xEF => Self::plain(Alphabet::Ucs2),
            // Data coding and message class: bit 2 chooses 8-bit data.
            0xF0..=0xFF if data_coding & 0x04 == 0 => {
                Self { alphabet: Alphabet::Gsm7, class: Some(class) }
            }
            0xF0..=0xFF => Self { alphabet: Alphabet::Binary, class: Some(class) },
        }
    }

    /// Groups 00xx and 01xx: bit 5 compressed, bit 4 class valid, bits 3-2 alphabet.
    const fn general(data_coding: u8) -> Self {
        let compressed = data_coding & 0x20 != 0;
        let alphabet = match (compressed, data_coding >> 2 & 0x03) {
            (false, 0) => Alphabet::Gsm7,
            (false, 1) => Alphabet::Binary,
            (false, 2) => Alphabet::Ucs2,
            (_, _) => Alphabet::Foreign,
        };
        let class = if data_coding & 0x10 != 0 { Some(data_coding & 0x03) } else { None };
        Self { alphabet, class }
    }

    const fn plain(alphabet: Alphabet) -> Self {
        Self { alphabet, class: None }
    }
}

#[cfg(test)]
mod tests;
