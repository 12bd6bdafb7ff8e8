//! What the sender of a text wants to hear of it.

use crate::body::lines_of;

/// What the sender of a text wants to hear of it (RFC 5438 §6.3.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Wishes(u8);

impl Wishes {
    /// That it arrived.
    pub const DELIVERED: Self = Self(1);
    /// That it did not.
    pub const FAILED: Self = Self(2);
    /// That it is on its way.
    pub const PROCESSED: Self = Self(4);
    /// That it was shown.
    pub const DISPLAYED: Self = Self(8);

    /// The wishes of `positive-delivery, display`; words nobody knows are no wishes.
    pub fn parse(text: &str) -> Self {
        lines_of(text).fold(Self::default(), |wishes, word| {
            let known = WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
            known.map_or(wishes, |(_, wish)| wishes.and(*wish))
        })
    }

    /// These and those.
    pub fn and(self, more: Self) -> Self {
        Self(self.0 | more.0)
    }

    /// Is this among them?
    pub fn has(self, wish: Self) -> bool {
        self.0 & wish.0 == wish.0
    }

    /// Are there none?
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As one octet.
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Appends the words.
    pub fn encode(self, out: &mut Vec<u8>) {
        let said = WORDS.iter().filter(|(_, wish)| self.has(*wish));
        for (place, (word, _)) in said.enumerate() {
            out.extend_from_slice(if place > 0 { b", " } else { b"" });
            out.extend_from_slice(word.as_bytes());
        }
    }
}

const WORDS: [(&str, Wishes); 4] = [
    ("positive-delivery", Wishes::DELIVERED),
    ("negative-delivery", Wishes::FAILED),
    ("processing", Wishes::PROCESSED),
    ("display", Wishes::DISPLAYED),
];
