//! `make bench-text`: nanoseconds of one text into octets and back, beside the budget.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use bench::routing::Report;
use bench::{Counting, Mind, Path, allocations};
use rustix::time::{ClockId, clock_gettime};
use text::{Alphabet, decode_to, encode_to};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A name, a text that is repeated to so many characters, and how it is said.
const TEXTS: [(&str, &str, usize, Alphabet); 11] = [
    ("gsm_english", "The quick brown fox jumps over the lazy dog, 12 times. ", 160, Alphabet::Gsm7),
    ("gsm_danish", "Rødgrød med fløde på en ø i åen, så æder æblerne øl. ", 160, Alphabet::Gsm7),
    ("gsm_brackets", "{abc} [defghij] 5€ ~xy|z plain text here ", 130, Alphabet::Gsm7),
    ("ucs2_english", "See you tomorrow at the usual place 😀 then. ", 69, Alphabet::Ucs2),
    ("ucs2_czech", "Přišel žluťoučký kůň, úpěl ďábelské ódy a ", 70, Alphabet::Ucs2),
    ("ucs2_cyrillic", "Съешь же ещё этих мягких французских булок. ", 70, Alphabet::Ucs2),
    ("ucs2_arabic", "مرحبا بكم في هذه المدينة الجميلة ", 70, Alphabet::Ucs2),
    ("ucs2_hindi", "नमस्ते दुनिया यह एक संदेश है ", 70, Alphabet::Ucs2),
    ("ucs2_chinese", "你好世界这是一条消息今天天气很好", 70, Alphabet::Ucs2),
    ("ucs2_mixed", "你好，Bob。会议在 10:30 开始，请带上 A4 纸。", 70, Alphabet::Ucs2),
    ("ucs2_emoji", "😀😁😂🤣😃", 35, Alphabet::Ucs2),
];

/// The time this thread had a core for itself.
fn clock() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn main() {
    let mut report = Report::default();
    println!(
        "one text, nanoseconds: the least of {PASSES} passes over {VARIANTS} texts that differ"
    );
    println!(
        "{:<16} {:>10} {:>10} {:>10} {:>12}",
        "text", "characters", "decode", "encode", "allocations"
    );
    for (name, said, characters, alphabet) in TEXTS {
        // No two alike, or the processor would learn where their spaces stand.
        let texts: Vec<String> = (0..VARIANTS)
            .map(|from| said.chars().cycle().skip(7 * from).take(characters).collect())
            .collect();
        let (decode, encode, allocated) = measure(&texts, alphabet);
        println!("{name:<16} {characters:>10} {decode:>10.1} {encode:>10.1} {allocated:>12}");
        report.note("nanoseconds", &format!("text_{name}_decode"), decode);
        report.note("nanoseconds", &format!("text_{name}_encode"), encode);
    }
    let (single, joined) = of_three();
    println!(
        "\nthe whole way through a shard: three single SMS {single:.0} ns, \
         three segments of one text {joined:.0} ns"
    );
    report.note("nanoseconds", "text_join_extra", joined - single);
    println!("\n{:<12} {:<28} {:>10} {:>10}", "budget", "", "measured", "at most");
    report.lines().for_each(|line| println!("{line}"));
    match report.broken() {
        0 => println!("\nmake bench-text: all {} promises kept", report.lines().count()),
        broken => println!(
            "\nmake bench-text: {} of {} promises kept, {broken} not",
            report.lines().count() - broken,
            report.lines().count()
        ),
    }
}

/// Nanoseconds of three Sms to an app, alone and as segments of one text: medians, each of the two
/// measured beside the other.
fn of_three() -> (f64, f64) {
    let mut mind = Mind::new(instant(), 1_000);
    let (mut single, mut joined) = (Vec::new(), Vec::new());
    for _ in 0..=2 * RUNS {
        for (path, figures) in [(Path::Sip, &mut single), (Path::Joined, &mut joined)] {
            figures.push(3.0 * mind.run(100, 63, (path, 1_000), instant).nanos);
        }
    }
    let median = |figures: &mut Vec<f64>| {
        figures.sort_by(f64::total_cmp);
        figures[RUNS]
    };
    (median(&mut single), median(&mut joined))
}

#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn instant() -> Instant {
    Instant::now()
}

/// Nanoseconds of one text each way, and how often memory was asked for in all of them.
fn measure(texts: &[String], alphabet: Alphabet) -> (f64, f64, u64) {
    let octets: Vec<Vec<u8>> = texts.iter().map(|text| encoded(text, alphabet)).collect();
    let (mut text, mut written) = (String::with_capacity(4_096), Vec::with_capacity(4_096));
    let before = allocations();
    let decode = least(texts.len(), || {
        for octets in &octets {
            text.clear();
            let _ = decode_to(black_box(alphabet), black_box(octets), &mut text);
            black_box(&text);
        }
    });
    let encode = least(texts.len(), || {
        for text in texts {
            written.clear();
            encode_to(black_box(alphabet), black_box(text), &mut written);
            black_box(&written);
        }
    });
    (decode, encode, allocations() - before)
}

fn encoded(text: &str, alphabet: Alphabet) -> Vec<u8> {
    let mut octets = Vec::new();
    assert!(encode_to(alphabet, text, &mut octets), "{text} is in {alphabet:?}");
    octets
}

/// The least of many passes: what others do on the machine can only add.
fn least(texts: usize, mut pass: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..PASSES {
        let start = clock();
        (0..ROUNDS).for_each(|_| pass());
        least = least.min((clock() - start).as_secs_f64());
    }
    least * 1e9 / (ROUNDS * texts) as f64
}

/// Half of the runs of a whole way.
const RUNS: usize = 7;
const VARIANTS: usize = 32;
const ROUNDS: usize = 20;
const PASSES: usize = 300;
