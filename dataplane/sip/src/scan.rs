//! The lexical rules shared by all headers (RFC 3261 §25.1): tokens, quoted strings, white
//! space, parameters and comma-separated lists.
//!
//! Values reach these rules with their folds still inside: CR and LF count as white space here,
//! which is safe because the message view has already checked that they only occur in folds.

use std::borrow::Cow;

use crate::error::{ParseError, What};
use crate::wide::{find, find_either};

/// Whether an octet may stand in a token.
pub(crate) fn is_token(octet: u8) -> bool {
    CLASSES[usize::from(octet)] & TOKEN != 0
}

/// Whether a text is a token.
pub(crate) fn is_all_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token)
}

/// Whether an octet is linear white space, or part of a fold.
pub(crate) fn is_lws(octet: u8) -> bool {
    CLASSES[usize::from(octet)] & LWS != 0
}

/// Printable and no delimiter of what a URI stands in.
pub(crate) fn is_uri(octet: u8) -> bool {
    CLASSES[usize::from(octet)] & URI != 0
}

/// Whether an octet may stand in the user part of a URI as it is (user, telephone-subscriber).
pub(crate) fn is_user(octet: u8) -> bool {
    CLASSES[usize::from(octet)] & USER != 0
}

/// Whether we write an octet into a user part as it is: unreserved or harmless there.
pub(crate) fn is_plain(octet: u8) -> bool {
    CLASSES[usize::from(octet)] & PLAIN != 0
}

/// Whether two names are the same; most are written as we write them.
#[inline]
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one == other || one.eq_ignore_ascii_case(other))
}

/// The text without white space at both ends.
pub(crate) fn trim(text: &str) -> &str {
    let octets = text.as_bytes();
    let (first, last) = (octets.first(), octets.last());
    if !first.is_some_and(|octet| is_lws(*octet)) && !last.is_some_and(|octet| is_lws(*octet)) {
        return text;
    }
    let start = octets.iter().position(|octet| !is_lws(*octet)).unwrap_or(octets.len());
    let end = octets.iter().rposition(|octet| !is_lws(*octet)).map_or(start, |last| last + 1);
    text.get(start..end).unwrap_or_default()
}

/// The place behind the run of octets of some classes that begins at `at`.
#[inline]
fn behind(octets: &[u8], mut at: usize, classes: u8) -> usize {
    while octets.get(at).is_some_and(|octet| CLASSES[usize::from(*octet)] & classes != 0) {
        at += 1;
    }
    at
}

/// The same for one class and a run that is mostly long: four octets in a step.
#[inline]
fn far_behind(octets: &[u8], at: usize, class: u8) -> usize {
    let mut rest = octets.get(at..).unwrap_or_default();
    while let Some(([one, two, three, four], more)) = rest.split_first_chunk() {
        let classes = |octet: &u8| CLASSES[usize::from(*octet)];
        if classes(one) & classes(two) & classes(three) & classes(four) & class == 0 {
            break;
        }
        rest = more;
    }
    behind(octets, octets.len() - rest.len(), class)
}

/// The place behind the token that begins at `at`.
#[inline]
pub(crate) fn behind_token(octets: &[u8], at: usize) -> usize {
    far_behind(octets, at, TOKEN)
}

/// The place behind what may stand in a URI and begins at `at`.
#[inline]
pub(crate) fn behind_uri(octets: &[u8], at: usize) -> usize {
    far_behind(octets, at, URI)
}

/// The place behind the value of a parameter, not quoted, that begins at `at`.
#[inline]
pub(crate) fn behind_value(octets: &[u8], at: usize) -> usize {
    far_behind(octets, at, VALUE)
}

/// The place behind the host that begins at `at`; underscores are no part of a name, but exist.
#[inline]
pub(crate) fn behind_host(octets: &[u8], at: usize) -> usize {
    far_behind(octets, at, HOST)
}

/// The number a text of digits says; `None` for anything else and for more than a `u32`.
pub(crate) fn decimal(text: &str) -> Option<u32> {
    let mut number: u64 = 0;
    if text.is_empty() {
        return None;
    }
    for octet in text.bytes() {
        if !octet.is_ascii_digit() {
            return None;
        }
        number = number * 10 + u64::from(octet - b'0');
        if number > u64::from(u32::MAX) {
            return None;
        }
    }
    u32::try_from(number).ok()
}

/// The number of seconds a text says (delta-seconds, §20.19); too many become `u32::MAX`.
pub(crate) fn delta_seconds(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| decimal(text).unwrap_or(u32::MAX))
}

