//! `make bench-routing`: how fast a number finds its way, beside the budget and three rivals.
#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{fs, io};

use bench::routing::{
    Contender, Figure, Fleet, Floor, FstTable, HashTable, HugeOctets, Numbers, Question, Rating,
    Report, Site, TrieTable, compare, csv,
};
use routing::Number;
use routing::table::{ArchivedPrefixTable, PrefixTable};
use rustix::time::{ClockId, clock_gettime};

/// The time this thread had a core for itself.
fn clock() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

fn main() {
    let given: Vec<String> = std::env::args().skip(1).collect();
    match given.iter().map(String::as_str).collect::<Vec<&str>>()[..] {
        // Each in a process of its own, so that memory at its highest is its own.
        ["compile", path] => step("compile", csv::compile(Path::new(path), clock)),
        ["open", path] => step("open", csv::open(Path::new(path), clock)),
        ["rate"] => ratings(&mut Report::default()).expect("memory is there for a million prices"),
        ["decide", rows] => decided(rows.parse().expect("a number of rows")),
        _ => lookups(),
    }
}

fn step(what: &str, steps: io::Result<Vec<(&'static str, f64)>>) {
    println!("{}", csv::line(what, &steps.expect("the file is the one just written")));
}

/// The whole decision alone, for a profile of it.
fn decided(rows: usize) {
    let mut report = Report::default();
    decisions(rows, &mut report).expect("memory is there for so many rows");
    report.lines().for_each(|line| println!("{line}"));
}

/// A file of rows, compiled and opened by processes of their own.
fn from_a_file(rows: usize, report: &mut Report) -> io::Result<()> {
    let path = std::env::temp_dir().join(format!("signalbox-rows-{}.csv", std::process::id()));
    csv::write(&path, rows)?;
    println!("\na file of {rows} rows, seconds of the processor");
    for what in ["compile", "open"] {
        let ended = Command::new(std::env::current_exe()?).arg(what).arg(&path).output()?;
        let line = String::from_utf8_lossy(&ended.stdout).into_owned();
        print!("{line}");
        if let Some((secs, mib)) = csv::read_line(&line) {
            report.note("seconds", what, secs);
            report.note("mebioctets", what, mib);
        }
    }
    fs::remove_file(path.with_extension("snap"))?;
    fs::remove_file(path)
}

/// The whole decision, by the clock of this thread.
fn decisions(rows: usize, report: &mut Report) -> io::Result<()> {
    let site = Site::new(rows, ACCOUNTS, QUESTIONS)?;
    site.decide_all();
    let mut nanos: Vec<f64> = (0..PASSES)
        .map(|_| {
            let (sum, secs) = timed(|| site.decide_all());
            std::hint::black_box(sum);
            secs * 1e9 / QUESTIONS as f64
        })
        .collect();
    nanos.sort_by(f64::total_cmp);
    let (median, least) = (nanos[PASSES / 2], nanos[0]);
    println!("\nwhole decisions among {rows} rows and {ACCOUNTS} accounts");
    println!("{median:.1} ns, at least {least:.1}");
    report.note("nanoseconds", "decision", median);
    Ok(())
}

/// Rating among a million prices, by the clock of this thread.
fn ratings(report: &mut Report) -> io::Result<()> {
    println!();
    for (all, what) in [(false, "plain"), (true, "with lists, senders and hours")] {
        let rating = Rating::new(PRICES, QUESTIONS, all)?;
        for (numbers, of) in [(Numbers::Random, "random"), (Numbers::Traffic, "mostly the same")] {
            std::hint::black_box(rating.rate_all(numbers));
            let mut nanos: Vec<f64> = (0..PASSES)
                .map(|_| {
                    let (sum, secs) = timed(|| rating.rate_all(numbers));
                    std::hint::black_box(sum);
                    secs * 1e9 / QUESTIONS as f64
                })
                .collect();
            nanos.sort_by(f64::total_cmp);
            let (median, least) = (nanos[PASSES / 2], nanos[0]);
            println!(
                "rating among {PRICES} prices, {what}, {of} numbers: {median:.1} ns, at least \
                 {least:.1}"
            );
            if !all && numbers == Numbers::Random {
                report.note("nanoseconds", "rating_1m", median);
            }
        }
    }
    Ok(())
}

fn lookups() {
    let sizes = sizes();
    let mut report = Report::default();
    println!("longest prefix, ns a lookup, medians of {PASSES} passes that take turns");
    println!(
        "{:>9} {:<22} {:>8} {:>8} {:>9} {:>8}",
        "patterns", "table", "ns", "least", "B/pattern", "build s"
    );
    let floor = |octets: f64| Floor::new(octets as usize).expect("memory is there").nanos(clock);
    for (prefixes, name) in SIZES.into_iter().filter(|(size, _)| sizes.contains(size)) {
        let figures = measure(prefixes);
        for figure in &figures {
            let Figure { name, nanos, least, octets, build_secs, .. } = figure;
            println!(
                "{prefixes:>9} {name:<22} {nanos:>8.1} {least:>8.1} {octets:>9.1} {build_secs:>8.2}"
            );
        }
        let floor = floor(figures[0].octets * prefixes as f64);
        println!("{prefixes:>9} {:<22} {floor:>8.1}", "floor: one read");
        if figures[0].disturbed > 0 {
            println!("{:>9} {} turns were disturbed", "", figures[0].disturbed);
        }
        report.note("nanoseconds", &format!("single_{name}"), figures[0].nanos);
        report.note("nanoseconds", &format!("batch_{name}"), figures[1].nanos);
        report.note("octets", &format!("pattern_{name}"), figures[0].octets);
        report.note("seconds", &format!("build_{name}"), figures[0].build_secs);
    }
    let most = sizes.into_iter().max().unwrap_or_default();
    decisions(most, &mut report).expect("memory is there for what was just there");
    ratings(&mut report).expect("memory is there for what was just there");
    from_a_file(most, &mut report).expect("there is room for a file and its snapshot");
    println!("\n{:<12} {:<28} {:>10} {:>10}", "budget", "", "measured", "at most");
    report.lines().for_each(|line| println!("{line}"));
    match report.broken() {
        0 => println!("\nbench-routing: all {} promises kept", report.lines().count()),
        broken => println!("\nbench-routing: {broken} of {} not kept", report.lines().count()),
    }
}

fn sizes() -> Vec<usize> {
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    if given.is_empty() { SIZES.map(|(size, _)| size).to_vec() } else { given }
}

fn measure(prefixes: usize) -> Vec<Figure> {
    let fleet = Fleet::new(prefixes, QUESTIONS, 1);
    let per = |octets: usize| octets as f64 / prefixes as f64;
    let (octets, ours_secs) = timed(|| {
        let rows = fleet.prefixes.iter().copied().map(Some).zip(0..);
        rkyv::to_bytes::<rkyv::rancor::Error>(&PrefixTable::build(rows))
            .expect("a table in memory fits into an archive in memory")
    });
    let octets = HugeOctets::of(&octets).expect("memory is there for what was just there");
    let ours = rkyv::access::<ArchivedPrefixTable, rkyv::rancor::Error>(octets.as_ref())
        .expect("what was written validates");
    let ours_alone = [
        contender("ours, one by one", per(ours.octets()), ours_secs, |question| {
            ours.longest(question.number)
        }),
        Contender {
            name: "ours, sixteen at once",
            octets: per(ours.octets()),
            build_secs: ours_secs,
            ask: Box::new(|questions| sixteen(ours, questions)),
        },
    ];
    if std::env::args().any(|given| given == "ours") {
        return compare(&ours_alone, &fleet.questions, PASSES, clock);
    }
    let (fst, fst_secs) = timed(|| FstTable::build(&fleet.prefixes));
    let (trie, trie_secs) = timed(|| TrieTable::build(&fleet.prefixes));
    let (hash, hash_secs) = timed(|| HashTable::build(&fleet.prefixes));
    let rivals = [
        contender("fst", per(fst.octets()), fst_secs, |question| fst.longest(question.digits())),
        contender("popcount trie", per(trie.octets()), trie_secs, |question| {
            trie.longest(question.digits())
        }),
        contender("hash for each length", per(hash.octets()), hash_secs, |question| {
            hash.longest(question.number)
        }),
    ];
    let contenders: Vec<Contender<'_>> = ours_alone.into_iter().chain(rivals).collect();
    compare(&contenders, &fleet.questions, PASSES, clock)
}

fn contender<'a>(
    name: &'static str,
    octets: f64,
    build_secs: f64,
    find: impl Fn(&Question) -> Option<u32> + 'a,
) -> Contender<'a> {
    let value = move |question: &Question| find(question).map_or(0, u64::from);
    let ask = Box::new(move |questions: &[Question]| questions.iter().map(&value).sum());
    Contender { name, octets, build_secs, ask }
}

fn sixteen(table: &ArchivedPrefixTable, questions: &[Question]) -> u64 {
    let mut sum = 0;
    for questions in questions.chunks(16) {
        let (mut numbers, mut found) = ([questions[0].number; 16], [None; 16]);
        for (number, question) in numbers.iter_mut().zip(questions) {
            *number = question.number;
        }
        let asked: &[Number] = &numbers[..questions.len()];
        table.longest_of_many(asked, &mut found);
        sum += found.iter().flatten().copied().map(u64::from).sum::<u64>();
    }
    sum
}

fn timed<T>(make: impl FnOnce() -> T) -> (T, f64) {
    let start = clock();
    let made = make();
    (made, (clock() - start).as_secs_f64())
}

const SIZES: [(usize, &str); 3] = [(10_000, "10k"), (1_000_000, "1m"), (10_000_000, "10m")];
const QUESTIONS: usize = 1_000_000;
const PASSES: usize = 7;
const ACCOUNTS: u32 = 1_000_000;
const PRICES: usize = 1_000_000;
