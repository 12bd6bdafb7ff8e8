//! Where a string of digits stands among all strings of digits, as small integers.
//!
//! Strings are in the order of a dictionary: `2`, `20`, `200`, `201`, `21`. In that order all
//! numbers that begin with a prefix lie together, right behind the prefix itself, and a short
//! number is never taken for a longer one that ends in zeros.
//!
//! A table of depth `d` cuts a string in three: a head of `d` digits, a body of nine and a tail
//! of what is left of eighteen. Each is given by its rank among all strings that are not longer:
//! 0 for the empty one, 1 for `0`, and so on. A body's rank is below 1,111,111,111 and fits in
//! 32 bits.

use crate::Number;

/// A string of digits in a table of one depth.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    /// Rank of the head.
    pub(super) head: u32,
    /// Rank of the body.
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
pub(super) fn len(packed: Packed) -> usize {
    packed.ilog10() as usize
}

/// Digits filled up with zeros to eighteen.
pub(super) fn aligned(packed: Packed, len: usize) -> u64 {
    (packed - POWERS[len]) * POWERS[DIGITS_MAX - len]
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

/// How many heads there are: the strings of at most `depth` digits.
pub(super) fn heads(depth: u8) -> usize {
    let strings_of = |digits: usize| POWERS[digits] as usize;
    (0..=usize::from(depth)).map(strings_of).sum()
}

impl Place {
    /// Cuts a string for a table of this depth.
    #[inline]
    pub(super) fn of(packed: Packed, depth: u8) -> Self {
        let len = len(packed);
        let aligned = aligned(packed, len);
        match depth {
            0 => Self::cut::<0>(aligned, len),
            1 => Self::cut::<1>(aligned, len),
            2 => Self::cut::<2>(aligned, len),
            3 => Self::cut::<3>(aligned, len),
            4 => Self::cut::<4>(aligned, len),
            5 => Self::cut::<5>(aligned, len),
            6 => Self::cut::<6>(aligned, len),
            _ => Self::cut::<DEPTH_MAX>(aligned, len),
        }
    }

    #[inline(always)]
    fn cut<const DEPTH: usize>(aligned: u64, len: usize) -> Self {
        let (below_head, below_body) =
            (const { POWERS[DIGITS_MAX - DEPTH] }, const { POWERS[BODY_MAX - DEPTH] });
        let head = aligned / below_head;
        let rest = aligned % below_head;
        let (body, tail) = (rest / below_body, (rest % below_body) as u32);
        let body_len = len.saturating_sub(DEPTH).min(BODY_MAX) as u32;
        let tail_len = len.saturating_sub(DEPTH + BODY_MAX) as u32;
        Self {
            head: floors::<DEPTH>(head as u32) + len.min(DEPTH) as u32,
            body: floors::<BODY_MAX>(body as u32) + body_len,
            tail,
            tail_len,
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

/// `x + x/10 + x/100 + ...`: a string's rank, but for its length, among those that are not
/// longer. Before a string come, for each of its beginnings, the strings of that length that
/// are smaller; the zeros that fill up the right make the floors count just those.
#[inline(always)]
fn floors<const DIGITS: usize>(x: u32) -> u32 {
    let mut sum = 0;
    if DIGITS > 0 {
        sum += x;
    }
    macro_rules! add {
        ($($place:literal)*) => {
            $(if DIGITS > $place {
                sum += x / const { POWERS[$place] as u32 };
            })*
        };
    }
    add!(1 2 3 4 5 6 7 8);
    sum
}

/// The deepest index: eleven million heads, 44 MB.
pub(super) const DEPTH_MAX: usize = 7;

/// The digits of a body: the most whose rank fits in 32 bits.
pub(super) const BODY_MAX: usize = 9;

const DIGITS_MAX: usize = Number::DIGITS_MAX;

const POWERS: [u64; DIGITS_MAX + 1] = {
    let mut powers = [1; DIGITS_MAX + 1];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

#[cfg(test)]
mod tests;
