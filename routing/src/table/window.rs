//! Some neighbouring words compared at once.
//!
//! A binary search waits for each word before it knows the next one. Here all lines of memory are
//! asked for together, and no branch depends on what stands there.

use rkyv::rend::u64_le;

use super::radix::body;

/// How many words are compared.
pub(super) const WINDOW: usize = 16;

/// How many of the first `left` words have a body that is not behind another one.
#[inline(always)]
pub(super) fn not_behind(words: &[u64_le; WINDOW], left: usize, wanted: u32) -> usize {
    // As signed integers, which is how processors compare several with one instruction; bodies
    // are below 2^31.
    let (wanted, left) = (wanted as i32, left as i32);
    let mut places: [i32; LANES] = std::array::from_fn(|lane| lane as i32);
    let mut counts = [0; LANES];
    for words in words.as_chunks::<LANES>().0 {
        for lane in 0..LANES {
            let not_behind = body(words[lane].to_native()) as i32 <= wanted;
            counts[lane] += i32::from(not_behind & (places[lane] < left));
            places[lane] += LANES as i32;
        }
    }
    counts.iter().sum::<i32>() as usize
}

/// How many 32-bit integers the least of the processors we run on compares with one instruction.
const LANES: usize = 4;

#[cfg(test)]
mod tests;
