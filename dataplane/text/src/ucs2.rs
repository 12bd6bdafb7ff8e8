//! UCS-2 (3GPP TS 23.038 §6.2.3), read and written as UTF-16 big-endian, which is
//! what phones do.

use crate::Decoded;

/// Appends the text that the octets mean. A lone surrogate, or a last octet without
/// its other half, is U+FFFD.
pub fn decode_to(octets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    let (pairs, rest) = octets.as_chunks::<2>();
    out.reserve(octets.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| u16::from_be_bytes(*pair))) {
        out.push(character.unwrap_or_else(|_| {
            decoded = Decoded::Repaired;
            char::REPLACEMENT_CHARACTER
        }));
    }
    if !rest.is_empty() {
        out.push(char::REPLACEMENT_CHARACTER);
        decoded = Decoded::Repaired;
    }
    decoded
}

/// Appends `text`.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    out.reserve(text.len() * 2);
    out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
}

/// Units `text` needs; a character beyond the basic plane needs two.
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests;
