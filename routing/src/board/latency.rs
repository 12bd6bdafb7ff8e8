//! How long things took, counted in fixed steps.

use crate::octets::{Field, Reader, Short, Write};

/// What is timed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Span {
    /// From taking in an Sms to its positive answer: what the journal takes.
    Accept,
    /// From accepting an Sms to its delivery.
    Delivery,
    /// From an Sms's outcome to its carrier's answer to the receipt.
    Receipt,
}

/// A histogram of times. A step ends at [`Latency::bound_ns`]; the last holds all that took longer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Latency {
    /// How many fell into each step.
    pub counts: [u64; STEPS],
    /// All of them together, in nanoseconds.
    pub sum_ns: u64,
}

/// One histogram for each [`Span`], in their order.
pub type Latencies = [Latency; 3];

impl Span {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Delivery, Self::Receipt];
}

impl Latency {
    /// Something took so long.
    #[inline]
    pub fn take_in(&mut self, ns: u64) {
        let step = (u64::BITS - (ns.saturating_sub(1) >> FIRST_BITS).leading_zeros()) as usize;
        self.counts[step.min(STEPS - 1)] += 1;
        self.sum_ns = self.sum_ns.saturating_add(ns);
    }

    /// Where a step ends, in nanoseconds; the last one has no end.
    pub fn bound_ns(step: usize) -> Option<u64> {
        (step < STEPS - 1).then(|| 1 << (FIRST_BITS as usize + step))
    }

    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

impl Field for Latency {
    fn put(&self, out: &mut Vec<u8>) {
        self.counts.iter().for_each(|count| out.put_u64(*count));
        out.put_u64(self.sum_ns);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut latency = Self::default();
        for count in &mut latency.counts {
            *count = reader.u64()?;
        }
        latency.sum_ns = reader.u64()?;
        Ok(latency)
    }
}

/// The first step ends at 2^16 ns = 65.5 us.
const FIRST_BITS: u32 = 16;

/// Doubling from 65.5 us, the last but one ends at 2^37 ns = 137 s.
pub const STEPS: usize = 23;

#[cfg(test)]
mod tests;
