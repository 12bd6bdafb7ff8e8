//! Prints what one SMS costs the mind of a shard, medians of five runs.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Instant;

use bench::{Counting, Figures, Mind, Path};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

fn main() {
    println!("the whole way of an SMS, one shard, the mind alone (medians of {RUNS})");
    println!("{:>6} {:>8} {:>8} {:>12} {:>12}", "path", "phones", "batch", "ns/SMS", "allocs/SMS");
    for (path, accounts, batch) in [
        (Path::Sip, 1_000, 1),
        (Path::Sip, 1_000, 64),
        (Path::Sip, 1_000, 1_000),
        (Path::Sip, 100_000, 1_000),
        (Path::Smpp, 1, 1),
        (Path::Smpp, 1, 64),
        (Path::Smpp, 1, 1_000),
    ] {
        let Figures { nanos, allocations, .. } = measure(path, accounts, batch);
        let name = if path == Path::Sip { "sip" } else { "smpp" };
        println!("{name:>6} {accounts:>8} {batch:>8} {nanos:>12.0} {allocations:>12.1}");
    }
}

fn measure(path: Path, accounts: u32, batch: u32) -> Figures {
    let mut mind = Mind::new(clock(), accounts);
    let (batches, to) = (SMS_PER_RUN / batch, (path, accounts));
    mind.run(batches.min(2_000), batch, to, clock);
    let mut runs: Vec<Figures> = (0..RUNS).map(|_| mind.run(batches, batch, to, clock)).collect();
    runs.sort_by(|one, other| one.nanos.total_cmp(&other.nanos));
    let median = runs[RUNS / 2];
    assert_eq!(median.sms, u64::from(batches * batch), "every SMS went the whole way");
    median
}

const RUNS: usize = 5;
const SMS_PER_RUN: u32 = 100_000;
