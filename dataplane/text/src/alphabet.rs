//! The alphabets, and the one door through which octets become text and back.

use std::fmt;

use crate::{east, gsm7, ucs2};

/// How the octets of a message are to be read.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Alphabet {
    /// GSM 7-bit default alphabet and its extension, one septet per octet.
    Gsm7,
    /// IA5, ISO 646, ASCII.
    Ascii,
    /// ISO 8859-1.
    Latin1,
    /// ISO 8859-5.
    Cyrillic,
    /// ISO 8859-8.
    Hebrew,
    /// UCS-2, read and written as UTF-16 big-endian.
    Ucs2,
    /// JIS X 0208 as Shift_JIS writes it.
    ShiftJis,
    /// JIS X 0208 behind escapes.
    Iso2022Jp,
    /// JIS X 0208, and to be read X 0212, with the high bit set.
    EucJp,
    /// KS C 5601 (KS X 1001) with the high bit set, and what Windows adds to it.
    EucKr,
    /// Data, not text.
    Binary,
    /// Text in an alphabet we carry but do not read.
    Foreign,
}

/// Whether decoding was exact.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub enum Decoded {
    /// Every octet meant what it should.
    Exact,
    /// Some octets meant nothing; U+FFFD or a near guess stands in their place.
    Repaired,
}

/// Octets that cannot be read as text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TextError {
    /// They are data.
    Binary,
    /// They are text in an alphabet we do not read.
    Foreign,
}

impl Alphabet {
    /// The data_coding that announces this alphabet (SMPP 3.4 §5.2.19); `None` for
    /// [`Foreign`](Self::Foreign), which has many.
    pub const fn data_coding(self) -> Option<u8> {
        match self {
            Self::Gsm7 => Some(0x00),
            Self::Ascii => Some(0x01),
            Self::Latin1 => Some(0x03),
            Self::Binary => Some(0x04),
            Self::Cyrillic => Some(0x06),
            Self::Hebrew => Some(0x07),
            Self::Ucs2 => Some(0x08),
            Self::ShiftJis => Some(0x05),
            Self::Iso2022Jp => Some(0x0A),
            Self::EucJp => Some(0x0D),
            Self::EucKr => Some(0x0E),
            Self::Foreign => None,
        }
    }

    /// Units in so many octets: septets, UTF-16 units, or octets.
    pub const fn units(self, octets: usize) -> usize {
        match self {
            Self::Ucs2 => octets.div_ceil(2),
            Self::Gsm7
            | Self::Ascii
            | Self::Latin1
            | Self::Cyrillic
            | Self::Hebrew
            | Self::ShiftJis
            | Self::Iso2022Jp
            | Self::EucJp
            | Self::EucKr
            | Self::Binary
            | Self::Foreign => octets,
        }
    }

    /// Units that fit into one message alone, and into one segment of several with
    /// a concatenation header of six octets (3GPP TS 23.040 §9.2.3.24.1).
    pub const fn room(self) -> (usize, usize) {
        match self {
            // ASCII travels over the air as GSM 7-bit.
            Self::Gsm7 | Self::Ascii => (160, 153),
            // What GSM 7-bit cannot hold travels as UCS-2.
            Self::Ucs2 | Self::Latin1 | Self::Cyrillic | Self::Hebrew => (70, 67),
            // And so do these, which have one or two octets for what has one unit there.
            Self::ShiftJis | Self::Iso2022Jp | Self::EucJp | Self::EucKr => (140, 134),
            Self::Binary | Self::Foreign => (140, 134),
        }
    }
}

/// Segments needed for so many units, at least one.
///
/// This is arithmetic on lengths, as bills are made. Cutting a text may need one
/// more where an escape pair or a surrogate pair would straddle a cut.
pub const fn segments(alphabet: Alphabet, units: usize) -> u16 {
    let (single, of_several) = alphabet.room();
    if units <= single {
        return 1;
    }
    let segments = units.div_ceil(of_several);
    if segments > u16::MAX as usize { u16::MAX } else { segments as u16 }
}

