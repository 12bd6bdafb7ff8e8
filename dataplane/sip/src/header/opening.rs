//! How the line of a header begins, as nearly all write it: the name in the letters of its
//! standard, a colon and one space. Words of eight octets are compared, because finding the colon
//! first and the name by it takes three times as many instructions.

use crate::header::name::{KNOWN, Name};

/// The header whose line begins like this, and the place where its value does.
#[inline]
pub(crate) fn opening(line: &[u8; LONGEST]) -> Option<(Name, usize)> {
    let words = words(line);
    let mut place = usize::from(PLACES[slot(words[0] as u32)]);
    // Several names may begin with the same four letters.
    while let Some(known) = OPENINGS.get(place) {
        if known.begins(words) {
            return Some((known.name, usize::from(known.len)));
        }
        place = usize::from(known.next);
    }
    None
}

/// A name with its colon and space.
#[derive(Clone, Copy)]
struct Opening {
    words: [u64; 3],
    /// The octets of each word that count.
    masks: [u64; 3],
    len: u8,
    name: Name,
    /// The place of another one with the same slot, or of none.
    next: u8,
}

impl Opening {
    #[inline]
    fn begins(&self, [first, second, third]: [u64; 3]) -> bool {
        let [one, two, three] = self.words;
        let masks = self.masks;
        (first ^ one) & masks[0] == 0
            && (second ^ two) & masks[1] == 0
            && (third ^ three) & masks[2] == 0
    }
}

const fn words(line: &[u8; LONGEST]) -> [u64; 3] {
    let (mut words, mut at) = ([0; 3], LONGEST);
    while at > 0 {
        at -= 1;
        words[at / 8] = words[at / 8] << 8 | line[at] as u64;
    }
    words
}

const OPENINGS: [Opening; KNOWN.len()] = {
    let empty = Opening { words: [0; 3], masks: [0; 3], len: 0, name: Name::Other, next: NONE };
    let mut openings = [empty; KNOWN.len()];
    let mut place = 0;
    while place < KNOWN.len() {
        let (name, known) = (KNOWN[place].0.as_bytes(), KNOWN[place].1);
        let (mut text, mut mask, mut at) = ([0; LONGEST], [0; LONGEST], 0);
        while at < name.len() + 2 {
            let octet = if at < name.len() { name[at] } else { b": "[at - name.len()] };
            (text[at], mask[at]) = (octet, 0xff);
            at += 1;
        }
        let (words, masks) = (words(&text), words(&mask));
        let mut next = NONE;
        // The earlier ones of the table come first.
        let mut other = KNOWN.len();
        while other > place + 1 {
            other -= 1;
            if slot_of(other) == slot(words[0] as u32) {
                next = other as u8;
            }
        }
        openings[place] = Opening { words, masks, len: at as u8, name: known, next };
        place += 1;
    }
    openings
};

/// The place of the first opening of each slot.
const PLACES: [u8; SLOTS] = {
    let mut places = [NONE; SLOTS];
    let mut place = KNOWN.len();
    while place > 0 {
        place -= 1;
        places[slot_of(place)] = place as u8;
    }
    places
};

/// The slot of one of the known.
const fn slot_of(place: usize) -> usize {
    let (name, mut start, mut at) = (KNOWN[place].0.as_bytes(), 0, 4);
    while at > 0 {
        at -= 1;
        let octet = if at < name.len() { name[at] } else { b": "[at - name.len()] };
        start = start << 8 | octet as u32;
    }
    slot(start)
}

/// The factor was found by trying: it parts all that begin differently.
const fn slot(start: u32) -> usize {
    (start.wrapping_mul(0xec5e_eb43) >> 26) as usize
}

/// No place.
const NONE: u8 = u8::MAX;

const SLOTS: usize = 64;

/// Octets of the longest opening, in whole words.
const LONGEST: usize = 24;

#[cfg(test)]
mod tests;
