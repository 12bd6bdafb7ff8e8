//! Octets side by side: what a processor with wide registers does to a whole piece of a text at
//! once.
//!
//! A text of one script costs the same however its letters are mixed: each octet is turned into
//! what it may become by tables of sixteen entries, and then what is not needed is squeezed out.
//! A processor without such registers is asked for once, and takes the ways that go letter by
//! letter; both give the same.

use fearless_simd::prelude::*;
use fearless_simd::{Level, mask8x32, u8x16, u8x32};

/// That this processor has the registers.
#[cfg(target_arch = "x86_64")]
pub(crate) type Lanes = fearless_simd::x86::Avx2;

/// That this processor has the registers.
#[cfg(target_arch = "aarch64")]
pub(crate) type Lanes = fearless_simd::aarch64::Neon;

/// The registers, if this processor has them.
#[inline(always)]
pub(crate) fn lanes() -> Option<Lanes> {
    #[cfg(target_arch = "x86_64")]
    return Level::new().as_avx2();
    #[cfg(target_arch = "aarch64")]
    return Level::new().as_neon();
}

/// The entries of a table of sixteen that the lower halves of the octets choose.
#[inline(always)]
pub(crate) fn chosen<S: Simd>(table: &'static [u8; 16], octets: u8x32<S>) -> u8x32<S> {
    let simd = octets.token();
    let table = u8x32::block_splat(u8x16::load_array_ref(simd, table));
    table.swizzle_dyn_within_blocks(octets & 0x0F)
}

/// One bit for each octet, the first one lowest.
#[inline(always)]
pub(crate) fn bits<S: Simd>(mask: mask8x32<S>) -> u32 {
    mask.to_bitmask() as u32
}

/// The other way round.
#[inline(always)]
pub(crate) fn of_bits<S: Simd>(simd: S, bits: u32) -> mask8x32<S> {
    mask8x32::from_bitmask(simd, bits.into())
}

/// Appends those of sixteen octets whose bits are set, and perhaps writes more behind them;
/// returns where the next one goes.
#[inline(always)]
pub(crate) fn squeeze<S: Simd>(octets: u8x16<S>, keep: u32, room: &mut [u8], len: usize) -> usize {
    let (low, high) = (KEPT[(keep & 0xFF) as usize], KEPT[(keep >> 8 & 0xFF) as usize]);
    let mut order = [0; 16];
    order[..8].copy_from_slice(&low.to_le_bytes());
    order[8..].copy_from_slice(&(high | 0x0808_0808_0808_0808).to_le_bytes());
    let order = u8x16::load_array(octets.token(), order);
    let kept = octets.swizzle_dyn_within_blocks(order).to_array();
    room[len..len + 8].copy_from_slice(&kept[..8]);
    let len = len + (keep & 0xFF).count_ones() as usize;
    room[len..len + 8].copy_from_slice(&kept[8..]);
    len + (keep >> 8 & 0xFF).count_ones() as usize
}

/// Appends eight pairs of octets, of those whose bit is not set the second alone; writes more
/// behind them; returns where the next one goes.
#[inline(always)]
pub(crate) fn squeeze_pairs<S: Simd>(
    pairs: u8x16<S>,
    both: u32,
    room: &mut [u8],
    len: usize,
) -> usize {
    let order = u8x16::load_array_ref(pairs.token(), &PAIRS[(both & 0xFF) as usize]);
    let kept = pairs.swizzle_dyn_within_blocks(order);
    room[len..len + 16].copy_from_slice(kept.as_array());
    len + 8 + (both & 0xFF).count_ones() as usize
}

/// For each choice of eight octets, where they stand, the first one lowest.
static KEPT: [u64; 256] = {
    let mut table = [0; 256];
    let mut keep = 0;
    while keep < table.len() {
        let (mut order, mut place, mut lane) = (0, 0, 0);
        while lane < 8 {
            if keep >> lane & 1 == 1 {
                order |= lane << (8 * place);
                place += 1;
            }
            lane += 1;
        }
        table[keep] = order;
        keep += 1;
    }
    table
};

/// For each choice of eight pairs that are kept whole, the order of their octets.
static PAIRS: [[u8; 16]; 256] = {
    let mut table = [[0; 16]; 256];
    let mut both = 0;
    while both < table.len() {
        let (mut place, mut lane) = (0, 0);
        while lane < 8 {
            if both >> lane & 1 == 1 {
                table[both][place] = 2 * lane;
                place += 1;
            }
            table[both][place] = 2 * lane + 1;
            place += 1;
            lane += 1;
        }
        both += 1;
    }
    table
};

#[cfg(test)]
mod tests;
