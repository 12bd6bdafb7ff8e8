//! The GSM 7-bit default alphabet and its extension (3GPP TS 23.038 §6.2.1), one
//! septet per octet, as SMPP carries it.

mod read;
mod write;

use crate::Decoded;
use fearless_simd::Simd;

use crate::lanes::{Lanes, lanes};
use crate::utf8::{self, Said};

/// The escape to the extension table.
pub const ESCAPE: u8 = 0x1B;

/// A character that is in neither table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotGsm7;

/// Appends the text that the septets mean.
///
/// An escape before nothing, or before another escape, is a blank; before a septet
/// without extension it is passed over and the septet keeps its own meaning, as the
/// standard asks of receivers. An octet above 0x7F is U+FFFD.
pub fn decode_to(septets: &[u8], out: &mut String) -> Decoded {
    match lanes() {
        Some(lanes) => lanes.vectorize(
            #[inline(always)]
            || decode_by_lanes(lanes, septets, out),
        ),
        None => decode_by_table(septets, out),
    }
}

/// The same, most of it by the processor's wide registers.
#[inline(always)]
fn decode_by_lanes(lanes: Lanes, septets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    out.reserve(septets.len());
    let (mut said, mut rest) = (Said::new(), septets);
    while !rest.is_empty() {
        let mut padded = [b' '; read::RUN];
        let (run, missing) = match rest.first_chunk() {
            Some(run) => (run, 0),
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                (&padded, read::RUN - rest.len())
            }
        };
        match read::read(lanes, run, said.room(out)) {
            // A blank is one octet; what an escape at the end means is not asked of it.
            Some((count, octets)) if missing == 0 || rest[rest.len() - 1] != ESCAPE => {
                said.advance(octets - missing);
                rest = &rest[count - missing..];
            }
            Some(_) | None => rest = by_table(rest, &mut said, out, &mut decoded),
        }
    }
    said.flush(out);
    decoded
}

/// The same, septet by septet.
fn decode_by_table(septets: &[u8], out: &mut String) -> Decoded {
    let mut decoded = Decoded::Exact;
    out.reserve(septets.len());
    let (mut said, mut rest) = (Said::new(), septets);
    while !rest.is_empty() {
        if let Some((run, after)) = rest.split_first_chunk::<RUN>()
            && is_plain(run)
        {
            *said.room::<RUN>(out) = *run;
            said.advance(RUN);
            rest = after;
        } else {
            rest = by_table(rest, &mut said, out, &mut decoded);
        }
    }
    said.flush(out);
    decoded
}

/// Writes what the next few septets mean; returns what is left.
#[inline(never)]
fn by_table<'a>(
    septets: &'a [u8],
    said: &mut Said,
    out: &mut String,
    decoded: &mut Decoded,
) -> &'a [u8] {
    let room = said.room::<STEP>(out);
    let (mut at, mut len) = (0, 0);
    let end = septets.len().min(FEW);
    while at < end {
        let mut meaning = UTF8[usize::from(septets[at])];
        at += 1;
        if meaning == 0 {
            let odd = odd(septets, at);
            meaning = utf8::word(odd.meaning);
            at = odd.after;
            if !odd.exact {
                *decoded = Decoded::Repaired;
            }
        }
        // The count is written, too, and overwritten by what follows.
        room[len..len + 4].copy_from_slice(&meaning.to_le_bytes());
        len += (meaning >> 24) as usize;
    }
    said.advance(len);
    &septets[at..]
}

/// An escape, or an octet that is no septet.
struct Odd {
    meaning: char,
    exact: bool,
    /// Where the next septet stands.
    after: usize,
}

