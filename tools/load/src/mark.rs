//! The number at the beginning of each text, by which an SMS is known wherever it turns up.
//!
//! `#`, four hexadecimal digits of the run, ten decimal digits of the SMS: 15 characters of
//! GSM 03.38, short enough to come back in the 20 characters that a receipt repeats.

/// Reads and writes the marks of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks {
    run: [u8; 4],
}

/// What stands at the beginning of a text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mark {
    /// The SMS of this run with that number.
    Ours(u32),
    /// An SMS of another run.
    Stranger,
    /// No mark.
    None,
}

impl Marks {
    /// The marks of a run; `seed` should differ from run to run.
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not have neighbouring names.
        let mixed = (seed ^ seed >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48;
        let digit = |shift: u64| HEX[(mixed >> shift & 15) as usize];
        Self { run: [digit(12), digit(8), digit(4), digit(0)] }
    }

    /// The mark of SMS `id`.
    pub(crate) fn of(&self, id: u32) -> [u8; MARK_LEN] {
        let mut mark = [b'#'; MARK_LEN];
        mark[1..5].copy_from_slice(&self.run);
        put_digits(id.into(), &mut mark[5..]);
        mark
    }

    /// What stands at the beginning of `text`.
    pub(crate) fn read(&self, text: &[u8]) -> Mark {
        let Some(mark) = text.first_chunk::<MARK_LEN>() else { return Mark::None };
        if mark[0] != b'#' {
            return Mark::None;
        }
        let mut id = 0_u64;
        for digit in &mark[5..] {
            if !digit.is_ascii_digit() {
                return Mark::None;
            }
            id = id * 10 + u64::from(digit - b'0');
        }
        match (mark[1..5] == self.run, u32::try_from(id)) {
            (true, Ok(id)) => Mark::Ours(id),
            (_, _) => Mark::Stranger,
        }
    }
}

/// Fills `place` with the decimal digits of `number`, zeros in front.
pub(crate) fn put_digits(mut number: u64, place: &mut [u8]) {
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// Octets of a mark.
pub(crate) const MARK_LEN: usize = 15;

const HEX: [u8; 16] = *b"0123456789abcdef";

#[cfg(test)]
mod tests;
