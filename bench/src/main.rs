//! Prints what one SMS costs the mind of a shard, medians of five runs.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use bench::{Counting, Figures, Mind};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

fn main() {
    println!("SMPP -> SIP with receipt, one shard, the mind alone (medians of {RUNS})");
    println!("{:>8} {:>8} {:>12} {:>12}", "phones", "batch", "ns/SMS", "allocs/SMS");
    for (accounts, batch) in [(1_000, 1), (1_000, 64), (1_000, 1_000), (100_000, 1_000)] {
        let mut mind = Mind::new(clock(), accounts);
        let batches = SMS_PER_RUN / batch;
        mind.run(batches.min(2_000), batch, accounts, clock);
        let mut runs: Vec<Figures> =
            (0..RUNS).map(|_| mind.run(batches, batch, accounts, clock)).collect();
        runs.sort_by(|one, other| one.nanos.total_cmp(&other.nanos));
        let median = runs[RUNS / 2];
        assert_eq!(median.sms, u64::from(batches * batch), "every SMS went the whole way");
        let Figures { nanos, allocations, .. } = median;
        println!("{accounts:>8} {batch:>8} {nanos:>12.0} {allocations:>12.1}");
    }
}

const RUNS: usize = 5;
const SMS_PER_RUN: u32 = 100_000;
