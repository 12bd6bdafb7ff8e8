//! Prints what one SMS costs the mind of a shard, medians of five runs.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use bench::routing::Budget;
use bench::{Counting, Figures, Mind, Path};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

/// `bench-mind`, or one thing for a profiler: `bench-mind PATH 64` (20,000 SMS in batches of 64),
/// `bench-mind parse` (beside its promise), `bench-mind parse1` (2,000 times),
/// `bench-mind contacts 1000000`, `bench-mind check` (memory against the budget).
fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (name, number) = (words.next(), words.next().and_then(|number| number.parse().ok()));
    match name.as_deref() {
        None => all(),
        Some("parse") => return parse(),
        Some("parse1") => bench::parse::repeat(PARSED),
        Some("check") => return check(),
        Some("contacts") => contacts(number.unwrap_or(1_000_000)),
        Some(name) => {
            let path = Path::ALL.iter().find(|path| path.0 == name).expect("a path of the list").1;
            let (batch, mut mind) = (number.unwrap_or(64), Mind::new(clock(), 1_000));
            mind.run(1, 1_000, (path, 1_000), clock);
            let figures = mind.run(PROFILED / batch, batch, (path, 1_000), clock);
            let Figures { nanos, allocations, .. } = figures;
            println!("{name} {batch}: {nanos:.0} ns, {allocations:.1} allocations");
        }
    }
    ExitCode::SUCCESS
}

/// Fails when the shard asks for memory more often than `bench/budget.toml` allows.
fn check() -> ExitCode {
    let (budget, mut over) = (Budget::read(), 0);
    for (name, path) in Path::ALL {
        let allowed = budget.of("allocations", name).expect("the budget names every path");
        let mut mind = Mind::new(clock(), 1_000);
        mind.run(CHECKED, 64, (path, 1_000), clock);
        let Figures { allocations, .. } = mind.run(CHECKED, 64, (path, 1_000), clock);
        println!("{name:>8} {allocations:>8.1} allocations, {allowed} allowed");
        over += u8::from(allocations > allowed);
    }
    if over == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What reading a MESSAGE costs, beside what is promised.
fn parse() -> ExitCode {
    let Figures { nanos, allocations, .. } = bench::parse::measure(clock);
    let octets = bench::parse::message().len();
    let promised = Budget::read().of("nanoseconds", "sip_message").expect("the budget names it");
    let is_kept = nanos <= promised && allocations == 0.0;
    let said = if is_kept { "kept" } else { "not kept" };
    println!("a MESSAGE of {octets}: {nanos:.0} ns, {allocations:.1} allocations");
    println!("make bench-sip: at most {promised:.0} ns and no allocation are promised: {said}");
    if is_kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the contact of an app takes, over and above its account: so many apps register, each with
/// a challenge.
fn contacts(count: u32) {
    let mut mind = Mind::unregistered(clock(), count);
    let (before, start) = (bench::live(), clock());
    for from in (0..count).step_by(BATCH) {
        mind.register(from, (count - from).min(BATCH as u32));
        mind.pass(PAUSE);
    }
    mind.pass(LONGER_THAN_TIMERS);
    let octets = (bench::live() - before) as f64;
    let micros = start.elapsed().as_micros() as f64 / f64::from(count);
    let (each, all) = (octets / f64::from(count), octets / f64::from(1 << 20));
    println!("{count} contacts: {all:.0} MiB, {each:.0} octets each; {micros:.1} us for both ends");
}

fn all() {
    println!("the whole way of an SMS, one shard, the mind alone (medians of {RUNS})");
    println!("{:>8} {:>8} {:>8} {:>12} {:>12}", "path", "phones", "batch", "ns/SMS", "allocs/SMS");
    for (path, accounts, batch) in [
        (Path::Sip, 1_000, 1),
        (Path::Sip, 1_000, 64),
        (Path::Sip, 1_000, 1_000),
        (Path::Sip, 100_000, 1_000),
        (Path::Joined, 1_000, 63),
        (Path::Smpp, 1, 1),
        (Path::Smpp, 1, 64),
        (Path::Smpp, 1, 1_000),
        (Path::AppSmpp, 1_000, 64),
        (Path::AppApp, 1_000, 64),
        (Path::Register, 1_000, 64),
        (Path::Trunk, 1, 64),
    ] {
        let Figures { nanos, allocations, .. } = measure(path, accounts, batch);
        let name = Path::ALL.iter().find(|known| known.1 == path).map_or("", |known| known.0);
        println!("{name:>8} {accounts:>8} {batch:>8} {nanos:>12.0} {allocations:>12.1}");
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
const PARSED: u32 = 2_000;
const CHECKED: u32 = 100;
/// As many as a shard looks at without telling strangers to come back.
const BATCH: usize = 150;
/// Between two batches of a storm: 7,500 apps a second.
const PAUSE: Duration = Duration::from_millis(20);
/// Timer J, and what remembers those who guess.
const LONGER_THAN_TIMERS: Duration = Duration::from_secs(600);
const SMS_PER_RUN: u32 = 100_000;
