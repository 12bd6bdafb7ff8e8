//! What no table can be faster than: the machine's own memory, asked in the same run.

use std::io;
use std::time::Duration;

use super::{HugeOctets, Random};

/// A circle of lines of memory in random order, each of which names the next.
#[derive(Debug)]
pub struct Floor {
    octets: HugeOctets,
}

impl Floor {
    /// A circle as large as a table.
    pub fn new(octets: usize) -> io::Result<Self> {
        let lines = (octets / LINE).max(2);
        let mut order: Vec<u32> = (0..lines as u32).collect();
        let mut random = Random(7);
        // Sattolo's shuffle: one circle through all of them.
        for at in (1..lines).rev() {
            order.swap(at, random.below(at as u64) as usize);
        }
        let mut octets = vec![0; lines * LINE];
        for (line, next) in octets.chunks_exact_mut(LINE).zip(order) {
            line[..4].copy_from_slice(&next.to_le_bytes());
        }
        HugeOctets::of(&octets).map(|octets| Self { octets })
    }

    /// Nanoseconds for one read that has to wait for the one before, the median of some rounds.
    pub fn nanos(&self, clock: fn() -> Duration) -> f64 {
        let (lines, _) = self.octets.as_ref().as_chunks::<LINE>();
        let mut at = 0;
        let mut rounds: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let start = clock();
                for _ in 0..STEPS {
                    let [one, two, three, four, ..] = lines[at];
                    at = u32::from_le_bytes([one, two, three, four]) as usize;
                }
                std::hint::black_box(at);
                (clock() - start).as_nanos() as f64 / STEPS as f64
            })
            .collect();
        rounds.sort_by(f64::total_cmp);
        rounds[ROUNDS / 2]
    }
}

const LINE: usize = 64;
const STEPS: usize = 300_000;
const ROUNDS: usize = 7;
