//! Searches and checks that take many octets in a step.
//!
//! What reading a message costs is these loops. The checks have no early exit and count in
//! octets, which is the shape that compilers turn into wide instructions.

/// The place of the first `wanted`, for what is mostly near.
#[inline]
pub(crate) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    let wanted_each = each(wanted);
    let (words, tail) = octets.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let found = zeros(u64::from_le_bytes(*word) ^ wanted_each);
        if found != 0 {
            return Some(place * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let place = tail.iter().position(|octet| *octet == wanted)?;
    Some(words.len() * 8 + place)
}

/// The place of the first octet that is one of two, for what is mostly near.
#[inline]
pub(crate) fn find_either(octets: &[u8], one: u8, other: u8) -> Option<usize> {
    let (one_each, other_each) = (each(one), each(other));
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

/// The octets before the first `wanted` among eight, as a word.
#[inline]
pub(crate) fn before(octets: &[u8; 8], wanted: u8) -> u64 {
    let word = u64::from_le_bytes(*octets);
    let found = zeros(word ^ each(wanted));
    // All bits below the lowest that is found, but those of the octet it stands in.
    let below = (found ^ found.wrapping_sub(1)) >> 8;
    if found == 0 { word } else { word & below }
}

/// Up to eight octets as a word.
pub(crate) const fn word(octets: &[u8]) -> u64 {
    let (mut word, mut at) = (0, if octets.len() < 8 { octets.len() } else { 8 });
    while at > 0 {
        at -= 1;
        word = word << 8 | octets[at] as u64;
    }
    word
}

/// The high bits of the octets of a word that are zero; only the lowest is sure to be right.
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(each(1)) & !word & each(0x80)
}

/// Whether all octets may stand in a URI: visible ones but `<`, `>` and `"`.
pub(crate) fn all_uri(octets: &[u8]) -> bool {
    let (words, tail) = octets.as_chunks::<8>();
    let bad = |word: u64| {
        let delimiter = zeros(word ^ each(b'<')) | zeros(word ^ each(b'>'));
        invisible(word) | delimiter | zeros(word ^ each(b'"'))
    };
    let sum = words.iter().fold(0, |all, word| all | bad(u64::from_le_bytes(*word)));
    sum | bad(padded(tail)) == 0
}

/// Whether all octets are visible.
pub(crate) fn all_graphic(octets: &[u8]) -> bool {
    let (words, tail) = octets.as_chunks::<8>();
    let sum = words.iter().fold(0, |all, word| all | invisible(u64::from_le_bytes(*word)));
    sum | invisible(padded(tail)) == 0
}

/// One octet in all places.
const fn each(octet: u8) -> u64 {
    u64::from_le_bytes([octet; 8])
}

/// Less than eight octets as a word, with visible ones behind them.
fn padded(tail: &[u8]) -> u64 {
    tail.iter().fold(each(b'x'), |word, octet| word << 8 | u64::from(*octet))
}

/// Not zero if an octet of a word is none of `!` to `~`.
fn invisible(word: u64) -> u64 {
    let below = word.wrapping_sub(each(b'!')) & !word;
    (below | word | word.wrapping_add(each(1))) & each(0x80)
}

/// How many octets are no visible ASCII character and no space: with one comparison each, since
/// as signed numbers that are one more they are all below the others.
pub(crate) fn unusual(octets: &[u8]) -> usize {
    let is_one = |octet: u8| u8::from(octet.wrapping_add(1).cast_signed() <= b' '.cast_signed());
    let count = |part: &[u8]| part.iter().fold(0_u8, |sum, octet| sum + is_one(*octet));
    octets.chunks(COUNTED).map(|part| usize::from(count(part))).sum()
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
