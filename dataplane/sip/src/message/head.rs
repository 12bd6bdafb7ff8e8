//! Where the headers of a message stand: what one pass over its lines leaves behind.
//!
//! A header is eight octets here, whatever its length, and the first one of each name is found
//! without a search; both because every message is read and most are asked for ten headers.

use memchr::memchr;

use crate::header::{Name, opening};
use crate::scan::is_token;
use crate::wide::find;

/// The longest message we look at: what fits in a datagram (§18.1.1).
pub const MESSAGE_MAX: usize = 65_535;

/// The header lines we look at in one message.
pub const HEADERS_MAX: usize = 128;

/// The header lines for which reading a message asks for no memory.
const HEADERS_USUAL: usize = 24;

/// Where one header stands. Offsets fit because of [`MESSAGE_MAX`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) name: Name,
    /// The first octet of its line.
    pub(crate) line: u16,
    /// The first octet of its value.
    pub(crate) start: u16,
    len: u16,
}

impl Slot {
    /// The header whose line is `at..end`, if it is written as nearly all write it.
    #[inline]
    pub(crate) fn usual(octets: &[u8], at: usize, end: usize) -> Option<Self> {
        let (name, len) = opening(octets.get(at..)?.first_chunk()?)?;
        let start = at + len;
        let value = octets.get(start..end)?;
        let ends = value.first()?.min(value.last()?);
        (*ends > b' ').then(|| Self::new(name, at, start, value.len()))
    }

    /// The header that a line holds which begins at `at`; `None` if it has no name.
    pub(crate) fn of(line: &[u8], at: usize) -> Option<Self> {
        let colon = find(line, b':')?;
        let name = line.get(..colon)?.trim_ascii_end();
        let known = Name::of(name);
        // A name that is known is a token.
        let is_token = || !name.is_empty() && name.iter().all(|octet| is_token(*octet));
        if known == Name::Other && !is_token() {
            return None;
        }
        let value = line.get(colon + 1..)?.trim_ascii_start();
        let start = at + line.len() - value.len();
        Some(Self::new(known, at, start, value.trim_ascii_end().len()))
    }

    #[inline]
    fn new(name: Name, line: usize, start: usize, len: usize) -> Self {
        Self { name, line: offset(line), start: offset(start), len: offset(len) }
    }
}

/// All headers of a message: those of nearly every message fit in here, and more have memory of
/// their own.
#[derive(Clone, Debug)]
pub(crate) struct Headers<'a> {
    pub(crate) head: &'a str,
    usual: [Slot; HEADERS_USUAL],
    count: usize,
    more: Vec<Slot>,
    /// The place of the first of each name, counted from one; zero if there is none.
    firsts: [u8; Name::COUNT],
}

impl<'a> Headers<'a> {
    pub(crate) fn new() -> Self {
        let empty = Slot { name: Name::Accept, line: 0, start: 0, len: 0 };
        let (usual, firsts) = ([empty; HEADERS_USUAL], [0; Name::COUNT]);
        Self { head: "", usual, count: 0, more: Vec::new(), firsts }
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.usual.get(..self.count).unwrap_or_default().iter().chain(&self.more)
    }

    /// The first one of that name.
    #[inline]
    pub(crate) fn first(&self, name: Name) -> Option<Slot> {
        let place = usize::from(self.firsts[name as usize]).checked_sub(1)?;
        let more = || self.more.get(place.checked_sub(HEADERS_USUAL)?);
        self.usual.get(place).or_else(more).copied()
    }

    /// Whether there is one of that name.
    #[inline]
    pub(crate) fn has(&self, name: Name) -> bool {
        self.firsts[name as usize] != 0
    }

    /// `false` if it is one too many.
    #[inline]
    pub(crate) fn push(&mut self, slot: Slot) -> bool {
        let place = self.count + self.more.len();
        match self.usual.get_mut(self.count) {
            Some(free) => (*free, self.count) = (slot, self.count + 1),
            None if place < HEADERS_MAX => self.more.push(slot),
            None => return false,
        }
        let first = &mut self.firsts[slot.name as usize];
        if *first == 0 {
            *first = place as u8 + 1;
        }
        true
    }

    /// The name as written.
    pub(crate) fn name(&self, slot: &Slot) -> &'a str {
        let before = self.text(slot.line, slot.start - slot.line);
        before.split(':').next().unwrap_or_default().trim_ascii_end()
    }

    #[inline]
    pub(crate) fn value(&self, slot: &Slot) -> &'a str {
        self.text(slot.start, slot.len)
    }

    #[inline]
    fn text(&self, start: u16, len: u16) -> &'a str {
        let start = usize::from(start);
        self.head.get(start..start + usize::from(len)).unwrap_or_default()
    }
}

/// The place of the LF that ends the line at `at`.
#[inline]
pub(crate) fn line_feed(octets: &[u8], at: usize) -> Option<usize> {
    memchr(b'\n', octets.get(at..)?).map(|found| at + found)
}

/// An offset as a slot keeps it: no message is longer than [`MESSAGE_MAX`].
#[inline]
fn offset(at: usize) -> u16 {
    debug_assert!(at <= MESSAGE_MAX, "the length of a message is checked on entry");
    at as u16
}

const _: () = assert!(HEADERS_MAX < u8::MAX as usize, "places are counted in octets");
