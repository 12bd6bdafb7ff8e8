//! UTF-8 to UTF-16, thirty-two octets at a time.
//!
//! Each octet becomes the unit of the character that begins there; the octets that continue one
//! are left out, but for the second of four, which becomes the lower half of a pair.

use fearless_simd::prelude::*;
use fearless_simd::{u8x16, u8x32, u16x16};

use crate::lanes::bits;

/// Writes the units of the characters that begin in the first octets of a window; returns how
/// many octets were read, and how many written.
#[inline(always)]
pub(super) fn write<S: Simd>(simd: S, window: &[u8; WINDOW], room: &mut [u8]) -> (usize, usize) {
    let octets = |from: usize| {
        u8x32::load_array_ref(simd, window[from..].first_chunk().expect("windows are as wide"))
    };
    let first = octets(0);
    if bits((first & 0x80).simd_ne(0)) == 0 {
        let (low, high) = u8x32::splat(simd, 0).interleave(first);
        room[..RUN].copy_from_slice(low.as_array());
        room[RUN..2 * RUN].copy_from_slice(high.as_array());
        return (RUN, 2 * RUN);
    }
    let (second, third) = (octets(1), octets(2));
    let mut keep = !bits((first & 0xC0).simd_eq(0x80));
    let ((low, high), more) = (first.widen(), (second & 0x3F).widen());
    let wide = bits((first & 0xE0).simd_eq(0xE0));
    let mut units = (up_to_two(low, more.0), up_to_two(high, more.1));
    let mut count = RUN;
    if wide != 0 {
        let most = (third & 0x3F).widen();
        units = (three(low, more.0, most.0, units.0), three(high, more.1, most.1, units.1));
        let four = (first & 0xF0).simd_eq(0xF0);
        if bits(four) != 0 {
            // The other half of the last one begins in the next window.
            let four = bits(four) & 0x7FFF_FFFF;
            count -= usize::from(window[RUN - 1] >= 0xF0);
            keep = (keep | four << 1) & u32::MAX >> (RUN - count);
            let behind = u8x32::splat(simd, 0).slide::<31>(first).widen();
            units = (
                pair(low, behind.0, (more.0, most.0), units.0),
                pair(high, behind.1, (more.1, most.1), units.1),
            );
        }
    }
    let ((a, b), (c, d)) = (halves(units.0), halves(units.1));
    let len = squeeze_units(a, keep, room, 0);
    let len = squeeze_units(b, keep >> 8, room, len);
    let len = squeeze_units(c, keep >> 16, room, len);
    (count, squeeze_units(d, keep >> 24, room, len))
}

/// The units of characters of one or two octets.
#[inline(always)]
fn up_to_two<S: Simd>(first: u16x16<S>, second: u16x16<S>) -> u16x16<S> {
    let two = ((first & 0x1F) << 6) | second;
    (first & 0x80).simd_eq(0).select(first, two)
}

/// The units of characters of three octets, where they are.
#[inline(always)]
fn three<S: Simd>(
    first: u16x16<S>,
    second: u16x16<S>,
    third: u16x16<S>,
    units: u16x16<S>,
) -> u16x16<S> {
    let three = (first << 12) | (second << 6) | third;
    (first & 0xE0).simd_eq(0xE0).select(three, units)
}

/// The surrogates of characters of four octets, where the first and the second of them are.
#[inline(always)]
fn pair<S: Simd>(
    first: u16x16<S>,
    before: u16x16<S>,
    (second, third): (u16x16<S>, u16x16<S>),
    units: u16x16<S>,
) -> u16x16<S> {
    let high = (((first & 0x07) << 8) | (second << 2) | (third >> 4)) + 0xD7C0;
    let low = ((second & 0x0F) << 6) | third | 0xDC00;
    let units = (first & 0xF0).simd_eq(0xF0).select(high, units);
    (before & 0xF0).simd_eq(0xF0).select(low, units)
}

#[inline(always)]
fn halves<S: Simd>(units: u16x16<S>) -> (u8x16<S>, u8x16<S>) {
    let octets: u8x32<S> = units.bitcast();
    octets.split()
}

/// Appends those of eight units whose bits are set, the higher octet first.
#[inline(always)]
fn squeeze_units<S: Simd>(units: u8x16<S>, keep: u32, room: &mut [u8], len: usize) -> usize {
    let order = u8x16::load_array_ref(units.token(), &UNITS[(keep & 0xFF) as usize]);
    room[len..len + 16].copy_from_slice(units.swizzle_dyn_within_blocks(order).as_array());
    len + 2 * (keep & 0xFF).count_ones() as usize
}

/// For each choice of eight units, the order of their octets.
static UNITS: [[u8; 16]; 256] = {
    let mut table = [[0; 16]; 256];
    let mut keep = 0;
    while keep < table.len() {
        let (mut place, mut lane) = (0, 0);
        while lane < 8 {
            if keep >> lane & 1 == 1 {
                table[keep][place] = 2 * lane + 1;
                table[keep][place + 1] = 2 * lane;
                place += 2;
            }
            lane += 1;
        }
        keep += 1;
    }
    table
};

/// Octets in which characters are looked for.
pub(super) const RUN: usize = 32;

/// These, and two more to end the last one.
pub(super) const WINDOW: usize = RUN + 2;

/// Two octets for each, and what is written over.
pub(super) const ROOM: usize = 2 * RUN + 16;
