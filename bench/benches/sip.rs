//! Instructions of reading one MESSAGE, against the hard budget in `bench/budget.toml`.
//!
//! `cargo bench -p bench --bench sip`; needs valgrind and the gungraun-runner of the crate's
//! version (`make bench-sip` sees to both).
#![allow(missing_docs, reason = "what gungraun's macros write has none")]

use std::hint::black_box;

use bench::parse;
use bench::routing::Budget;
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};

/// Fails when it takes more instructions than promised.
fn at_most(name: &str) -> LibraryBenchmarkConfig {
    let budget = Budget::read().of("instructions", name).expect("the budget names it");
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, budget as u64)]));
    config
}

/// A message, in a process that has read one: what the processor can do is found out once.
fn warm() -> Vec<u8> {
    let octets = parse::message();
    assert_ne!(parse::read(&octets), 0, "it is a good message");
    octets
}

#[library_benchmark]
#[bench::message(args = [], setup = warm, config = at_most("sip_message"))]
fn read(octets: Vec<u8>) -> usize {
    parse::read(black_box(&octets))
}

library_benchmark_group!(name = messages, benchmarks = [read]);
main!(library_benchmark_groups = messages);
