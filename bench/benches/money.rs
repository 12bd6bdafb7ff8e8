//! What billing takes: instructions of the whole way of an SMS through a shard, free, priced, and
//! of a limited credit, against the hard budgets in `bench/budget.toml`.
//!
//! `cargo bench -p bench --bench money`; needs valgrind and the gungraun-runner of the crate's
//! version.
#![allow(missing_docs, reason = "what gungraun's macros write has none")]

use std::hint::black_box;
use std::time::Instant;

use bench::routing::Budget;
use bench::{Billing, Mind, Path};
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn clock() -> Instant {
    Instant::now()
}

/// Fails when billing takes a larger share of it than promised.
fn at_most(name: &str) -> LibraryBenchmarkConfig {
    let budget = Budget::read();
    let of = |name: &str| budget.of("instructions", name).expect("the budget names it");
    let limit = of("sms_free") * (1.0 + of(name) / 100.0) * f64::from(BATCHES * BATCH);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, limit as u64)]));
    config
}

/// A shard whose tables have grown already.
fn mind(billing: Billing) -> Mind {
    let mut mind = Mind::billed(clock(), 1, billing);
    mind.run(20, BATCH, (Path::Smpp, 1), clock);
    mind
}

#[library_benchmark]
#[bench::free(args = [Billing::Free], setup = mind, config = at_most("sms_free_percent"))]
#[bench::priced(args = [Billing::Priced], setup = mind, config = at_most("sms_priced_percent"))]
#[bench::limited(args = [Billing::Limited], setup = mind, config = at_most("sms_limited_percent"))]
fn sms(mut mind: Mind) -> Mind {
    let figures = mind.run(BATCHES, BATCH, (Path::Smpp, 1), clock);
    assert_eq!(black_box(figures.sms), u64::from(BATCHES * BATCH));
    mind
}

library_benchmark_group!(name = billing, benchmarks = [sms]);
main!(library_benchmark_groups = billing);

const BATCHES: u32 = 32;
const BATCH: u32 = 64;
