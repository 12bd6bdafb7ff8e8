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

/// How many digits a packed string has.
#[inline(always)]
pub(super) fn len(packed: Packed) -> usize {
    // 1233 / 4096 is a little more than the logarithm of 2.
    let bits = u64::BITS - (packed | 1).leading_zeros();
    let most = ((bits * 1233) >> 12) as usize;
    most - usize::from(packed < POWERS[most])
}

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

/// In which of `10^digits` equal parts of all bodies a body lies: what its first digits say.
#[inline(always)]
pub(super) fn part(body: u32, digits: u32) -> u32 {
    let inverse = PARTS[(digits as usize).min(PART_DIGITS_MAX)];
    ((u128::from(body >> BODY_LEN_BITS) * u128::from(inverse)) >> u64::BITS) as u32
}

impl Place {
    /// Cuts a string for a table of this depth.
    #[inline]
    pub(super) fn of(packed: Packed, depth: u8) -> Self {
        let len = len(packed);
        let aligned = aligned(packed, len);
        match depth {
            1 => Self::cut::<1>(aligned, len),
            2 => Self::cut::<2>(aligned, len),
            3 => Self::cut::<3>(aligned, len),
            4 => Self::cut::<4>(aligned, len),
            _ => Self::cut::<DEPTH_MAX>(aligned, len),
        }
    }

    #[inline(always)]
    fn cut<const DEPTH: usize>(aligned: u64, len: usize) -> Self {
        let (below_head, below_body) =
            const { (POWERS[DIGITS_MAX - DEPTH], POWERS[DIGITS_MAX - DEPTH - BODY_MAX]) };
        let (head, rest) = (aligned / below_head, aligned % below_head);
        let (body, tail) = (rest / below_body, (rest % below_body) as u32);
        let trunk_len = len.min(DEPTH + BODY_MAX);
        Self {
            head: head as u32,
            body: (body as u32) << BODY_LEN_BITS | trunk_len as u32,
            tail,
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

/// The most digits of a body that [`part`] looks at.
pub(super) const PART_DIGITS_MAX: usize = 7;

/// 2^64 divided by how many bodies a part has, rounded up: exact for the products of bodies.
const PARTS: [u64; PART_DIGITS_MAX + 1] = {
    let mut parts = [0; PART_DIGITS_MAX + 1];
    let mut digits = 0;
    while digits <= PART_DIGITS_MAX {
        parts[digits] = u64::MAX / POWERS[BODY_MAX - digits] + 1;
        digits += 1;
    }
    parts
};

const DIGITS_MAX: usize = Number::DIGITS_MAX;

/// One more than there are digits: the table is as long as an index into it can be large.
const POWERS: [u64; DIGITS_MAX + 2] = {
    let mut powers = [1; DIGITS_MAX + 2];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

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
