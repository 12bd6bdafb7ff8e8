//! Searches and checks that take many octets in a step.
//!
//! What reading a message costs is these loops. The checks have no early exit and count in
//! octets, which is the shape that compilers turn into wide instructions.

/// The place of the first `wanted`, for what is mostly near.
pub(crate) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    let each = u64::from_le_bytes([wanted; 8]);
    let (words, tail) = octets.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let found = zeros(u64::from_le_bytes(*word) ^ each);
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let place = tail.iter().position(|octet| *octet == wanted)?;
    Some(words.len() * 8 + place)
}

/// The place of the first of two, for what is mostly near.
pub(crate) fn find_either(octets: &[u8], one: u8, other: u8) -> Option<usize> {
    let (one_each, other_each) = (u64::from_le_bytes([one; 8]), u64::from_le_bytes([other; 8]));
    let (words, tail) = octets.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ one_each) | zeros(word ^ other_each);
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let place = tail.iter().position(|octet| *octet == one || *octet == other)?;
    Some(words.len() * 8 + place)
}

/// The high bits of the octets of a word that are zero; only the lowest is sure to be right.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080
}

/// Whether all octets may stand in a URI.
pub(crate) fn all_uri(octets: &[u8]) -> bool {
    octets.iter().fold(0, |bad, octet| {
        let delimiter = (*octet == b'<') | (*octet == b'>') | (*octet == b'"');
        bad | u8::from((*octet < b'!') | (*octet > b'~') | delimiter)
    }) == 0
}

/// Whether all octets are visible.
pub(crate) fn all_graphic(octets: &[u8]) -> bool {
    octets.iter().fold(0, |bad, octet| bad | u8::from((*octet < b'!') | (*octet > b'~'))) == 0
}

/// How many control characters there are, tabs not counted.
pub(crate) fn controls(octets: &[u8]) -> usize {
    let control = |octet: u8| u8::from(((octet < b' ') & (octet != b'\t')) | (octet == 0x7f));
    let count = |part: &[u8]| part.iter().fold(0_u8, |sum, octet| sum + control(*octet));
    octets.chunks(COUNTED).map(|part| usize::from(count(part))).sum()
}

/// As many octets as an octet can count, in whole blocks.
const COUNTED: usize = 240;

#[cfg(test)]
mod tests;
