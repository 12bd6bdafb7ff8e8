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

/// `bench-mind`, or `bench-mind sip 64` and `bench-mind smpp 64`: one run of 20,000 SMS in batches
/// of 64, for a profiler.
fn main() {
    let mut words = std::env::args().skip(1);
    if let Some(path) = words.next() {
        if path == "parse" {
            let Figures { nanos, allocations, .. } = bench::parse::measure(clock);
            let octets = bench::parse::message().len();
            return println!("a MESSAGE of {octets}: {nanos:.0} ns, {allocations:.1} allocations");
        }
        let path = if path == "sip" { Path::Sip } else { Path::Smpp };
        let batch = words.next().and_then(|batch| batch.parse().ok()).unwrap_or(64);
        let mut mind = Mind::new(clock(), 1_000);
        let figures = mind.run(PROFILED / batch, batch, (path, 1_000), clock);
        return println!("{path:?} {batch}: {:.1} allocations", figures.allocations);
    }
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
const PROFILED: u32 = 20_000;
const SMS_PER_RUN: u32 = 100_000;