/// Appends to `out` the text that `octets` mean.
pub fn decode_to(
    alphabet: Alphabet,
    octets: &[u8],
    out: &mut String,
) -> Result<Decoded, TextError> {
    match alphabet {
        Alphabet::Gsm7 => Ok(gsm7::decode_to(octets, out)),
        Alphabet::Ucs2 => Ok(ucs2::decode_to(octets, out)),
        Alphabet::Ascii => Ok(by_octet(octets, out, ascii)),
        Alphabet::Latin1 => Ok(by_octet(octets, out, |octet| Some(char::from(octet)))),
        Alphabet::Cyrillic => Ok(by_octet(octets, out, cyrillic)),
        Alphabet::Hebrew => Ok(by_octet(octets, out, hebrew)),
        Alphabet::ShiftJis | Alphabet::Iso2022Jp | Alphabet::EucJp | Alphabet::EucKr => {
            Ok(east::decode_to(alphabet, octets, out))
        }
        Alphabet::Binary => Err(TextError::Binary),
        Alphabet::Foreign => Err(TextError::Foreign),
    }
}

/// Appends `text` to `out` in GSM 7-bit if every character is in it, else in UCS-2,
/// and says which.
pub fn encode_smallest(text: &str, out: &mut Vec<u8>) -> Alphabet {
    if gsm7::encode(text, out).is_ok() {
        return Alphabet::Gsm7;
    }
    ucs2::encode(text, out);
    Alphabet::Ucs2
}

/// Appends `text` in this alphabet; `false`, and `out` as it was, if it cannot be said in it.
pub fn encode_to(alphabet: Alphabet, text: &str, out: &mut Vec<u8>) -> bool {
    match alphabet {
        Alphabet::Gsm7 => gsm7::encode(text, out).is_ok(),
        Alphabet::Ucs2 => {
            ucs2::encode(text, out);
            true
        }
        Alphabet::Ascii => to_octets(text, out, ascii),
        Alphabet::Latin1 => to_octets(text, out, |octet| Some(char::from(octet))),
        Alphabet::Cyrillic => to_octets(text, out, cyrillic),
        Alphabet::Hebrew => to_octets(text, out, hebrew),
        Alphabet::ShiftJis | Alphabet::Iso2022Jp | Alphabet::EucJp | Alphabet::EucKr => {
            east::encode(alphabet, text, out)
        }
        Alphabet::Binary | Alphabet::Foreign => false,
    }
}

/// Appends the octets whose meanings are the characters.
fn to_octets(text: &str, out: &mut Vec<u8>, meaning: fn(u8) -> Option<char>) -> bool {
    let start = out.len();
    for character in text.chars() {
        // Most stand where ASCII or Latin-1 has them, the others in the upper half.
        let own = u8::try_from(character).ok().filter(|octet| meaning(*octet) == Some(character));
        let octet = own.or_else(|| (0xA0..=0xFF).find(|octet| meaning(*octet) == Some(character)));
        let Some(octet) = octet else {
            out.truncate(start);
            return false;
        };
        out.push(octet);
    }
    true
}

fn by_octet(octets: &[u8], out: &mut String, meaning: fn(u8) -> Option<char>) -> Decoded {
    let mut decoded = Decoded::Exact;
    out.reserve(octets.len());
    for &octet in octets {
        let character = meaning(octet).unwrap_or_else(|| {
            decoded = Decoded::Repaired;
            char::REPLACEMENT_CHARACTER
        });
        out.push(character);
    }
    decoded
}

fn ascii(octet: u8) -> Option<char> {
    octet.is_ascii().then(|| char::from(octet))
}

fn cyrillic(octet: u8) -> Option<char> {
    match octet {
        0x00..=0xA0 | 0xAD => Some(char::from(octet)),
        0xF0 => Some('№'),
        0xFD => Some('§'),
        0xA1..=0xFF => char::from_u32(0x0401 + u32::from(octet - 0xA1)),
    }
}

fn hebrew(octet: u8) -> Option<char> {
    match octet {
        0xAA => Some('×'),
        0xBA => Some('÷'),
        0xDF => Some('‗'),
        0xE0..=0xFA => char::from_u32(0x05D0 + u32::from(octet - 0xE0)),
        0xFD => Some('\u{200E}'),
        0xFE => Some('\u{200F}'),
        0xA1 | 0xBF..=0xDE | 0xFB | 0xFC | 0xFF => None,
        _ => Some(char::from(octet)),
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary data is not text",
            Self::Foreign => "text in an alphabet that is not read here",
        })
    }
}

impl std::error::Error for TextError {}

#[cfg(test)]
mod tests;
