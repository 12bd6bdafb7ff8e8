//! Septets to UTF-8, thirty-two at a time.
//!
//! Each septet becomes two octets, of which the first may be missing, by a table for each set of
//! septets of which no two end in the same four bits. An escape becomes nothing, or the beginning
//! of the euro sign, the only character of three octets.

use fearless_simd::prelude::*;
use fearless_simd::u8x32;

use super::{DEFAULT, ESCAPE, EXTENSION};
use crate::lanes::{bits, chosen, of_bits, squeeze, squeeze_pairs};
use crate::utf8;

/// Writes what septets mean; returns how many of them were read, and how many octets that is.
/// `None` if one of them is to be looked at closely.
#[inline(always)]
pub(super) fn read<S: Simd>(
    simd: S,
    run: &[u8; RUN],
    room: &mut [u8; ROOM],
) -> Option<(usize, usize)> {
    let septets = u8x32::load_array_ref(simd, run);
    let escapes = bits(septets.simd_eq(ESCAPE));
    if bits((septets & 0x80).simd_ne(0)) != 0 {
        return None;
    }
    let (first, second) = meanings(septets);
    if escapes != 0 {
        return escaped(septets, escapes, (first, second), room);
    }
    let both = !bits(first.simd_eq(0));
    if both | bits(second.simd_ne(septets)) == 0 {
        room[..RUN].copy_from_slice(septets.as_array());
        return Some((RUN, RUN));
    }
    let (low, high) = first.interleave(second);
    let ((a, b), (c, d)) = (low.split(), high.split());
    let len = squeeze_pairs(a, both, room, 0);
    let len = squeeze_pairs(b, both >> 8, room, len);
    let len = squeeze_pairs(c, both >> 16, room, len);
    Some((RUN, squeeze_pairs(d, both >> 24, room, len)))
}

/// What septets mean where nothing is escaped: the first of two octets, or zero, and the last.
#[inline(always)]
fn meanings<S: Simd>(septets: u8x32<S>) -> (u8x32<S>, u8x32<S>) {
    let (mut first, mut second) = (u8x32::splat(septets.token(), 0), septets);
    for set in &SETS {
        let here = septets.simd_eq(chosen(&set.septet, septets));
        first = here.select(chosen(&set.first, septets), first);
        second = here.select(chosen(&set.second, septets), second);
    }
    (first, second)
}

/// The same where there are escapes.
#[inline(always)]
fn escaped<S: Simd>(
    septets: u8x32<S>,
    escapes: u32,
    (first, second): (u8x32<S>, u8x32<S>),
    room: &mut [u8; ROOM],
) -> Option<(usize, usize)> {
    let simd = septets.token();
    let known = septets.simd_eq(chosen(&EXTENDED.septet, septets));
    if escapes << 1 & (!bits(known) | escapes) != 0 {
        return None;
    }
    // What is left out is zero, which no septet means.
    let zero = u8x32::splat(simd, 0);
    let escape = septets.simd_eq(ESCAPE);
    let behind = zero.slide::<31>(septets).simd_eq(ESCAPE);
    let mut second = behind.select(chosen(&EXTENDED.second, septets), second);
    let mut first = (escape | behind).select(zero, first);
    second = escape.select(zero, second);
    let euros = escapes & bits(septets.simd_eq(EURO_SEPTET)) >> 1;
    if euros != 0 {
        let euro = of_bits(simd, euros);
        first = euro.select(u8x32::splat(simd, EURO[0]), first);
        second = euro.select(u8x32::splat(simd, EURO[1]), second);
    }
    // What the last one escapes is not here.
    let count = RUN - (escapes >> 31) as usize;
    if bits(first.simd_ne(0)) == 0 {
        let (keep, (low, high)) = (!bits(second.simd_eq(0)), second.split());
        let len = squeeze(low, keep, room, 0);
        return Some((count, squeeze(high, keep >> 16, room, len)));
    }
    let (low, high) = first.interleave(second);
    let keep = [low, high].map(|pairs| !bits(pairs.simd_eq(0)));
    let ((a, b), (c, d)) = (low.split(), high.split());
    let len = squeeze(a, keep[0], room, 0);
    let len = squeeze(b, keep[0] >> 16, room, len);
    let len = squeeze(c, keep[1], room, len);
    let len = squeeze(d, keep[1] >> 16, room, len);
    Some((count, len))
}

/// What septets mean of which no two end in the same four bits.
struct Set {
    /// Which septet it is that ends in them.
    septet: [u8; 16],
    /// The first of two octets, or zero.
    first: [u8; 16],
    /// The last octet.
    second: [u8; 16],
}

impl Set {
    const fn empty() -> Self {
        // No septet is looked up that has the highest bit set.
        Self { septet: [0xFF; 16], first: [0; 16], second: [0; 16] }
    }

    const fn with(mut self, septet: u8, meaning: char) -> Self {
        let (at, [first, second, third, count]) =
            ((septet & 0x0F) as usize, utf8::word(meaning).to_le_bytes());
        assert!(self.septet[at] == 0xFF, "two septets end in the same four bits");
        self.septet[at] = septet;
        self.first[at] = if count == 2 { first } else { 0 };
        self.second[at] = match count {
            1 => first,
            2 => second,
            _ => third,
        };
        self
    }
}

/// The septets that do not mean what they do in ASCII.
static SETS: [Set; 4] = {
    let [mut first, mut second] = [Set::empty(), Set::empty()];
    let [mut upper, mut lower] = [Set::empty(), Set::empty()];
    let mut septet = 0;
    while septet < 0x80 {
        let meaning = DEFAULT[septet as usize];
        if septet < 0x10 {
            first = first.with(septet, meaning);
        } else if septet < 0x20 {
            second = second.with(septet, meaning);
        } else if meaning != septet as char {
            if septet < 0x60 {
                upper = upper.with(septet, meaning);
            } else {
                lower = lower.with(septet, meaning);
            }
        }
        septet += 1;
    }
    [first, second, upper, lower]
};

/// What septets mean behind an escape; of the euro sign the last octet.
static EXTENDED: Set = {
    let (mut set, mut entry) = (Set::empty(), 0);
    while entry < EXTENSION.len() {
        set = set.with(EXTENSION[entry].0, EXTENSION[entry].1);
        entry += 1;
    }
    set
};

/// The euro sign in UTF-8 begins so.
const EURO: [u8; 4] = utf8::word('€').to_le_bytes();

/// The euro sign behind an escape.
const EURO_SEPTET: u8 = 0x65;

/// Septets that are read together.
pub(super) const RUN: usize = 32;

/// Two octets for each, and what is written over.
pub(super) const ROOM: usize = 2 * RUN + 16;
