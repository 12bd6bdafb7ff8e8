//! The data_coding octet (SMPP 3.4 §5.2.19; above 0x0F 3GPP TS 23.038 §4).

use crate::Alphabet;

/// What a data_coding octet says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Coding {
    /// How the octets are to be read.
    pub alphabet: Alphabet,
    /// The message class, if there is one.
    pub class: Option<Class>,
    /// What it says of messages that wait elsewhere, if it does.
    pub waiting: Option<Waiting>,
    /// Compressed (TS 23.042): nobody here reads it, so the alphabet is [`Alphabet::Foreign`].
    pub compressed: bool,
    /// To be deleted once it was read (group 01xx).
    pub deleted_once_read: bool,
}

/// Where a message goes on the phone (TS 23.038 §4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Class {
    /// Class 0: shown at once and not stored.
    Flash,
    /// Class 1: the phone's own.
    Phone,
    /// Class 2: stored on the card.
    Card,
    /// Class 3: for what is attached to the phone.
    Attached,
}

/// A message waiting indication (TS 23.038 §4, groups 1100, 1101 and 1110).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Waiting {
    /// Whether the text is to be stored, or may be thrown away once the sign is shown.
    pub stored: bool,
    /// Whether the sign is to be shown, or to be taken away.
    pub active: bool,
    /// What waits.
    pub kind: Waits,
}

/// What waits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Waits {
    /// A voicemail.
    Voice,
    /// A fax.
    Fax,
    /// An e-mail.
    Mail,
    /// Something else.
    Other,
}

impl Waits {
    /// Bits 1-0 of an indication.
    pub(crate) const fn of(bits: u8) -> Self {
        match bits & 0x03 {
            0 => Self::Voice,
            1 => Self::Fax,
            2 => Self::Mail,
            _ => Self::Other,
        }
    }
}

impl Coding {
    /// Reads any data_coding. 0x00 is the message centre's default, taken for GSM
    /// 7-bit; an account that agreed on something else replaces it.
    pub const fn of(data_coding: u8) -> Self {
        match data_coding {
            0x00 => Self::plain(Alphabet::Gsm7),
            0x01 => Self::plain(Alphabet::Ascii),
            0x02 | 0x04 => Self::plain(Alphabet::Binary),
            0x03 => Self::plain(Alphabet::Latin1),
            0x05 => Self::plain(Alphabet::ShiftJis),
            0x06 => Self::plain(Alphabet::Cyrillic),
            0x07 => Self::plain(Alphabet::Hebrew),
            0x08 => Self::plain(Alphabet::Ucs2),
            0x0A => Self::plain(Alphabet::Iso2022Jp),
            0x0D => Self::plain(Alphabet::EucJp),
            0x0E => Self::plain(Alphabet::EucKr),
            // Pictograms, and reserved values.
            0x09 | 0x0B | 0x0C | 0x0F | 0x80..=0xBF => Self::plain(Alphabet::Foreign),
            // General data coding and automatic deletion (groups 00xx, 01xx).
            0x10..=0x7F => Self::general(data_coding),
            // Message waiting: discard, store, store UCS-2.
            0xC0..=0xDF => Self::waiting(Alphabet::Gsm7, data_coding),
            0xE0..=0xEF => Self::waiting(Alphabet::Ucs2, data_coding),
            // Data coding and message class: bit 2 chooses 8-bit data.
            0xF0..=0xFF if data_coding & 0x04 == 0 => Self::classed(Alphabet::Gsm7, data_coding),
            0xF0..=0xFF => Self::classed(Alphabet::Binary, data_coding),
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
        let mut coding = Self::classed(alphabet, data_coding);
        if data_coding & 0x10 == 0 {
            coding.class = None;
        }
        coding.compressed = compressed;
        coding.deleted_once_read = data_coding & 0x40 != 0;
        coding
    }

    const fn classed(alphabet: Alphabet, data_coding: u8) -> Self {
        let mut coding = Self::plain(alphabet);
        coding.class = Some(match data_coding & 0x03 {
            0 => Class::Flash,
            1 => Class::Phone,
            2 => Class::Card,
            _ => Class::Attached,
        });
        coding
    }

    /// Groups 1100, 1101 and 1110: bit 3 shown or taken away, bits 1-0 what waits.
    const fn waiting(alphabet: Alphabet, data_coding: u8) -> Self {
        let mut coding = Self::plain(alphabet);
        coding.waiting = Some(Waiting {
            stored: data_coding >= 0xD0,
            active: data_coding & 0x08 != 0,
            kind: Waits::of(data_coding),
        });
        coding
    }

    const fn plain(alphabet: Alphabet) -> Self {
        Self { alphabet, class: None, waiting: None, compressed: false, deleted_once_read: false }
    }

    /// The data_coding for a text in `alphabet` with this one's class: flash stays flash when the
    /// text is written in another alphabet. `None` if the alphabet has none of its own.
    pub const fn said_in(self, alphabet: Alphabet) -> Option<u8> {
        match (self.class, alphabet) {
            (Some(class), Alphabet::Gsm7) => Some(0x10 | class as u8),
            (Some(class), Alphabet::Binary) => Some(0x14 | class as u8),
            (Some(class), Alphabet::Ucs2) => Some(0x18 | class as u8),
            (_, _) => alphabet.data_coding(),
        }
    }
}

#[cfg(test)]
mod tests;
