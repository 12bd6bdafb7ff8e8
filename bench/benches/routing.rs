//! Instructions of one lookup, against the hard budget in `bench/budget.toml`.
//!
//! `cargo bench -p bench --bench routing`; needs valgrind and the gungraun-runner of the crate's
//! version (`make bench-routing` sees to both).
#![allow(missing_docs, reason = "what gungraun's macros write has none")]

use std::hint::black_box;

use bench::routing::{Budget, Fleet, Numbers, Rating, Site};
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use routing::Number;
use routing::table::{ArchivedPrefixTable, PrefixTable};

/// A table and the numbers it is asked for.
type Asked = (&'static ArchivedPrefixTable, Vec<Number>);

fn asked(prefixes: usize) -> Asked {
    let fleet = Fleet::new(prefixes, LOOKUPS, 1);
    let rows = fleet.prefixes.iter().copied().map(Some).zip(0..);
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&PrefixTable::build(rows))
        .expect("a table in memory fits into an archive in memory");
    let octets: &'static rkyv::util::AlignedVec = Box::leak(Box::new(octets));
    let table = rkyv::access::<ArchivedPrefixTable, rkyv::rancor::Error>(octets)
        .expect("what was written validates");
    (table, fleet.questions.iter().map(|question| question.number).collect())
}

/// Fails when a lookup takes more instructions than promised.
fn at_most(name: &str) -> LibraryBenchmarkConfig {
    let budget = Budget::read().of("instructions", name).expect("the budget names it");
    let limit = (budget * LOOKUPS as f64) as u64;
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, limit)]));
    config
}

#[library_benchmark]
#[bench::ten_thousand(args = [10_000], setup = asked, config = at_most("single_10k"))]
#[bench::one_million(args = [1_000_000], setup = asked, config = at_most("single_1m"))]
fn single((table, numbers): Asked) -> u64 {
    let found = numbers.iter().map(|number| table.longest(black_box(*number)));
    black_box(found.flatten().map(u64::from).sum())
}

#[library_benchmark]
#[bench::one_million(args = [1_000_000], setup = asked, config = at_most("batch_1m"))]
fn sixteen_at_once((table, numbers): Asked) -> u64 {
    let mut found = [None; 16];
    let mut sum = 0;
    for numbers in numbers.chunks_exact(16) {
        table.longest_of_many(black_box(numbers), &mut found);
        sum += found.iter().flatten().copied().map(u64::from).sum::<u64>();
    }
    black_box(sum)
}

fn site(rows: usize) -> Site {
    Site::new(rows, 100_000, LOOKUPS).expect("there is memory for a tenth of the full size")
}

#[library_benchmark]
#[bench::one_million(args = [1_000_000], setup = site, config = at_most("decision"))]
fn decision(site: Site) -> u64 {
    black_box(site.decide_all())
}

fn rates(all: bool) -> Rating {
    Rating::new(1_000_000, LOOKUPS, all).expect("there is memory for a million prices")
}

#[library_benchmark]
#[bench::plain(args = [false], setup = rates, config = at_most("rating"))]
#[bench::with_lists_and_hours(args = [true], setup = rates, config = at_most("rating_all"))]
fn rating(rating: Rating) -> i64 {
    black_box(rating.rate_all(Numbers::Random))
}

library_benchmark_group!(name = lookups, benchmarks = [single, sixteen_at_once, decision, rating]);
main!(library_benchmark_groups = lookups);

/// So many that what stands around them does not count.
const LOOKUPS: usize = 16_000;
