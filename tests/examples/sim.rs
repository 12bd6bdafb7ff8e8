//! Lives through random days on every core: `sim [DAYS [FIRST SEED]]`. It says how fast that went,
//! and which seeds broke a law; `SIGNALBOX_SEED=n cargo test -p tests sim_seeds` lives one again.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]
#![allow(clippy::disallowed_methods, reason = "it tells how long it took")]

use std::cell::Cell;
use std::panic;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tests::storm::{Day, day};

/// Days are full of small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

thread_local! {
    /// The seed of the day that this thread lives through.
    static SEED: Cell<u64> = const { Cell::new(0) };
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1).map(|word| word.parse::<u64>());
    let days = words.next().and_then(Result::ok).unwrap_or(DAYS);
    let first = words.next().and_then(Result::ok).unwrap_or(1);
    name_the_seed_of_a_panic();
    let begun = Instant::now();
    let (total, failed) = live(first, days);
    let took = begun.elapsed();
    let rate = |count: u64| count as f64 / took.as_secs_f64();
    println!(
        "seeds {first} to {}: {} SMS, {} crashes of nodes, {} wires cut, {} questions, {} events, \
         {} hours of the simulated clock",
        first + days - 1,
        total.sms,
        total.crashes,
        total.cuts,
        total.questions,
        total.events,
        total.secs / 3600
    );
    println!(
        "in {:.1} s: {:.1} seeds, {:.0} SMS and {:.0} events a second; {} seeds broke a law",
        took.as_secs_f64(),
        rate(days),
        rate(total.sms),
        rate(total.events),
        failed
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Lives through all of them; what they were like, and how many broke a law.
fn live(first: u64, days: u64) -> (Day, u64) {
    let next = AtomicU64::new(first);
    let found = Mutex::new((Day::default(), 0));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let mut told = Instant::now();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + days {
                        return;
                    }
                    SEED.set(seed);
                    let lived = day(seed);
                    let mut found = found.lock().expect("a panic ends the process");
                    match lived {
                        Ok(day) => add(&mut found.0, day),
                        Err(wrongs) => {
                            found.1 += 1;
                            println!("seed {seed}: {wrongs:#?}");
                        }
                    }
                    if told.elapsed() > TELL_EVERY {
                        told = Instant::now();
                        let (days, sms) = (seed + 1 - first, found.0.sms);
                        println!("{days} seeds, {sms} SMS, {} broke a law", found.1);
                    }
                }
            });
        }
    });
    found.into_inner().expect("a panic ends the process")
}

/// A panic ends the process; whose day it was is said before.
fn name_the_seed_of_a_panic() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |told| {
        println!("seed {} panicked", SEED.get());
        usual(told);
        std::process::exit(1);
    }));
}

fn add(total: &mut Day, day: Day) {
    total.sms += day.sms;
    total.crashes += day.crashes;
    total.cuts += day.cuts;
    total.questions += day.questions;
    total.events += day.events;
    total.secs += day.secs;
}

const DAYS: u64 = 1_000;
const TELL_EVERY: Duration = Duration::from_secs(60);
