//! UTF-16 to UTF-8, sixteen units at a time.

use fearless_simd::prelude::*;
use fearless_simd::{mask32x8, u8x16, u8x32, u16x16, u32x8};

use crate::lanes::squeeze_pairs;

/// Writes the next units; returns how many they are, and how many octets that is. `None` if there
/// is a surrogate without its other half.
#[inline(always)]
pub(super) fn read<S: Simd>(
    simd: S,
    octets: &[[u8; 2]; BLOCK],
    room: &mut [u8; ROOM],
) -> Option<(usize, usize)> {
    let octets = octets.as_flattened().first_chunk().expect("two octets are a unit");
    let swap = u8x32::block_splat(u8x16::load_array_ref(simd, &SWAP));
    let swapped = u8x32::load_array_ref(simd, octets).swizzle_dyn_within_blocks(swap);
    let units: u16x16<S> = swapped.bitcast();
    if (units & 0xFF80).simd_eq(0).all_true() {
        let octets = units.narrow(units);
        room[..BLOCK].copy_from_slice(&octets.as_array()[..BLOCK]);
        return Some((BLOCK, BLOCK));
    }
    let wide = (units & 0xF800).simd_ne(0);
    if !wide.any_true() {
        return Some((BLOCK, short(units, room)));
    }
    let surrogates = (units & 0xF800).simd_eq(0xD800);
    if !surrogates.any_true() {
        return Some((BLOCK, any(units, None, room)));
    }
    let low = (units & 0xFC00).simd_eq(0xDC00).to_bitmask() as u32;
    let high = surrogates.to_bitmask() as u32 & !low;
    if low == 0xAAAA {
        return high_and_low(units, room);
    }
    if high << 1 & 0xFFFF != low {
        return None;
    }
    // The other half of the last one is in the next block.
    let left = (high >> 15) as usize;
    let before = u16x16::splat(simd, 0).slide::<15>(units);
    Some((BLOCK - left, any(units, Some(before), room) - 2 * left))
}

/// Eight pairs of surrogates, of which the lower ones are.
#[inline(always)]
fn high_and_low<S: Simd>(units: u16x16<S>, room: &mut [u8; ROOM]) -> Option<(usize, usize)> {
    let pairs: u32x8<S> = units.bitcast();
    if !(pairs & 0xFC00).simd_eq(0xD800).all_true() {
        return None;
    }
    let point = (((pairs & 0x3FF) << 10) | ((pairs >> 16) & 0x3FF)) + 0x1_0000;
    let (first, second) = (point >> 18, (point >> 4) & 0x3F00);
    let (third, fourth) = ((point << 10) & 0x3F_0000, (point << 24) & 0x3F00_0000);
    let octets: u8x32<S> = (first | second | third | fourth | 0x8080_80F0).bitcast();
    room[..2 * BLOCK].copy_from_slice(octets.as_array());
    Some((BLOCK, 2 * BLOCK))
}

/// Units below U+0800.
#[inline(always)]
fn short<S: Simd>(units: u16x16<S>, room: &mut [u8; ROOM]) -> usize {
    let two = (units & 0xFF80).simd_ne(0);
    let last = two.select((units & 0x3F) | 0x80, units);
    let pairs: u8x32<S> = ((units >> 6) | 0xC0 | (last << 8)).bitcast();
    let (both, (low, high)) = (two.to_bitmask() as u32, pairs.split());
    let len = squeeze_pairs(low, both, room, 0);
    squeeze_pairs(high, both >> 8, room, len)
}

/// Any units; the ones before them if there are surrogates, each of which is two octets.
#[inline(always)]
fn any<S: Simd>(units: u16x16<S>, before: Option<u16x16<S>>, room: &mut [u8; ROOM]) -> usize {
    let (low, high) = units.widen();
    let (low_before, high_before) = match before {
        Some(before) => {
            let (low, high) = before.widen();
            (Some(low), Some(high))
        }
        None => (None, None),
    };
    let len = eight(low, low_before, room, 0);
    eight(high, high_before, room, len)
}

/// Eight units behind the octets that are there.
#[inline(always)]
fn eight<S: Simd>(
    units: u32x8<S>,
    before: Option<u32x8<S>>,
    room: &mut [u8; ROOM],
    mut len: usize,
) -> usize {
    let simd = units.token();
    let two = (units & 0xFFFF_FF80).simd_ne(0);
    let mut three: mask32x8<S> = (units & 0xFFFF_F800).simd_ne(0);
    let lead = three.select(u32x8::splat(simd, 0x80), u32x8::splat(simd, 0xC0));
    let mut second = ((units >> 6) & 0x3F) | lead;
    let mut third = two.select((units & 0x3F) | 0x80, units);
    if let Some(before) = before {
        let (high, low) = ((units & 0xFC00).simd_eq(0xD800), (units & 0xFC00).simd_eq(0xDC00));
        let plane = (units & 0x3FF) + 0x40;
        second = high.select((plane >> 8) | 0xF0, second);
        third = high.select(((plane >> 2) & 0x3F) | 0x80, third);
        let joined = ((before & 0x03) << 4) | ((units >> 6) & 0x0F) | 0x80;
        second = low.select(joined, second);
        three &= !(high | low);
    }
    let octets: u8x32<S> = ((units >> 12) | 0xE0 | (second << 8) | (third << 16)).bitcast();
    let (two, three) = (two.to_bitmask() as usize, three.to_bitmask() as usize);
    let (left, right) = octets.split();
    for (octets, which) in
        [(left, two & 0x0F | three << 4 & 0xF0), (right, two >> 4 & 0x0F | three & 0xF0)]
    {
        let order = u8x16::load_array_ref(simd, &TRIPLES[which]);
        room[len..len + 16].copy_from_slice(octets.swizzle_dyn_within_blocks(order).as_array());
        len += 4 + which.count_ones() as usize;
    }
    len
}

/// The order in which sixteen octets are units of the other byte order.
static SWAP: [u8; 16] = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14];

/// For each choice of four groups that have a second octet (low) and a third in front of it
/// (high), the order of their octets.
static TRIPLES: [[u8; 16]; 256] = {
    let mut table = [[0; 16]; 256];
    let mut which = 0;
    while which < table.len() {
        let (mut place, mut lane) = (0, 0);
        while lane < 4 {
            let has = [which >> (lane + 4) & 1, which >> lane & 1, 1];
            let mut octet = 0;
            while octet < 3 {
                if has[octet] == 1 {
                    table[which][place] = (4 * lane + octet) as u8;
                    place += 1;
                }
                octet += 1;
            }
            lane += 1;
        }
        which += 1;
    }
    table
};

/// Units that are read together.
pub(super) const BLOCK: usize = 16;

/// Three octets for each, and what is written over.
pub(super) const ROOM: usize = 3 * BLOCK + 16;