/// The content of a quoted string with its quoted pairs resolved.
pub fn unquote(content: &str) -> Cow<'_, str> {
    if !content.contains('\\') {
        return Cow::Borrowed(content);
    }
    let mut plain = String::with_capacity(content.len());
    let mut chars = content.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => plain.extend(chars.next()),
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// A place in a text, moving right.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn is_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Moves on by so many octets, which end a character.
    pub(crate) fn advance(&mut self, octets: usize) {
        self.at += octets;
    }

    /// What is still to come.
    pub(crate) fn rest(&self) -> &'a str {
        self.since_until(self.at, self.text.len())
    }

    /// What lies between an earlier place and this one.
    pub(crate) fn since(&self, start: usize) -> &'a str {
        self.since_until(start, self.at)
    }

    pub(crate) fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    /// Skips white space, one separator and white space (SEMI, EQUAL, COLON ... of §25.1).
    pub(crate) fn separator(&mut self, octet: u8) -> bool {
        let start = self.at;
        self.skip_lws();
        if self.eat(octet) {
            self.skip_lws();
            return true;
        }
        self.at = start;
        false
    }

    pub(crate) fn token(&mut self) -> Option<&'a str> {
        let token = self.run(is_token);
        (!token.is_empty()).then_some(token)
    }

    /// The content of a quoted string, without its quotes and with its quoted pairs.
    pub(crate) fn quoted(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        if self.peek() != Some(b'"') {
            return None;
        }
        let end = quoted_end(self.text.as_bytes(), self.at)?;
        self.at = end;
        Some(self.since_until(start, end - 1))
    }

    /// The longest run of octets that `wanted` accepts; it must accept no octet above 0x7f, or all.
    pub(crate) fn run(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        self.skip(wanted);
        self.since(start)
    }

    /// What stands before the next `end`, if there is one.
    pub(crate) fn until(&mut self, end: u8) -> Option<&'a str> {
        let start = self.at;
        self.at += find(self.text.as_bytes().get(start..)?, end)?;
        Some(self.since(start))
    }

    pub(crate) fn skip_lws(&mut self) {
        while self.peek().is_some_and(is_lws) {
            self.at += 1;
        }
    }

    #[inline]
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|octet| !wanted(*octet)).unwrap_or(rest.len());
    }

    fn since_until(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The place after the closing quote of the quoted string that opens at `open`.
#[inline]
pub(crate) fn quoted_end(octets: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += find_either(octets.get(at..)?, b'"', b'\\')?;
        if octets.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// One `name`, `name=value` or `name="value"`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Param<'a> {
    /// The name as written; compare it without regard to case.
    pub name: &'a str,
    /// The value as written, without quotes.
    pub value: Option<&'a str>,
    /// Whether the value stood in quotes, and may hold quoted pairs.
    pub quoted: bool,
}

impl Param<'_> {
    /// Whether this is the parameter of that name.
    pub fn is(&self, name: &str) -> bool {
        same_name(self.name, name)
    }
}

/// The parameters of a header value, in order: `;name=value;name`.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a> {
    cursor: Cursor<'a>,
    separator: u8,
}

