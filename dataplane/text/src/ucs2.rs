//! UCS-2 (3GPP TS 23.038 §6.2.3), read and written as UTF-16 big-endian, which is
//! what phones do.

use encoding_rs::mem;

use crate::Decoded;

/// Appends the text that the octets mean. A lone surrogate, or a last octet without
/// its other half, is U+FFFD.
pub fn decode_to(octets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    let (mut pairs, rest) = octets.as_chunks::<2>();
    out.reserve(octets.len());
    let mut units = [0; UNITS];
    while !pairs.is_empty() {
        let count = whole(pairs);
        for (unit, pair) in units.iter_mut().zip(&pairs[..count]) {
            *unit = u16::from_be_bytes(*pair);
        }
        let said = &units[..count];
        if mem::utf16_valid_up_to(said) < count {
            decoded = Decoded::Repaired;
        }
        let start = out.len();
        out.push_str(&ROOM[..3 * count]);
        let end = start + mem::convert_utf16_to_str(said, &mut out[start..]);
        out.truncate(end);
        pairs = &pairs[count..];
    }
    if !rest.is_empty() {
        out.push(char::REPLACEMENT_CHARACTER);
        decoded = Decoded::Repaired;
    }
    decoded
}

/// How many units to take at once, so that none is cut from its other half.
fn whole(pairs: &[[u8; 2]]) -> usize {
    match pairs.get(UNITS - 1) {
        Some([0xD8..=0xDB, _]) if pairs.len() > UNITS => UNITS - 1,
        Some(_) => UNITS,
        None => pairs.len(),
    }
}

/// Appends `text`.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    let (mut units, mut octets) = ([0; UNITS], [[0; 2]; UNITS]);
    while !rest.is_empty() {
        // A character has no more units than octets.
        let (some, after) = rest.split_at(rest.floor_char_boundary(UNITS));
        let count = mem::convert_str_to_utf16(some, &mut units);
        for (pair, unit) in octets.iter_mut().zip(&units[..count]) {
            *pair = unit.to_be_bytes();
        }
        out.extend_from_slice(octets[..count].as_flattened());
        rest = after;
    }
}

/// Units `text` needs; a character beyond the basic plane needs two.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Units that are converted together: a message of usual length.
const UNITS: usize = 160;

/// What is written over: a unit needs at most three octets of UTF-8.
const ROOM: &str = match std::str::from_utf8(&[0; 3 * UNITS]) {
    Ok(room) => room,
    Err(_) => panic!("zeros are text"),
};

#[cfg(test)]
mod tests;
