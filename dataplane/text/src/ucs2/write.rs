//! UTF-8 to UTF-16.
//!
//! A window of octets of any script of the basic plane is read as if a character began at every
//! octet; then the units of those octets at which one does begin are moved together. That takes
//! no branch for any character.

use fearless_simd::Simd;

use super::to_units;
use crate::lanes::{Lanes, lanes};

/// Appends `text`.
pub fn encode(text: &str, out: &mut Vec<u8>) {
    match lanes() {
        Some(lanes) => lanes.vectorize(
            #[inline(always)]
            || by_lanes(lanes, text, out),
        ),
        None => by_window(text, out),
    }
}

/// The same by the processor's wide registers.
#[inline(always)]
fn by_lanes(lanes: Lanes, text: &str, out: &mut Vec<u8>) {
    let mut len = out.len();
    // No character has more octets in UTF-16 than twice those in UTF-8.
    out.resize(len + 2 * text.len() + to_units::ROOM, 0);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let mut padded = [b' '; to_units::WINDOW];
        let (window, missing) = match rest.first_chunk() {
            Some(window) => (window, 0),
            None => {
                padded[..rest.len()].copy_from_slice(rest);
                (&padded, to_units::RUN.saturating_sub(rest.len()))
            }
        };
        let (count, octets) = to_units::write(lanes, window, &mut out[len..]);
        len += octets - 2 * missing;
        rest = &rest[count - missing..];
    }
    out.truncate(len);
}

/// The same without them.
pub(super) fn by_window(text: &str, out: &mut Vec<u8>) {
    let (mut said, mut len) = ([0; SAID], 0);
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        if len > SAID - ROOM {
            out.extend_from_slice(&said[..len]);
            len = 0;
        }
        let room = said[len..].first_chunk_mut().expect("what was there has been appended");
        let (octets, count) = step(rest, room);
        (len, rest) = (len + octets, &rest[count..]);
    }
    out.extend_from_slice(&said[..len]);
}

/// Writes the next few characters; returns how many octets, and of how many they are.
#[inline(always)]
fn step(rest: &[u8], room: &mut [u8; ROOM]) -> (usize, usize) {
    if let Some(octets) = rest.first_chunk::<RUN>()
        && octets.is_ascii()
    {
        for (pair, octet) in room.as_chunks_mut::<2>().0.iter_mut().zip(octets) {
            *pair = [0, *octet];
        }
        return (2 * RUN, RUN);
    }
    if let Some(octets) = rest.first_chunk()
        && are_wide(octets)
    {
        return (wide(octets, room), 3 * WIDE);
    }
    if rest[0] >= 0xF0 {
        return one(rest, room);
    }
    let mut padded = [CONTINUED; WINDOW + 2];
    let count = rest.len().min(WINDOW);
    let window = match rest.get(..WINDOW + 2) {
        Some(window) => window,
        None => {
            padded[..rest.len()].copy_from_slice(rest);
            &padded[..count.next_multiple_of(8) + 2]
        }
    };
    match window.iter().fold(0, |most, octet| *octet.max(&most)) {
        ..0xE0 => (gather(window, room, |first, second, _| two(first, second)), count),
        0xE0..0xF0 => (gather(window, room, three), count),
        0xF0.. => one(rest, room),
    }
}

/// Do eight characters of three octets each begin here?
#[inline(always)]
fn are_wide(octets: &[u8; 3 * WIDE + 1]) -> bool {
    let word = |at: usize| {
        let octets = octets[at..].first_chunk().expect("there are three times eight");
        u64::from_le_bytes(*octets)
    };
    let first = word(0) & 0x00F0_0000_F000_00F0 ^ 0x00E0_0000_E000_00E0;
    let second = word(8) & 0xF000_00F0_0000_F000 ^ 0xE000_00E0_0000_E000;
    let third = word(16) & 0x0000_F000_00F0_0000 ^ 0x0000_E000_00E0_0000;
    first | second | third == 0
}