/// What the odd octet before `at` means, perhaps together with the next.
#[cold]
fn odd(septets: &[u8], at: usize) -> Odd {
    if septets[at - 1] != ESCAPE {
        return Odd { meaning: char::REPLACEMENT_CHARACTER, exact: false, after: at };
    }
    let (meaning, exact) = match septets.get(at) {
        None | Some(&ESCAPE) => (' ', false),
        Some(0x80..) => (char::REPLACEMENT_CHARACTER, false),
        Some(septet) => match EXTENSION.iter().find(|(code, _)| code == septet) {
            Some((_, meaning)) => (*meaning, true),
            None => (DEFAULT[usize::from(*septet)], false),
        },
    };
    Odd { meaning, exact, after: septets.len().min(at + 1) }
}

/// Appends `text` in septets; if a character has none, `out` is left as it was.
pub fn encode(text: &str, out: &mut Vec<u8>) -> Result<(), NotGsm7> {
    match lanes() {
        Some(lanes) => lanes.vectorize(
            #[inline(always)]
            || encode_by_lanes(lanes, text, out),
        ),
        None => encode_by_table(text, out),
    }
}

/// The same by the processor's wide registers.
#[inline(always)]
fn encode_by_lanes(lanes: Lanes, text: &str, out: &mut Vec<u8>) -> Result<(), NotGsm7> {
    let start = out.len();
    // Nothing but what stands behind an escape has more septets than octets.
    out.resize(start + 2 * text.len() + write::ROOM, 0);
    let (mut rest, mut len) = (text.as_bytes(), start);
    while !rest.is_empty() {
        let mut padded = [b' '; write::WINDOW];
        let count = rest.len().min(write::RUN);
        let window = match rest.first_chunk() {
            Some(window) => window,
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                &padded
            }
        };
        let Some(septets) = write::write(lanes, window, &mut out[len..]) else {
            out.truncate(start);
            return Err(NotGsm7);
        };
        len += septets - (write::RUN - count);
        rest = &rest[count..];
    }
    out.truncate(len);
    Ok(())
}

/// The same, character by character.
fn encode_by_table(text: &str, out: &mut Vec<u8>) -> Result<(), NotGsm7> {
    let start = out.len();
    out.reserve(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(run) = rest.as_bytes().first_chunk::<RUN>()
            && is_plain(run)
        {
            out.extend_from_slice(run);
            rest = &rest[RUN..];
            continue;
        }
        let Some((few, count, after)) = few(rest) else {
            out.truncate(start);
            return Err(NotGsm7);
        };
        out.extend_from_slice(&few[..count]);
        rest = after;
    }
    Ok(())
}

/// The septets of the next few characters, how many they are, and the text after them; `None` if
/// one has none.
fn few(text: &str) -> Option<([u8; 2 * FEW], usize, &str)> {
    let (mut septets, mut count) = ([0; 2 * FEW], 0);
    let mut characters = text.chars();
    for character in characters.by_ref().take(FEW) {
        let code = code(character);
        if code >= 0x80 {
            if code == NONE {
                return None;
            }
            septets[count] = ESCAPE;
            count += 1;
        }
        septets[count] = code & 0x7F;
        count += 1;
    }
    Some((septets, count, characters.as_str()))
}

/// Septets `text` needs, escapes included; `None` if a character has none.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, character| Some(sum + cost(character)?))
}

/// Septets a character needs, one or two.
pub(crate) fn cost(character: char) -> Option<usize> {
    match code(character) {
        NONE => None,
        ..0x80 => Some(1),
        _ => Some(2),
    }
}

/// The septet of a character in the default table alone.
pub(crate) fn in_default(character: char) -> Option<u8> {
    Some(code(character)).filter(|code| *code < 0x80)
}

/// The septet of a character behind an escape.
pub(crate) fn in_extension(character: char) -> Option<u8> {
    Some(code(character)).filter(|code| *code >= 0x80 && *code != NONE).map(|code| code & 0x7F)
}

/// What a septet means in the default table; `None` for the escape and what is no septet.
pub(crate) fn default_meaning(septet: u8) -> Option<char> {
    DEFAULT.get(usize::from(septet)).copied().filter(|_| septet != ESCAPE)
}

