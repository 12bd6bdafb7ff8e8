//! Memory for the texts of one request to a trunk, which comes back after each.

use std::fmt::{Arguments, Write};

/// Memory for one request.
#[derive(Debug, Default)]
pub(crate) struct Papers {
    /// What it is called, and what it calls others.
    pub(super) sheet: Sheet,
    /// What its branch is made of; then the value that proves who we are.
    pub(super) proof: String,
    /// Where its Sms has been.
    pub(super) trace: Hex,
}

/// Octets, and how they are written with hexadecimal digits.
#[derive(Debug, Default)]
pub(super) struct Hex {
    octets: Vec<u8>,
    digits: String,
}

/// Texts one after the other, in the order of [`Part`].
#[derive(Debug, Default)]
pub(super) struct Sheet {
    text: String,
    /// Where each part ends.
    ends: [usize; PARTS],
}

/// One text of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// The branch of our Via.
    Branch,
    /// The tag of an OPTIONS, and the cnonce of all credentials.
    Cnonce,
    /// The Call-ID.
    CallId,
    /// The user part of From.
    From,
    /// The user part of To.
    To,
    /// The Request-URI.
    Uri,
}

impl Hex {
    /// Memory for the next octets.
    pub(super) fn octets(&mut self) -> &mut Vec<u8> {
        self.octets.clear();
        &mut self.octets
    }

    /// What was put there, as digits.
    pub(super) fn digits(&mut self) -> &str {
        self.digits.clear();
        self.octets.iter().for_each(|octet| put(&mut self.digits, format_args!("{octet:02x}")));
        &self.digits
    }
}

impl Sheet {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.ends = [0; PARTS];
    }

    /// Writes a part; those before it stand already.
    pub(super) fn write(&mut self, part: Part, write: impl FnOnce(&mut String)) {
        write(&mut self.text);
        self.ends[part as usize..].fill(self.text.len());
    }

    /// A part; what was not written is empty.
    pub(super) fn get(&self, part: Part) -> &str {
        let start = (part as usize).checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[part as usize]]
    }
}

/// Appends to a text without making another one.
pub(super) fn put(text: &mut String, what: Arguments<'_>) {
    text.write_fmt(what).expect("a String takes whatever is written to it");
}

const PARTS: usize = 6;
