//! UTF-8 to septets, thirty-two octets at a time.
//!
//! Each octet becomes the septet of the character that begins there, with the highest bit set
//! where it stands behind an escape; octets that continue a character are left out.

use fearless_simd::prelude::*;
use fearless_simd::{mask8x32, u8x32};

use super::{ESCAPE, LOW, NONE};
use crate::lanes::{bits, chosen, of_bits, squeeze};

/// Writes the septets of the characters that begin in the first octets of a window; returns how
/// many they are. `None` if one of them has none, or is to be looked at closely.
#[inline(always)]
pub(super) fn write<S: Simd>(simd: S, window: &[u8; WINDOW], room: &mut [u8]) -> Option<usize> {
    let octets = |from: usize| {
        u8x32::load_array_ref(simd, window[from..].first_chunk().expect("windows are as wide"))
    };
    let (first, second) = (octets(0), octets(1));
    let none = u8x32::splat(simd, NONE);
    let mut codes = by_last(&ASCII, first, first);
    let control = (first & 0xE0).simd_eq(0);
    let newline = first.simd_eq(b'\n') | first.simd_eq(b'\r');
    if bits(control & !newline) != 0 {
        codes = (control & !newline).select(none, codes);
        codes = first.simd_eq(b'\x0C').select(u8x32::splat(simd, FORM_FEED), codes);
    }
    let foreign = (first & 0x80).simd_ne(0);
    let mut continued = 0;
    if bits(foreign) != 0 {
        codes = foreign.select(none, codes);
        codes = first.simd_eq(0xC3).select(by_last(&C3, second, none), codes);
        codes = first.simd_eq(0xC2).select(by_last(&C2, second, none), codes);
        let greek = first.simd_eq(0xCE);
        if bits(greek) != 0 {
            codes = greek.select(by_last(&CE, second, none), codes);
        }
        let euro = first.simd_eq(EURO[0]);
        if bits(euro) != 0 {
            let whole = euro & second.simd_eq(EURO[1]) & octets(2).simd_eq(EURO[2]);
            codes = whole.select(u8x32::splat(simd, super::EURO), codes);
        }
        let continues = (first & 0xC0).simd_eq(0x80);
        codes = continues.select(u8x32::splat(simd, 0), codes);
        continued = bits(continues);
    }
    let behind = (codes & 0x80).simd_ne(0);
    if bits(behind) != 0 {
        let known = bits(codes.simd_eq(NONE)) == 0;
        return known.then(|| escaped(codes, behind, continued, room));
    }
    if continued == 0 {
        room[..RUN].copy_from_slice(codes.as_array());
        return Some(RUN);
    }
    let (low, high) = codes.split();
    let len = squeeze(low, !continued, room, 0);
    Some(squeeze(high, !continued >> 16, room, len))
}

/// Writes septets, escapes before those that are behind one.
#[inline(always)]
fn escaped<S: Simd>(
    codes: u8x32<S>,
    behind: mask8x32<S>,
    continued: u32,
    room: &mut [u8],
) -> usize {
    let simd = codes.token();
    // No code has all bits set that is known.
    let left_out = u8x32::splat(simd, NONE);
    let second = of_bits(simd, continued).select(left_out, codes & 0x7F);
    let first = behind.select(u8x32::splat(simd, ESCAPE), left_out);
    let (low, high) = first.interleave(second);
    let (plain, mut len, behind) = (second.split(), 0, bits(behind));
    for (at, pairs, plain) in [(0, low, plain.0), (16, high, plain.1)] {
        if behind >> at & 0xFFFF == 0 {
            len = squeeze(plain, !continued >> at, room, len);
            continue;
        }
        let keep = !bits(pairs.simd_eq(NONE));
        let (low, high) = pairs.split();
        len = squeeze(low, keep, room, len);
        len = squeeze(high, keep >> 16, room, len);
    }
    len
}

/// The codes of what these octets are the last ones of; `codes` where a set does not know.
#[inline(always)]
fn by_last<S: Simd>(sets: &'static [Set], last: u8x32<S>, mut codes: u8x32<S>) -> u8x32<S> {
    for set in sets {
        let here = last.simd_eq(chosen(&set.octet, last));
        codes = here.select(chosen(&set.code, last), codes);
    }
    codes
}

/// Codes of characters of which no two end in the same four bits.
struct Set {
    /// The last octet of the one that ends in them.
    octet: [u8; 16],
    /// Its code.
    code: [u8; 16],
}

impl Set {
    /// Those characters from one to another whose code is not their last octet, and which have
    /// one; or those of ASCII that are told apart because they have none.
    const fn of(from: u32, to: u32) -> Self {
        let mut set = Self { octet: [UNKNOWN; 16], code: [NONE; 16] };
        let mut point = from;
        while point <= to {
            let code = LOW[point as usize];
            let octet = if point < 0x80 { point as u8 } else { 0x80 | (point & 0x3F) as u8 };
            if code != octet && (code != NONE || point < 0x80) {
                let at = (octet & 0x0F) as usize;
                assert!(set.octet[at] == UNKNOWN, "two characters end in the same four bits");
                set.octet[at] = octet;
                set.code[at] = code;
            }
            point += 1;
        }
        set
    }
}

/// What is not as in ASCII.
static ASCII: [Set; 2] = [Set::of(0x20, 0x5F), Set::of(0x60, 0x7F)];

/// What begins with the octet 0xC2.
static C2: [Set; 1] = [Set::of(0x80, 0xBF)];

/// What begins with the octet 0xC3.
static C3: [Set; 4] =
    [Set::of(0xC0, 0xCF), Set::of(0xD0, 0xDF), Set::of(0xE0, 0xEF), Set::of(0xF0, 0xFF)];

/// What begins with the octet 0xCE.
static CE: [Set; 2] = [Set::of(0x380, 0x39F), Set::of(0x3A0, 0x3BF)];

/// An octet that ends no character.
const UNKNOWN: u8 = 0xFF;

/// The euro sign in UTF-8.
const EURO: [u8; 3] = [0xE2, 0x82, 0xAC];

/// The code of the one control character that stands behind an escape.
const FORM_FEED: u8 = LOW[0x0C];

/// Octets in which characters are looked for.
pub(super) const RUN: usize = 32;

/// These, and two more to end the last one.
pub(super) const WINDOW: usize = RUN + 2;

/// Two septets for each octet, and what is written over.
pub(super) const ROOM: usize = 2 * RUN + 16;