/// What a septet means behind an escape.
pub(crate) fn extension_meaning(septet: u8) -> Option<char> {
    EXTENSION.iter().find(|(code, _)| *code == septet).map(|(_, meaning)| *meaning)
}

/// How a character is written: its septet, or with the highest bit set the one behind an escape.
fn code(character: char) -> u8 {
    match LOW.get(character as usize) {
        Some(code) => *code,
        None if character == '€' => EURO,
        None => NONE,
    }
}

/// Whether these octets are the same in ASCII and in GSM 7-bit. There are no branches in it, so
/// that sixteen octets are looked at together.
fn is_plain(run: &[u8; RUN]) -> bool {
    let mut odd = false;
    for octet in run {
        let letter = (*octet | 0x20).wrapping_sub(b'a') < 26;
        let sign = octet.wrapping_sub(0x20) < 0x20 && *octet != b'$';
        odd |= !(letter | sign | (*octet == b'\n') | (*octet == b'\r'));
    }
    !odd
}

/// Looks a character up in both tables.
const fn find(character: char) -> u8 {
    let mut septet = 0;
    while septet < DEFAULT.len() {
        if DEFAULT[septet] == character && septet != ESCAPE as usize {
            return septet as u8;
        }
        septet += 1;
    }
    let mut entry = 0;
    while entry < EXTENSION.len() {
        if EXTENSION[entry].1 == character {
            return EXTENSION[entry].0 | 0x80;
        }
        entry += 1;
    }
    NONE
}

/// The codes of U+0000 to U+03FF, where all characters but the euro sign are.
const LOW: [u8; 0x400] = {
    let mut low = [NONE; 0x400];
    let mut character = 0;
    while character < low.len() {
        low[character] = match char::from_u32(character as u32) {
            Some(character) => find(character),
            None => NONE,
        };
        character += 1;
    }
    low
};

/// The meanings of septets in UTF-8, see [`utf8::word`]; zero for what is looked at closely.
static UTF8: [u32; 256] = {
    let mut table = [0; 256];
    let mut septet = 0;
    while septet < DEFAULT.len() {
        if septet != ESCAPE as usize {
            table[septet] = utf8::word(DEFAULT[septet]);
        }
        septet += 1;
    }
    table
};

/// No code.
const NONE: u8 = 0xFF;

/// The euro sign's.
const EURO: u8 = find('€');

/// Octets that are looked at together.
const RUN: usize = 32;

/// Septets or characters that go by table before a run is looked for again.
const FEW: usize = 16;

/// The most that one step of decoding writes: three octets for each of a few, and a count.
const STEP: usize = 3 * FEW + 4;

/// The default table; the escape stands at its own place and is never looked up.
#[rustfmt::skip]
const DEFAULT: [char; 128] = [
    '@', '£', '$', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', '\n', 'Ø', 'ø', '\r', 'Å', 'å',
    'Δ', '_', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', '\u{1B}', 'Æ', 'æ', 'ß', 'É',
    ' ', '!', '"', '#', '¤', '%', '&', '\'', '(', ')', '*', '+', ',', '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', ';', '<', '=', '>', '?',
    '¡', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'I', 'J', 'K', 'L', 'M', 'N', 'O',
    'P', 'Q', 'R', 'S', 'T', 'U', 'V', 'W', 'X', 'Y', 'Z', 'Ä', 'Ö', 'Ñ', 'Ü', '§',
    '¿', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 'ä', 'ö', 'ñ', 'ü', 'à',
];

/// What follows an escape.
const EXTENSION: [(u8, char); 10] = [
    (0x0A, '\u{0C}'),
    (0x14, '^'),
    (0x28, '{'),
    (0x29, '}'),
    (0x2F, '\\'),
    (0x3C, '['),
    (0x3D, '~'),
    (0x3E, ']'),
    (0x40, '|'),
    (0x65, '€'),
];

#[cfg(test)]
mod tests;
