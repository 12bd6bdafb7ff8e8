//! Where a string of digits stands among all strings of digits, as small integers.
//!
//! Strings are in the order of a dictionary: `2`, `20`, `200`, `201`, `21`. In that order all
//! numbers that begin with a prefix lie together, right behind the prefix itself, and a short
//! number is never taken for a longer one that ends in zeros.
//!
//! A table of depth `d` cuts a string in three: a head of `d` digits, a body of eight and a tail
//! of what is left of eighteen. A head is its digits, filled up with zeros. A body is its digits,
//! filled up, and then how many the string has to its end: so shorter strings come first also
//! where the head is not filled, and a body is below 2^31. Tails are given by their rank among
//! all tails that are not longer: 0 for the empty one, 1 for `0`, and so on.

use crate::Number;
use crate::number::POWERS;

/// How many digits a packed string has.
pub(super) use crate::number::digits_of as len;

/// A string of digits in a table of one depth.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// Digits of the head.
    pub(super) head: u32,
    /// Digits of the body, and how many head and body have.
    pub(super) body: u32,
    /// The tail's digits, as many as there can be, zeros behind those that are not there.
    tail: u32,
    tail_len: u32,
}

/// A string of digits, also the empty one, as [`Number::packed`] packs it: 1 is empty.
pub(super) type Packed = u64;

/// The empty string.
pub(super) const EMPTY: Packed = 1;

/// Digits filled up with zeros to eighteen.
#[inline(always)]
pub(super) fn aligned(packed: Packed, len: usize) -> u64 {
    (packed - POWERS[len]) * SCALES[len]
}

/// The inverse of [`aligned`].
pub(super) fn packed(aligned: u64, len: usize) -> Packed {
    aligned / POWERS[DIGITS_MAX - len] + POWERS[len]
}

/// Does a string begin with another one?
pub(super) fn begins(packed: Packed, prefix: Packed) -> bool {
    let (len, prefix_len) = (len(packed), len(prefix));
    len >= prefix_len && packed / POWERS[len - prefix_len] == prefix
}

/// The first digits of a string, at most so many.
pub(super) fn beginning(packed: Packed, digits: usize) -> Packed {
    packed / POWERS[len(packed).saturating_sub(digits)]
}

/// The first string behind all that begin with this one; `None` behind the last.
pub(super) fn behind(mut packed: Packed) -> Option<Packed> {
    while packed % 10 == 9 {
        packed /= 10;
    }
    (packed > EMPTY).then_some(packed + 1)
}

/// How many heads there are.
pub(super) fn heads(depth: u8) -> usize {
    POWERS[usize::from(depth)] as usize
}

/// In which of so many equal parts of all bodies a body lies, and how far behind the beginning of
/// that part, as a fraction of 2^64. Both together ascend with the body.
#[inline(always)]
pub(super) fn part(body: u32, parts: u32) -> (u32, u64) {
    let share = u64::from(body >> BODY_LEN_BITS) * SHARE;
    let product = u128::from(share) * u128::from(parts);
    ((product >> u64::BITS) as u32, product as u64)
}

impl Place {
    /// Cuts a string for a table of this depth.
    #[inline(always)]
    pub(super) fn of(packed: Packed, depth: u8) -> Self {
        let len = len(packed);
        let aligned = aligned(packed, len);
        let depth = usize::from(depth).min(DEPTH_MAX);
        let Cut { below, inverse, shift } = CUTS[depth];
        let trunk = ((u128::from(aligned) * u128::from(inverse)) >> u64::BITS) as u64 >> shift;
        let trunk_len = len.min(depth + BODY_MAX);
        Self {
            head: (trunk / BODIES) as u32,
            body: ((trunk % BODIES) as u32) << BODY_LEN_BITS | trunk_len as u32,
            tail: (aligned - trunk * below) as u32,
            tail_len: (len - trunk_len) as u32,
        }
    }

    /// Is the string longer than head and body?
    pub(super) fn has_tail(self) -> bool {
        self.tail_len > 0
    }

    /// Rank of the tail; seldom asked, because few strings have one.
    pub(super) fn tail(self) -> u32 {
        let floors = std::iter::successors(Some(self.tail), |rest| Some(rest / 10));
        floors.take_while(|rest| *rest > 0).sum::<u32>() + self.tail_len
    }
}

/// The deepest: a hundred thousand heads, whose index of 400 kB stays in the caches.
pub(super) const DEPTH_MAX: usize = 5;

/// The least: with it a tail has at most nine digits, and its rank fits in 32 bits.
pub(super) const DEPTH_MIN: usize = 1;

/// The digits of a body: the most that leave room for their number below 2^31.
pub(super) const BODY_MAX: usize = 8;

/// The bits of the number of digits: head and body have at most thirteen.
const BODY_LEN_BITS: u32 = 4;

/// How many strings of digits a body stands for.
const BODIES: u64 = 10u64.pow(BODY_MAX as u32);

/// The share that one of them has of 2^64.
const SHARE: u64 = u64::MAX / BODIES;

/// How digits are cut behind head and body.
#[derive(Clone, Copy)]
struct Cut {
    /// 10 to the power of how many digits tails have.
    below: u64,
    /// 2^64 * 2^`shift` divided by `below`, rounded up: a product with it is a division by `below`
    /// and exact below 2^60, where all digits are, because 2^`shift` is more than half of `below`.
    inverse: u64,
    shift: u32,
}

/// For each depth. Nothing is that shallow, but then nothing can miss the first one.
const CUTS: [Cut; DEPTH_MAX + 1] = {
    let mut cuts = [Cut { below: 0, inverse: 0, shift: 0 }; DEPTH_MAX + 1];
    let mut depth = 0;
    while depth <= DEPTH_MAX {
        let below = POWERS[DIGITS_MAX - BODY_MAX - depth];
        let shift = below.ilog2();
        let inverse = ((1u128 << (u64::BITS + shift)) / below as u128 + 1) as u64;
        cuts[depth] = Cut { below, inverse, shift };
        depth += 1;
    }
    cuts
};

const DIGITS_MAX: usize = Number::DIGITS_MAX;

/// What digits are multiplied with to be eighteen.
const SCALES: [u64; DIGITS_MAX + 2] = {
    let mut scales = [0; DIGITS_MAX + 2];
    let mut len = 0;
    while len <= DIGITS_MAX {
        scales[len] = POWERS[DIGITS_MAX - len];
        len += 1;
    }
    scales
};

#[cfg(test)]
mod tests;
