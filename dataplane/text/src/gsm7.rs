//! The GSM 7-bit default alphabet and its extension (3GPP TS 23.038 §6.2.1), one
//! septet per octet, as SMPP carries it.

use crate::Decoded;

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
    let mut decoded = Decoded::Exact;
    out.reserve(septets.len());
    let mut septets = septets.iter().copied();
    while let Some(septet) = septets.next() {
        let (meaning, exact) = match septet {
            ESCAPE => escaped(septets.next()),
            0x80.. => (char::REPLACEMENT_CHARACTER, false),
            _ => (DEFAULT[usize::from(septet)], true),
        };
        out.push(meaning);
        if !exact {
            decoded = Decoded::Repaired;
        }
    }
    decoded
}

fn escaped(septet: Option<u8>) -> (char, bool) {
    match septet {
        None | Some(ESCAPE) => (' ', false),
        Some(0x80..) => (char::REPLACEMENT_CHARACTER, false),
        Some(septet) => match EXTENSION.iter().find(|(code, _)| *code == septet) {
            Some((_, meaning)) => (*meaning, true),
            None => (DEFAULT[usize::from(septet)], false),
        },
    }
}

/// Appends `text` in septets; if a character has none, `out` is left as it was.
pub fn encode(text: &str, out: &mut Vec<u8>) -> Result<(), NotGsm7> {
    let start = out.len();
    out.reserve(text.len());
    for character in text.chars() {
        match code(character) {
            Code::Default(septet) => out.push(septet),
            Code::Extension(septet) => out.extend_from_slice(&[ESCAPE, septet]),
            Code::None => {
                out.truncate(start);
                return Err(NotGsm7);
            }
        }
    }
    Ok(())
}

/// Septets `text` needs, escapes included; `None` if a character has none.
pub fn septets(text: &str) -> Option<usize> {
    text.chars().try_fold(0, |sum, character| match code(character) {
        Code::Default(_) => Some(sum + 1),
        Code::Extension(_) => Some(sum + 2),
        Code::None => None,
    })
}

/// How a character is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Code {
    Default(u8),
    Extension(u8),
    None,
}

fn code(character: char) -> Code {
    match LOW.get(character as usize) {
        Some(code) => *code,
        None => find(character),
    }
}

/// Looks a character up in both tables.
const fn find(character: char) -> Code {
    let mut septet = 0;
    while septet < DEFAULT.len() {
        if DEFAULT[septet] == character && septet != ESCAPE as usize {
            return Code::Default(septet as u8);
        }
        septet += 1;
    }
    let mut entry = 0;
    while entry < EXTENSION.len() {
        if EXTENSION[entry].1 == character {
            return Code::Extension(EXTENSION[entry].0);
        }
        entry += 1;
    }
    Code::None
}

/// The codes of U+0000 to U+00FF, so that most texts are written by table.
const LOW: [Code; 256] = {
    let mut low = [Code::None; 256];
    let mut character = 0;
    while character < low.len() {
        low[character] = find(character as u8 as char);
        character += 1;
    }
    low
};

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
