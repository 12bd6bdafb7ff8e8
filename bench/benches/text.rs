//! Instructions of one text into octets and back, against the hard budget in `bench/budget.toml`.
//!
//! `cargo bench -p bench --bench text`; needs valgrind and the gungraun-runner of the crate's
//! version (`make bench-text` sees to both).
#![allow(missing_docs, reason = "what gungraun's macros write has none")]

use std::hint::black_box;

use bench::routing::Budget;
use gungraun::prelude::*;
use gungraun::{Callgrind, EventKind};
use text::{Alphabet, Form};

/// 160 characters of GSM 7-bit, as most texts are.
const PLAIN: &str = "The quick brown fox jumps over the lazy dog, and 12 more of them. \
    The quick brown fox jumps over the lazy dog, and 12 more of them. The quick brown fox jumps ";

/// 70 letters that take two octets of UTF-8.
const CYRILLIC: &str = "Съешь же ещё этих мягких французских булок, да выпей чаю. Съешь ещё!!!";

/// A text, its octets, and room for either.
type Work = (&'static str, Vec<u8>, String);

fn work(alphabet: Alphabet, said: &'static str, repeat: usize) -> Work {
    let said: &'static str = Box::leak(said.repeat(repeat).into_boxed_str());
    let mut octets = Vec::with_capacity(4 * said.len());
    assert!(Form::of(alphabet).encode_to(said, &mut octets));
    (said, octets, String::with_capacity(4 * said.len()))
}

/// Fails when a text takes more instructions than promised.
fn at_most(name: &str) -> LibraryBenchmarkConfig {
    let budget = Budget::read().of("instructions", name).expect("the budget names it");
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::default().hard_limits([(EventKind::Ir, budget as u64)]));
    config
}

#[library_benchmark]
#[bench::gsm(args = [Alphabet::Gsm7, PLAIN, 1], setup = work, config = at_most("text_gsm_decode"))]
#[bench::ucs2(
    args = [Alphabet::Ucs2, CYRILLIC, 1], setup = work, config = at_most("text_ucs2_decode")
)]
fn decode((said, octets, mut out): Work) -> String {
    let alphabet = if said.is_ascii() { Alphabet::Gsm7 } else { Alphabet::Ucs2 };
    let _ = text::decode_to(black_box(alphabet), black_box(&octets), &mut out);
    black_box(out)
}

#[library_benchmark]
#[bench::gsm(args = [Alphabet::Gsm7, PLAIN, 1], setup = work, config = at_most("text_gsm_encode"))]
#[bench::ucs2(
    args = [Alphabet::Ucs2, CYRILLIC, 1], setup = work, config = at_most("text_ucs2_encode")
)]
fn encode((said, mut octets, _): Work) -> Vec<u8> {
    let alphabet = if said.is_ascii() { Alphabet::Gsm7 } else { Alphabet::Ucs2 };
    octets.clear();
    text::encode_to(black_box(alphabet), black_box(said), &mut octets);
    black_box(octets)
}

library_benchmark_group!(name = texts, benchmarks = [decode, encode]);
main!(library_benchmark_groups = texts);
