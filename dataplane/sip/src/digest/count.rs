//! Nonce counts: what was said under a nonce proves something once (RFC 7616 §3.4.5).

/// The counts of one nonce that were used: the highest one, and which of the 63 below it.
///
/// Requests overtake each other on UDP, so a lower count is good as long as it is new.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    highest: u32,
    /// Bit n: the count n below the highest was used.
    used: u64,
}

impl Counts {
    /// Uses a count; `false` if it was used before, or is so low that nobody knows any more.
    pub fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let passed = count - self.highest;
            self.used = self.used.checked_shl(passed).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let bit = 1_u64.checked_shl(self.highest - count).unwrap_or(0);
        let is_new = bit & !self.used != 0;
        self.used |= bit;
        is_new
    }

    /// The highest count that was used.
    pub fn highest(&self) -> u32 {
        self.highest
    }
}
