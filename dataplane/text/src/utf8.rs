//! UTF-8 by the word: the octets of a character of the basic plane in a `u32`, the first one
//! lowest, and above them how many they are. Writing four octets and stepping on by the count
//! takes no branch, so that a text of mixed scripts is as quick as one of a single script.

/// A character of the basic plane.
pub(crate) const fn word(character: char) -> u32 {
    let mut octets = [0; 4];
    let count = character.encode_utf8(&mut octets).len();
    u32::from_le_bytes([octets[0], octets[1], octets[2], count as u8])
}

/// What is gathered in UTF-8 before it is appended.
#[derive(Debug)]
pub(crate) struct Said {
    octets: [u8; SAID + CHECKED],
    len: usize,
}

impl Said {
    /// Nothing yet.
    pub(crate) const fn new() -> Self {
        Self { octets: [0; SAID + CHECKED], len: 0 }
    }

    /// Room for so many octets behind what is there, which is appended if there is none.
    #[inline(always)]
    pub(crate) fn room<const N: usize>(&mut self, out: &mut String) -> &mut [u8; N] {
        const { assert!(N <= SAID) }
        if self.len > SAID - N {
            self.flush(out);
        }
        self.octets[self.len..SAID].first_chunk_mut().expect("what was there has been appended")
    }

    /// So many octets of the room are text now.
    #[inline(always)]
    pub(crate) fn advance(&mut self, octets: usize) {
        self.len += octets;
    }

    /// Appends what is there: whole characters.
    pub(crate) fn flush(&mut self, out: &mut String) {
        // What is checked is a whole number of blocks, or the last one would be copied first.
        let behind = self.octets[self.len..].first_chunk_mut::<CHECKED>();
        *behind.expect("a block more is there than is ever said") = [b' '; CHECKED];
        let said = &self.octets[..self.len.next_multiple_of(CHECKED)];
        let text = simdutf8::basic::from_utf8(said);
        out.push_str(&text.expect("characters were written whole, in UTF-8")[..self.len]);
        self.len = 0;
    }
}

/// A message of usual length in any script: 70 characters of three octets, 160 of one.
const SAID: usize = 320;

/// Octets that are checked together.
const CHECKED: usize = 64;
