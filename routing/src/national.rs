//! The languages with tables of their own in GSM 7-bit (3GPP TS 23.038 §6.2.1.2.4).

use rkyv::{Archive, Deserialize, Serialize};

/// A language with national tables; its number is the standard's.
#[derive(Archive, Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[repr(u8)]
pub enum National {
    /// Locking and single shift.
    Turkish = 1,
    /// Single shift only.
    Spanish = 2,
    /// Both, as all that follow.
    Portuguese = 3,
    /// And Assamese.
    Bengali = 4,
    /// In its own script.
    Gujarati = 5,
    /// In Devanagari.
    Hindi = 6,
    /// In its own script.
    Kannada = 7,
    /// In its own script.
    Malayalam = 8,
    /// In its own script.
    Oriya = 9,
    /// In Gurmukhi.
    Punjabi = 10,
    /// In its own script.
    Tamil = 11,
    /// In its own script.
    Telugu = 12,
    /// In Arabic letters.
    Urdu = 13,
}

impl National {
    /// Every language.
    pub const ALL: [Self; 13] = [
        Self::Turkish,
        Self::Spanish,
        Self::Portuguese,
        Self::Bengali,
        Self::Gujarati,
        Self::Hindi,
        Self::Kannada,
        Self::Malayalam,
        Self::Oriya,
        Self::Punjabi,
        Self::Tamil,
        Self::Telugu,
        Self::Urdu,
    ];
}
