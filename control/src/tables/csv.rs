//! Reads files of rows: `pattern,target`, one a line.
//!
//! ```text
//! pattern,target
//! 4479001%,cheap
//! 447900123456,cheap;dear:tps=50
//! 44790019%,refuse:not-allowed
//! ```
//! A pattern is a number or a prefix. A target is what `--via` says of a policy, ways joined by
//! `;`. A first line that names the columns, empty lines and lines that begin with `#` are
//! passed over; quotes around a field and a carriage return at the end do not count.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use routing::table::Rows;
use routing::{Policy, Row};

use super::complaint::Complaints;
use crate::fault::{Fault, Outcome, nearest};
use crate::model::{RowKind, Via};

/// What a file says, not yet frozen.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) numbers: Rows,
    pub(super) prefixes: Rows,
    /// Where rows lead, in the order of their first, and how many do.
    pub(super) targets: Vec<(Vec<Via>, u64)>,
}

/// What a file may name.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The file's name, for complaints.
    pub file: String,
    /// The environment.
    pub env: String,
    /// Its connections; `None` takes every name: the file was read before.
    pub connections: Option<Vec<String>>,
}

/// Reads a file; what is wrong with it is told with its lines.
pub(super) fn read(path: &Path, kind: RowKind, known: &Known) -> Outcome<Contents> {
    let mut reader = Reader {
        kind,
        known,
        contents: Contents::default(),
        complaints: Complaints::default(),
        places: HashMap::new(),
        latest: (Vec::new(), None),
    };
    each_line(path, |number, line| {
        reader.line(number, line);
        !reader.complaints.are_hopeless()
    })
    .map_err(|error| unreadable(path, &error))?;
    reader.complaints.fault(&known.file)?;
    Ok(reader.contents)
}

/// The rows that stand in a file more than once, told with their lines.
pub(super) fn complain_of_repeated(
    path: &Path,
    kind: RowKind,
    known: &Known,
    repeated: &[Row],
) -> Outcome<()> {
    let mut first: HashMap<Row, u64> = HashMap::new();
    let mut complaints = Complaints::default();
    each_line(path, |number, line| {
        if let Some(Ok((row, _))) = row_of(line, kind, number)
            && repeated.contains(&row)
        {
            match first.get(&row) {
                None => _ = first.insert(row, number),
                Some(earlier) => complaints.say(number, || {
                    let pattern = String::from_utf8_lossy(unquoted(line));
                    format!("'{pattern}' says again what stands in line {earlier}")
                }),
            }
        }
        true
    })
    .map_err(|error| unreadable(path, &error))?;
    complaints.fault(&known.file)
}

struct Reader<'a> {
    kind: RowKind,
    known: &'a Known,
    contents: Contents,
    complaints: Complaints,
    /// Targets as they were written; `None` for one that is not good, which is told once.
    places: HashMap<Vec<u8>, Option<u32>>,
    /// The latest of them: most rows lead where the row before does.
    latest: (Vec<u8>, Option<u32>),
}

impl Reader<'_> {
    fn line(&mut self, number: u64, line: &[u8]) {
        let (row, target) = match row_of(line, self.kind, number) {
            None => return,
            Some(Err(what)) => return self.complaints.say(number, || what),
            Some(Ok(found)) => found,
        };
        if self.latest.0 != target {
            let place = match self.places.get(target) {
                Some(place) => *place,
                None => self.new_target(number, target),
            };
            self.latest = (target.to_vec(), place);
        }
        let Some(place) = self.latest.1 else { return };
        let Contents { numbers, prefixes, targets } = &mut self.contents;
        match row {
            Row::Number(digits) => numbers.push(digits, place),
            Row::Prefix(digits) => prefixes.push(digits, place),
        }
        targets[place as usize].1 += 1;
        if numbers.len() + prefixes.len() == ROWS_MAX + 1 {
            self.complaints.say(number, || format!("{ROWS_MAX} rows are the most in one table"));
        }
    }

    fn new_target(&mut self, number: u64, target: &[u8]) -> Option<u32> {
        let place = match self.target(target) {
            Ok(ways) => {
                self.contents.targets.push((ways, 0));
                Some(self.contents.targets.len() as u32 - 1)
            }
            Err(what) => {
                self.complaints.say(number, || what);
                None
            }
        };
        if self.places.len() < WORDS_MAX {
            self.places.insert(target.to_vec(), place);
        }
        place
    }

    fn target(&self, target: &[u8]) -> Result<Vec<Via>, String> {
        let text = std::str::from_utf8(target).map_err(|_| "the target is no text".to_owned())?;
        if self.contents.targets.len() == TARGETS_MAX {
            return Err(format!("{TARGETS_MAX} targets are the most in one table"));
        }
        let ways: Vec<Via> =
            text.split(';').map(|way| way.trim().parse()).collect::<Result<_, String>>()?;
        if ways.len() > Policy::WAYS_MAX {
            return Err(format!("'{text}' has more than {} ways", Policy::WAYS_MAX));
        }
        let names: Vec<&str> = ways.iter().filter_map(Via::connection).collect();
        if let Some(at) = (1..names.len()).find(|at| names[..*at].contains(&names[*at])) {
            return Err(format!("'{text}' names {} twice", names[at]));
        }
        let Some(connections) = &self.known.connections else { return Ok(ways) };
        match names
            .iter()
            .find(|name| connections.binary_search_by(|c| c.as_str().cmp(name)).is_err())
        {
            None => Ok(ways),
            Some(name) => Err(self.unknown(name, connections)),
        }
    }

    fn unknown(&self, name: &str, connections: &[String]) -> String {
        let near = nearest(name, connections.iter().map(String::as_str));
        let cure = near.map_or_else(
            || "see: signalbox connection list".to_owned(),
            |near| format!("did you mean {near}?"),
        );
        format!("there is no connection '{name}' in {}; {cure}", self.known.env)
    }
}

