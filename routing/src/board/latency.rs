//! How long things took, counted in fixed steps.

use super::counts::Absorb;
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

impl Absorb for Latency {
    fn absorb(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum_ns = self.sum_ns.saturating_add(other.sum_ns);
    }
}

/// Only the steps that something fell into are written, and which they are.
impl Field for Latency {
    fn put(&self, out: &mut Vec<u8>) {
        let used = |step: &usize| self.counts[*step] != 0;
        let steps = (0..STEPS).filter(used).fold(0, |steps, step| steps | 1_u32 << step);
        out.put_u32(steps);
        (0..STEPS).filter(used).for_each(|step| out.put_u64(self.counts[step]));
        out.put_u64(self.sum_ns);
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut latency = Self::default();
        let steps = reader.u32()?;
        for (step, count) in latency.counts.iter_mut().enumerate() {
            if steps >> step & 1 == 1 {
                *count = reader.u64()?;
            }
        }
        latency.sum_ns = reader.u64()?;
        Ok(latency)
    }
}

impl Absorb for Latencies {
    fn absorb(&mut self, other: &Self) {
        self.iter_mut().zip(other).for_each(|(mine, more)| mine.absorb(more));
    }
}

impl Field for Latencies {
    fn put(&self, out: &mut Vec<u8>) {
        self.iter().for_each(|latency| latency.put(out));
    }

    fn take(reader: &mut Reader<'_>) -> Result<Self, Short> {
        let mut latencies = Self::default();
        for latency in &mut latencies {
            *latency = Latency::take(reader)?;
        }
        Ok(latencies)
    }
}

/// The first step ends at 2^16 ns = 65.5 us.
const FIRST_BITS: u32 = 16;

/// Doubling from 65.5 us, the last but one ends at 2^37 ns = 137 s.
pub const STEPS: usize = 23;

#[cfg(test)]
mod tests;