impl<'a> Params<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { cursor: Cursor::new(text), separator: b';' }
    }

    /// The parameters of an auth header, which stand between commas and not before them.
    pub(crate) fn of_auth(text: &'a str) -> Self {
        Self { cursor: Cursor::new(text), separator: b',' }
    }

    /// The value of the parameter of that name; the empty text if it has none.
    pub fn find(mut self, name: &str) -> Option<&'a str> {
        self.find_map(|param| param.ok().filter(|param| param.is(name)))
            .map(|param| param.value.unwrap_or_default())
    }

    /// The next one; `Err` if what comes is none, and then no other comes.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<Option<Param<'a>>, ParseError> {
        if self.cursor.is_end() {
            return Ok(None);
        }
        let at = self.cursor.at();
        let param = self.read();
        if param.is_none() {
            self.cursor = Cursor::new("");
            return Err(ParseError::new(What::Params, at));
        }
        Ok(param)
    }

    /// The next one of an auth header, if it stands there as usual under a name that `meaning`
    /// knows; otherwise nothing has moved, and [`step`](Self::step) has the last word.
    ///
    /// `meaning` is shown what comes and says what it is, and behind how many octets, an equal
    /// sign among them, its value stands.
    #[inline]
    pub(crate) fn usual<K>(
        &mut self,
        meaning: impl Fn(&[u8]) -> Option<(K, usize)>,
    ) -> Option<(K, &'a str)> {
        let Cursor { text, mut at } = self.cursor;
        let octets = text.as_bytes();
        if at > 0 {
            let [b',', b' ', ..] = octets.get(at..)? else { return None };
            at += 2;
        }
        let (known, len) = meaning(octets.get(at..)?)?;
        let (value, end) = value(text, at + len)?;
        self.cursor.at = behind(octets, end, LWS);
        Some((known, value))
    }

    #[inline]
    fn read(&mut self) -> Option<Param<'a>> {
        let Cursor { text, mut at } = self.cursor;
        let octets = text.as_bytes();
        if self.separator == b';' || at > 0 {
            at = behind(octets, at, LWS);
            if octets.get(at) != Some(&self.separator) {
                return None;
            }
            at += 1;
        }
        let start = behind(octets, at, LWS);
        let end = behind(octets, start, TOKEN);
        let name = text.get(start..end).filter(|name| !name.is_empty())?;
        at = behind(octets, end, LWS);
        if octets.get(at) != Some(&b'=') {
            self.cursor.at = at;
            return Some(Param { name, value: None, quoted: false });
        }
        let start = behind(octets, at + 1, LWS);
        let quoted = octets.get(start) == Some(&b'"');
        let (value, end) = value(text, start)?;
        self.cursor.at = behind(octets, end, LWS);
        Some(Param { name, value: Some(value), quoted })
    }
}

/// The value that begins at `at`, without quotes, and the place behind it.
#[inline]
fn value(text: &str, at: usize) -> Option<(&str, usize)> {
    let octets = text.as_bytes();
    if octets.get(at) == Some(&b'"') {
        let end = quoted_end(octets, at)?;
        return Some((text.get(at + 1..end - 1)?, end));
    }
    let end = behind_value(octets, at);
    let value = text.get(at..end).filter(|value| !value.is_empty())?;
    Some((value, end))
}

impl<'a> Iterator for Params<'a> {
    type Item = Result<Param<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// The elements of a comma-separated value, trimmed; commas in quotes and brackets do not count.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    rest: Option<&'a str>,
}

impl<'a> Values<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: Some(text) }
    }
}

impl<'a> Iterator for Values<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = self.rest?;
        let end = element_end(text.as_bytes());
        self.rest = end.and_then(|end| text.get(end + 1..));
        Some(trim(text.get(..end.unwrap_or(text.len())).unwrap_or_default()))
    }
}

/// The place of the comma that ends the first element.
fn element_end(octets: &[u8]) -> Option<usize> {
    let (mut at, mut bracket) = (0, false);
    // Most lists have one element.
    find(octets, b',')?;
    loop {
        match octets.get(at)? {
            b',' if !bracket => return Some(at),
            b'"' if !bracket => at = quoted_end(octets, at)?,
            b'<' => (bracket, at) = (true, at + 1),
            b'>' => (bracket, at) = (false, at + 1),
            _ => at += 1,
        }
    }
}

const TOKEN: u8 = 1;
const LWS: u8 = 2;
const URI: u8 = 4;
const VALUE: u8 = 8;
const HOST: u8 = 16;
const USER: u8 = 32;
const PLAIN: u8 = 64;

/// What each octet may be part of.
const CLASSES: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let octet = at as u8;
        let lws = matches!(octet, b' ' | b'\t' | b'\r' | b'\n');
        let token = octet.is_ascii_alphanumeric()
            || matches!(
                octet,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            );
        let uri = octet.is_ascii_graphic() && !matches!(octet, b'<' | b'>' | b'"');
        let user = octet.is_ascii_alphanumeric()
            || matches!(octet, b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')')
            || matches!(octet, b'&' | b'=' | b'+' | b'$' | b',' | b';' | b'?' | b'/' | b'%')
            || matches!(octet, b'#' | b'[' | b']');
        // What is no quoted string: tokens, hosts, bracketed addresses (gen-value).
        let value = !lws && !matches!(octet, b';' | b',' | b'"' | b'<' | b'>');
        let host = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
        let harmless = matches!(octet, b'!' | b'~' | b'*' | b'\'' | b'(' | b')' | b'+' | b'&');
        let plain = host || harmless || matches!(octet, b'=' | b'$');
        table[at] += HOST * host as u8 + USER * user as u8 + PLAIN * plain as u8;
        table[at] += TOKEN * token as u8 + LWS * lws as u8 + URI * uri as u8 + VALUE * value as u8;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests;