/// The row of a line and its target; `None` if the line holds none.
pub(super) fn row_of(
    line: &[u8],
    kind: RowKind,
    number: u64,
) -> Option<Result<(Row, &[u8]), String>> {
    let (pattern, target) = match line.iter().position(|octet| *octet == b',') {
        Some(comma) => (unquoted(&line[..comma]), unquoted(&line[comma + 1..])),
        None => (unquoted(line), &line[line.len()..]),
    };
    if let Ok(row) = Row::parse(pattern)
        && !target.is_empty()
    {
        let row = match (row, kind) {
            (Row::Number(digits), RowKind::Prefixes) => Row::Prefix(digits),
            (row, _) => row,
        };
        return Some(Ok((row, target)));
    }
    let is_heading = number == 1 && !pattern.iter().any(u8::is_ascii_digit);
    if line.trim_ascii().is_empty() || line.starts_with(b"#") || is_heading {
        return None;
    }
    Some(Err(wrong(pattern, target)))
}

fn wrong(pattern: &[u8], target: &[u8]) -> String {
    let text = String::from_utf8_lossy(pattern);
    match Row::parse(pattern) {
        Ok(_) if target.is_empty() => format!("'{text}' has no target; write {text},CONNECTION"),
        _ if pattern == b"%" => {
            "'%' is every number: that is a policy (signalbox policy add '%')".to_owned()
        }
        Ok(_) => format!("'{text}' is understood and its target is not"),
        Err(error) => format!("'{text}': {error}"),
    }
}

fn unquoted(field: &[u8]) -> &[u8] {
    let field = field.trim_ascii();
    let inside = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\""));
    inside.unwrap_or(field)
}

/// Calls for each line with its number from 1, as long as it wants more.
pub(super) fn each_line(path: &Path, mut call: impl FnMut(u64, &[u8]) -> bool) -> io::Result<()> {
    let mut file = BufReader::with_capacity(CHUNK, File::open(path)?);
    let mut number = 0;
    // A line that reaches from one chunk into the next.
    let mut torn = Vec::new();
    loop {
        let chunk = file.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let len = chunk.len();
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            number += 1;
            let goes_on = if torn.is_empty() {
                call(number, without_mark(number, line))
            } else {
                torn.extend_from_slice(line);
                let goes_on = call(number, without_mark(number, &torn));
                torn.clear();
                goes_on
            };
            if !goes_on {
                return Ok(());
            }
            rest = after;
        }
        if torn.len() + rest.len() > LINE_MAX {
            return Err(io::Error::other(format!(
                "line {} has more than {LINE_MAX} octets: this is no file of rows",
                number + 1
            )));
        }
        torn.extend_from_slice(rest);
        file.consume(len);
    }
    if !torn.is_empty() {
        call(number + 1, without_mark(number + 1, &torn));
    }
    Ok(())
}

/// Some editors begin a file with the mark of UTF-8.
fn without_mark(number: u64, line: &[u8]) -> &[u8] {
    let mark: &[u8] = "\u{FEFF}".as_bytes();
    line.strip_prefix(mark).filter(|_| number == 1).unwrap_or(line)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Fault {
    Fault::failed(format!("the table's file {} cannot be read: {error}", path.display()))
}

/// Twice what was promised: 320 MB of rows while they are sorted.
pub const ROWS_MAX: usize = 20_000_000;

/// Each is a policy of its own.
const TARGETS_MAX: usize = 4096;

/// How many spellings of targets are remembered, wrong ones included.
const WORDS_MAX: usize = 2 * TARGETS_MAX;

/// Sixteen ways with all their settings are shorter.
const LINE_MAX: usize = 1 << 14;

const CHUNK: usize = 1 << 20;
