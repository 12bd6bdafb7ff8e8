//! Near relations in GSM 7-bit of characters that it has not, for connections that want them: a
//! typographic quote makes a text of UCS-2 and of two segments, an apostrophe does not.
//!
//! Punctuation, spaces, fractions and signs stand in [`SIGNS`]; Latin letters lose their accents,
//! and Greek capitals that look Latin become so. Everything else stays, and so does the whole
//! text if anything stays that GSM 7-bit has not: half a transliteration saves nothing.

use std::borrow::Cow;

use crate::gsm7;

/// The text as GSM 7-bit can say it, or as it is.
pub fn transliterate(text: &str) -> Cow<'_, str> {
    if gsm7::septets(text).is_some() {
        return Cow::Borrowed(text);
    }
    let mut near = String::with_capacity(text.len());
    for character in text.chars() {
        if gsm7::cost(character).is_some() {
            near.push(character);
        } else if let Some(relation) = relation(character) {
            relation.push_to(&mut near);
        } else {
            return Cow::Borrowed(text);
        }
    }
    Cow::Owned(near)
}

/// What takes a character's place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Relation {
    Letter(char),
    Text(&'static str),
}

impl Relation {
    fn push_to(self, out: &mut String) {
        match self {
            Self::Letter(letter) => out.push(letter),
            Self::Text(text) => out.push_str(text),
        }
    }
}

fn relation(character: char) -> Option<Relation> {
    let point = u32::from(character);
    let sign = SIGNS.binary_search_by_key(&character, |(sign, _)| *sign);
    if let Ok(at) = sign {
        return Some(Relation::Text(SIGNS[at].1));
    }
    let row = |first: u32, row: &[u8]| {
        let at = usize::try_from(point.checked_sub(first)?).ok()?;
        row.get(at).map(|letter| char::from(*letter)).filter(|letter| *letter != '?')
    };
    let latin_1 = row(0xC0, LATIN_1);
    let letter = latin_1.or_else(|| row(0x100, LATIN_A)).or_else(|| row(0x391, GREEK));
    letter.map(Relation::Letter)
}

/// U+00C0 to U+00FF without accents; `?` where another table knows better.
const LATIN_1: &[u8; 64] = b"AAAA????E?EEIIII??OOOO???UUU?Y???aaa??????ee?iii???ooo????uu?y?y";

/// U+0100 to U+017F without accents.
const LATIN_A: &[u8; 128] = b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlLlLl\
NnNnNnnNnOoOoOo??RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

/// U+0391 to U+03A7: capitals that look Latin.
const GREEK: &[u8; 23] = b"AB??EZH?IK?MN?O?P??TY?X";

/// Signs and ligatures, in their order.
const SIGNS: &[(char, &str)] = &[
    ('`', "'"),
    ('\u{A0}', " "),
    ('©', "(c)"),
    ('ª', "a"),
    ('«', "\""),
    ('\u{AD}', ""),
    ('®', "(R)"),
    ('²', "2"),
    ('³', "3"),
    ('´', "'"),
    ('·', "."),
    ('¸', ","),
    ('¹', "1"),
    ('º', "o"),
    ('»', "\""),
    ('¼', "1/4"),
    ('½', "1/2"),
    ('¾', "3/4"),
    ('×', "x"),
    ('ç', "Ç"),
    ('÷', "/"),
    ('Ĳ', "IJ"),
    ('ĳ', "ij"),
    ('Œ', "OE"),
    ('œ', "oe"),
    ('Ș', "S"),
    ('ș', "s"),
    ('Ț', "T"),
    ('ț', "t"),
    ('ʼ', "'"),
    ('ẞ', "ß"),
    ('\u{2002}', " "),
    ('\u{2003}', " "),
    ('\u{2009}', " "),
    ('\u{200A}', " "),
    ('\u{200B}', ""),
    ('‐', "-"),
    ('‑', "-"),
    ('‒', "-"),
    ('–', "-"),
    ('—', "-"),
    ('―', "-"),
    ('‘', "'"),
    ('’', "'"),
    ('‚', ","),
    ('‛', "'"),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('‟', "\""),
    ('•', "*"),
    ('…', "..."),
    ('\u{202F}', " "),
    ('′', "'"),
    ('″', "\""),
    ('‹', "<"),
    ('›', ">"),
    ('⁄', "/"),
    ('™', "TM"),
    ('−', "-"),
    ('\u{FEFF}', ""),
];

#[cfg(test)]
mod tests;