#[inline(always)]
fn wide(octets: &[u8; 3 * WIDE + 1], room: &mut [u8; ROOM]) -> usize {
    let word = |at: usize| {
        let octets = octets[3 * at..].first_chunk().expect("one more octet is there");
        u32::from_le_bytes(*octets)
    };
    let words = [word(0), word(1), word(2), word(3), word(4), word(5), word(6), word(7)];
    for (at, word) in words.into_iter().enumerate() {
        let high = (word << 4 & 0xF0) | (word >> 10 & 0x0F);
        let low = (word << 6 & 0xC000) | (word >> 8 & 0x3F00);
        room[2 * at..2 * at + 2].copy_from_slice(&((high | low) as u16).to_le_bytes());
    }
    2 * WIDE
}

/// The unit of a character of one or two octets.
#[inline(always)]
fn two(first: u16, second: u16) -> u16 {
    if first < 0x80 { first } else { (first & 0x1F) << 6 | second & 0x3F }
}

/// The unit of a character of up to three octets.
#[inline(always)]
fn three(first: u16, second: u16, third: u16) -> u16 {
    let wide = first << 12 | (second & 0x3F) << 6 | third & 0x3F;
    if first < 0xE0 { two(first, second) } else { wide }
}

/// Writes the units of all characters that begin in a window, which shows two octets more.
#[inline(always)]
fn gather(window: &[u8], room: &mut [u8; ROOM], unit: impl Fn(u16, u16, u16) -> u16) -> usize {
    let (mut units, count) = ([0; WINDOW], window.len() - 2);
    let octets = window[..count].iter().zip(&window[1..=count]).zip(&window[2..]);
    for (said, ((first, second), third)) in units[..count].iter_mut().zip(octets) {
        *said = unit((*first).into(), (*second).into(), (*third).into()).to_be();
    }
    let mut len = 0;
    let pairs = units[..count].as_chunks::<2>().0.iter().zip(window.as_chunks::<2>().0);
    for (units, octets) in pairs {
        let begins = [octets[0] & 0xC0 != CONTINUED, octets[1] & 0xC0 != CONTINUED];
        let both = u32::from(units[0]) | u32::from(units[1]) << 16;
        let said = if begins[0] { both } else { both >> 16 };
        room[len..len + 4].copy_from_slice(&said.to_le_bytes());
        // Never more than two for each octet; the mask says so to the compiler.
        len = (len + 2 * (usize::from(begins[0]) + usize::from(begins[1]))) & (2 * WINDOW - 1);
    }
    len
}

/// Writes the next character, or passes over the rest of one that was written before.
fn one(rest: &[u8], room: &mut [u8; ROOM]) -> (usize, usize) {
    let end = rest[1..].iter().take_while(|octet| *octet & 0xC0 == CONTINUED).count() + 1;
    let low = |octet: u8| u32::from(octet & 0x3F);
    let unit = match rest[..end] {
        [first, second, third, fourth] => {
            let point = u32::from(first & 0x07) << 18 | low(second) << 12;
            let offset = (point | low(third) << 6 | low(fourth)) - 0x1_0000;
            let pair = [0xD800 | (offset >> 10) as u16, 0xDC00 | (offset & 0x3FF) as u16];
            room[..2].copy_from_slice(&pair[0].to_be_bytes());
            room[2..4].copy_from_slice(&pair[1].to_be_bytes());
            return (4, end);
        }
        [first @ 0xE0..=0xEF, second, third] => three(first.into(), second.into(), third.into()),
        [first @ 0xC0..=0xDF, second] => two(first.into(), second.into()),
        [first @ 0..=0x7F] => first.into(),
        _ => return (0, end),
    };
    room[..2].copy_from_slice(&unit.to_be_bytes());
    (2, end)
}

/// An octet that continues a character, and the mark by which it is known.
const CONTINUED: u8 = 0x80;

/// Octets of ASCII that go together.
const RUN: usize = 16;

/// Characters of three octets that go together.
const WIDE: usize = 8;

/// Octets of which the characters that begin there are gathered.
const WINDOW: usize = 32;

/// The most that one step writes, and what is written over.
const ROOM: usize = 2 * WINDOW + 4;

/// What is gathered before it is appended: a message of usual length, and room for a last step.
const SAID: usize = 320 + ROOM;
