//! Ten million patterns from a file to a frozen table and back.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::time::Duration;

use ::routing::snapshot::{RowFile, RowsName};
use ::routing::{Row, RowTable};
use memmap2::{Advice, MmapMut};

use super::{Fleet, Random, peak_mib};

/// Writes a file of so many rows, `pattern,connection`, half of them prefixes.
pub fn write(path: &Path, rows: usize) -> io::Result<()> {
    let (fleet, mut random) = (Fleet::new(rows, 1, 2), Random(3));
    let mut file = BufWriter::new(File::create(path)?);
    for number in &fleet.prefixes {
        let star = ["", "%"][random.below(2) as usize];
        writeln!(file, "{number}{star},connection{}", random.below(VIAS))?;
    }
    file.flush()
}

/// Compiles a file of rows into a frozen table beside it; returns what it took, step by step.
pub fn compile(path: &Path, clock: fn() -> Duration) -> io::Result<Vec<(&'static str, f64)>> {
    let mut steps = Steps { clock, since: clock(), taken: Vec::new() };
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let (mut line, mut rows) = (Vec::new(), Vec::new());
    let vias: Vec<Vec<u8>> = (0..VIAS).map(|via| format!("connection{via}").into()).collect();
    while file.read_until(b'\n', &mut line)? > 0 {
        let comma = line.iter().position(|octet| *octet == b',').unwrap_or_default();
        let (pattern, via) = (&line[..comma], &line[comma + 1..].trim_ascii_end());
        let place = (0u32..).zip(&vias).find(|(_, known)| known == via).map(|(place, _)| place);
        let row = Row::parse(pattern).map_err(io::Error::other)?;
        rows.push((row, place.unwrap_or_default()));
        line.clear();
    }
    steps.note("read");
    let rows = RowTable::build(rows);
    steps.note("build");
    let octets = RowFile::freeze(RowsName::default(), &rows);
    steps.note("freeze");
    fs::write(path.with_extension("snap"), &octets)?;
    steps.note("write");
    Ok(steps.taken)
}

/// Opens what [`compile`] wrote, as a node does.
pub fn open(path: &Path, clock: fn() -> Duration) -> io::Result<Vec<(&'static str, f64)>> {
    let mut steps = Steps { clock, since: clock(), taken: Vec::new() };
    let mut file = File::open(path.with_extension("snap"))?;
    let mut memory = MmapMut::map_anon(file.metadata()?.len() as usize)?;
    // Where the kernel has no huge pages we measure without.
    let _ = memory.advise(Advice::HugePage);
    file.read_exact(&mut memory)?;
    steps.note("read");
    let rows = RowFile::open(memory).map_err(io::Error::other)?;
    steps.note("check");
    drop(rows);
    steps.note("drop");
    Ok(steps.taken)
}

struct Steps {
    clock: fn() -> Duration,
    since: Duration,
    taken: Vec<(&'static str, f64)>,
}

impl Steps {
    fn note(&mut self, what: &'static str) {
        let now = (self.clock)();
        self.taken.push((what, (now - self.since).as_secs_f64()));
        self.since = now;
    }
}

/// One line: what each step took, and the memory at its highest.
pub fn line(what: &str, steps: &[(&'static str, f64)]) -> String {
    let each: Vec<String> = steps.iter().map(|(step, secs)| format!("{step} {secs:.2}")).collect();
    let sum: f64 = steps.iter().map(|(_, secs)| secs).sum();
    format!("{what} {sum:.2} s ({}), {} MiB at most", each.join(", "), peak_mib())
}

/// The seconds and MiB of such a line.
pub fn read_line(line: &str) -> Option<(f64, f64)> {
    let mut words = line.split_whitespace();
    let secs = words.nth(1)?.parse().ok()?;
    let mib = line.rsplit(", ").next()?.split_whitespace().next()?.parse().ok()?;
    Some((secs, mib))
}

/// How many connections the rows lead to.
const VIAS: u64 = 8;
