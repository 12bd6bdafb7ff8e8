//! The languages that have tables, and sets of them.

use super::{locking, single};

/// A language with a table of its own (3GPP TS 23.038 §6.2.1.2.4); the value is its identifier.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub enum Language {
    /// Locking and single shift.
    Turkish = 1,
    /// Single shift only.
    Spanish = 2,
    /// Locking and single shift, as all that follow.
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

impl Language {
    /// All of them, by identifier.
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

    /// The one with this identifier; none for the default alphabet and reserved ones.
    pub fn of(id: u8) -> Option<Self> {
        Self::ALL.get(usize::from(id).checked_sub(1)?).copied()
    }

    /// Its identifier.
    pub const fn id(self) -> u8 {
        self as u8
    }

    /// Whether it has a locking table.
    pub fn locks(self) -> bool {
        locking::TABLES[self as usize].is_some()
    }

    pub(super) fn locking_meaning(self, septet: u8) -> Option<char> {
        meaning(locking::TABLES[self as usize], septet)
    }

    pub(super) fn single_meaning(self, septet: u8) -> Option<char> {
        meaning(single::TABLES[self as usize], septet)
    }
}

fn meaning(table: Option<&super::Table>, septet: u8) -> Option<char> {
    let point = *table?.get(usize::from(septet))?;
    char::from_u32(u32::from(point)).filter(|_| point != 0)
}

/// A set of languages.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Languages(u16);

impl Languages {
    /// No language: the tables everybody knows, and nothing else.
    pub const NONE: Self = Self(0);

    /// Every language.
    pub const ALL: Self = Self(0x3FFE);

    /// This set and a language.
    #[must_use]
    pub const fn with(self, language: Language) -> Self {
        Self(self.0 | 1 << language.id())
    }

    /// Whether a language is in it.
    pub const fn has(self, language: Language) -> bool {
        self.0 & 1 << language.id() != 0
    }

    /// Its bits, bit `n` for the language with identifier `n`.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set of these bits; what stands for no language is passed over.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Those in it, by identifier.
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |language| self.has(*language))
    }
}
