//! UTF-16 to UTF-8.

use fearless_simd::Simd;

use super::from_units;
use crate::Decoded;
use crate::lanes::{Lanes, lanes};
use crate::utf8::{self, Said};

/// Appends the text that the octets mean. A lone surrogate, or a last octet without
/// its other half, is U+FFFD.
pub fn decode_to(octets: &[u8], out: &mut String) -> Decoded {
    match lanes() {
        Some(lanes) => lanes.vectorize(
            #[inline(always)]
            || by_lanes(lanes, octets, out),
        ),
        None => by_table(octets, out),
    }
}

/// The same by the processor's wide registers.
#[inline(always)]
fn by_lanes(lanes: Lanes, octets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    let (mut pairs, rest) = octets.as_chunks::<2>();
    out.reserve(octets.len());
    let mut said = Said::new();
    while !pairs.is_empty() {
        let mut padded = [[0, b' ']; from_units::BLOCK];
        let (block, missing) = match pairs.first_chunk() {
            Some(block) => (block, 0),
            None => {
                padded[..pairs.len()].copy_from_slice(pairs);
                (&padded, from_units::BLOCK - pairs.len())
            }
        };
        match from_units::read(lanes, block, said.room(out)) {
            Some((count, len)) => {
                said.advance(len - missing);
                pairs = &pairs[count - missing..];
            }
            None => {
                let (len, count) = one(pairs, said.room(out), &mut decoded);
                said.advance(len);
                pairs = &pairs[count..];
            }
        }
    }
    said.flush(out);
    last_half(rest, out, decoded)
}

/// A last octet without its other half.
fn last_half(rest: &[u8], out: &mut String, decoded: Decoded) -> Decoded {
    if rest.is_empty() {
        return decoded;
    }
    out.push(char::REPLACEMENT_CHARACTER);
    Decoded::Repaired
}

/// The same by a table of short characters.
pub(super) fn by_table(octets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    let (mut pairs, rest) = octets.as_chunks::<2>();
    out.reserve(octets.len());
    let mut said = Said::new();
    while !pairs.is_empty() {
        let room = said.room::<STEP>(out);
        let (len, count) = match pairs.first_chunk::<BLOCK>().map(units) {
            Some(units) if !has_surrogates(&units) => (block(&units, room), BLOCK),
            Some(_) | None => one(pairs, room, &mut decoded),
        };
        said.advance(len);
        pairs = &pairs[count..];
    }
    said.flush(out);
    last_half(rest, out, decoded)
}

#[inline(always)]
fn units(pairs: &[[u8; 2]; BLOCK]) -> [u16; BLOCK] {
    let mut units = [0; BLOCK];
    for (unit, pair) in units.iter_mut().zip(pairs) {
        *unit = u16::from_be_bytes(*pair);
    }
    units
}

#[inline(always)]
fn has_surrogates(units: &[u16; BLOCK]) -> bool {
    units.iter().fold(false, |any, unit| any | (unit & 0xF800 == 0xD800))
}

/// Writes units that are characters; returns how many octets.
#[inline(always)]
fn block(units: &[u16; BLOCK], room: &mut [u8; STEP]) -> usize {
    let all = units.iter().fold(0, |all, unit| all | unit);
    if all < 0x80 {
        for (octet, unit) in room.iter_mut().zip(units) {
            *octet = *unit as u8;
        }
        return BLOCK;
    }
    if units.iter().fold(true, |wide, unit| wide & (*unit >= 0x800)) {
        for (at, unit) in units.iter().enumerate() {
            room[3 * at..3 * at + 4].copy_from_slice(&three(*unit).to_le_bytes());
        }
        return 3 * BLOCK;
    }
    if all < 0x800 {
        let words = units.iter().map(|unit| LOW[usize::from(*unit & 0x7FF)]);
        return put(words, room);
    }
    let words = units.iter().map(|unit| {
        let (low, wide) = (LOW[usize::from(*unit & 0x7FF)], three(*unit));
        if *unit < 0x800 { low } else { wide }
    });
    put(words, room)
}

/// Writes words one behind the other, each over the count of the one before.
#[inline(always)]
fn put(words: impl Iterator<Item = u32>, room: &mut [u8; STEP]) -> usize {
    let mut len = 0;
    for word in words {
        room[len..len + 4].copy_from_slice(&word.to_le_bytes());
        // Never more than three for each; the mask says so to the compiler.
        len = (len + (word >> 24) as usize) & (4 * BLOCK - 1);
    }
    len
}

/// Writes the next character; returns how many octets it has, and of how many units it is.
#[inline(never)]
fn one(pairs: &[[u8; 2]], room: &mut [u8; STEP], decoded: &mut Decoded) -> (usize, usize) {
    let next = pairs.iter().take(2).map(|pair| u16::from_be_bytes(*pair));
    let character = char::decode_utf16(next).next().and_then(Result::ok).unwrap_or_else(|| {
        *decoded = Decoded::Repaired;
        char::REPLACEMENT_CHARACTER
    });
    let len = character.encode_utf8(room).len();
    (len, character.len_utf16())
}

/// A unit from 0x800 on as a word of [`utf8::word`].
#[inline(always)]
const fn three(unit: u16) -> u32 {
    let unit = unit as u32;
    0x0380_80E0 | unit >> 12 | (unit << 2 & 0x3F00) | (unit & 0x3F) << 16
}

/// The words of the characters below U+0800.
static LOW: [u32; 0x800] = {
    let mut low = [0; 0x800];
    let mut point = 0;
    while point < low.len() {
        low[point] = match char::from_u32(point as u32) {
            Some(character) => utf8::word(character),
            None => 0,
        };
        point += 1;
    }
    low
};

/// Units that are looked at together.
const BLOCK: usize = 8;

/// The most that one step writes: three octets for each unit, and a count.
const STEP: usize = 4 * BLOCK + 4;
