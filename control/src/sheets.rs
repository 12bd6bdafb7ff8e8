//! Rate sheets, as carriers send them: CSV, or a workbook (XLSX, XLS, ODS).
//!
//! Above the table may stand anything: its head is the first row that has all the columns that
//! are asked for. What is wrong is told with its line, all of it at once, and nothing is taken
//! of a sheet of which anything is wrong.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, open_workbook_auto_from_rs};
use schemars::JsonSchema;
use serde::Serialize;

use crate::fault::{Fault, Outcome};
use crate::model::RateKey;
use crate::money;

pub(crate) mod grid;

/// Which columns are meant: `prefix=Code,price=Rate,from=Origin`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Columns {
    prefix: String,
    price: String,
    /// Calling numbers or a name.
    sender: Option<String>,
    /// Times of the week.
    hours: Option<String>,
}

/// What a sheet says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sheet {
    /// Millionths by [`RateKey`], as text.
    pub prices: BTreeMap<String, i64>,
    /// How many rows have prices.
    pub rows: u64,
}

/// What an import changes.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Moves {
    /// Prices that rise.
    pub rise: u64,
    /// Prices that fall.
    pub fall: u64,
    /// Prices that there were none of.
    pub new: u64,
    /// Prices that are no more.
    pub gone: u64,
    /// Prices that stay.
    pub same: u64,
    /// The largest changes, those first that rise most.
    pub largest: Vec<PriceMove>,
}

/// A price that changes.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct PriceMove {
    /// Its prefix, and for whom.
    pub price: String,
    /// What it was; none is new.
    pub old: Option<String>,
    /// What it is; none is gone.
    pub new: Option<String>,
}

impl Columns {
    /// Reads `prefix=Code,price=Rate`; what is not said has its own name.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut columns = Self {
            prefix: "prefix".to_owned(),
            price: "price".to_owned(),
            sender: None,
            hours: None,
        };
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let wrong = || {
                Fault::invalid(format!("'{pair}' maps no column"))
                    .cure("write prefix=Code,price=Rate, and if there are sender=..., hours=...")
            };
            let (what, column) = pair.split_once('=').ok_or_else(wrong)?;
            let column = column.trim().to_owned();
            match what.trim() {
                "prefix" => columns.prefix = column,
                "price" => columns.price = column,
                "sender" => columns.sender = Some(column),
                "hours" => columns.hours = Some(column),
                _ => return Err(wrong()),
            }
        }
        Ok(columns)
    }

    fn asked(&self) -> [Option<&str>; 4] {
        [Some(&self.prefix), Some(&self.price), self.sender.as_deref(), self.hours.as_deref()]
    }
}

/// Reads a sheet; `file` is its name, for complaints.
pub fn read(octets: &[u8], file: &str, columns: &Columns) -> Outcome<Sheet> {
    let is_book = octets.starts_with(b"PK") || octets.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let rows = if is_book { book(octets, file)? } else { grid::read(octets, file)? };
    let (head, places) = head(&rows, columns).ok_or_else(|| {
        let names: Vec<&str> = columns.asked().into_iter().flatten().collect();
        Fault::invalid(format!("{file}: no row has the columns {}", names.join(" and ")))
            .cure("say how they are called: --map 'prefix=Code,price=Rate'")
    })?;
    let mut reading =
        Reading { sheet: Sheet::default(), lines: BTreeMap::new(), wrong: Vec::new() };
    for (line, row) in rows.iter().filter(|(line, _)| *line > head) {
        let cell =
            |place: Option<usize>| place.and_then(|at| row.get(at)).map_or("", |cell| cell.trim());
        let cells = places.map(cell);
        if cells.iter().all(|cell| cell.is_empty()) {
            continue;
        }
        if let Err(error) = reading.row(*line, cells) {
            reading.wrong.push(format!("{file} line {line}: {error}"));
        }
    }
    reading.finish(file)
}

struct Reading {
    sheet: Sheet,
    /// On which line each price stands.
    lines: BTreeMap<String, u64>,
    wrong: Vec<String>,
}

impl Reading {
    fn row(&mut self, line: u64, [prefix, price, sender, hours]: [&str; 4]) -> Result<(), String> {
        let micros = money::parse_micros(price.trim_start_matches(['$', '€', '£']).trim())
            .map_err(|error| format!("price '{price}': {error}"))?;
        // Several codes may share a cell.
        for prefix in prefix.split([';', ',']).map(str::trim) {
            if prefix.is_empty() {
                return Err("there is no prefix".to_owned());
            }
            let from = if sender.is_empty() { String::new() } else { format!(" from {sender}") };
            let key = RateKey::canonical(&format!("{prefix}{from} {hours}"))?;
            if let Some(known) = self.sheet.prices.get(&key).filter(|known| **known != micros) {
                let (first, known) = (self.lines[&key], money::price(*known));
                return Err(format!("'{key}' has another price, {known}, on line {first}"));
            }
            self.lines.insert(key.clone(), line);
            self.sheet.prices.insert(key, micros);
        }
        self.sheet.rows += 1;
        Ok(())
    }

    fn finish(self, file: &str) -> Outcome<Sheet> {
        let Self { sheet, mut wrong, .. } = self;
        if wrong.is_empty() && sheet.prices.is_empty() {
            wrong.push(format!("{file}: there is no price in it"));
        }
        if sheet.prices.len() > PRICES_MAX {
            wrong.push(format!("{file}: it has more than {PRICES_MAX} prices"));
        }
        if wrong.is_empty() {
            return Ok(sheet);
        }
        let more = wrong.len().saturating_sub(COMPLAINTS_MAX);
        wrong.truncate(COMPLAINTS_MAX);
        if more > 0 {
            wrong.push(format!("and {more} more"));
        }
        Err(Fault::invalid(wrong.join("\n")).cure("nothing was imported; mend the file"))
    }
}

/// The row that names the columns, and where they are.
fn head(rows: &[(u64, Vec<String>)], columns: &Columns) -> Option<(u64, [Option<usize>; 4])> {
    rows.iter().take(HEAD_MAX).find_map(|(line, row)| {
        let place = |name: Option<&str>| match name {
            None => Some(None),
            Some(name) => {
                row.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name)).map(Some)
            }
        };
        let [prefix, price, sender, hours] = columns.asked().map(place);
        Some((*line, [prefix?, price?, sender?, hours?]))
    })
}

/// The rows of the first sheet of a workbook, as texts.
fn book(octets: &[u8], file: &str) -> Outcome<Vec<(u64, Vec<String>)>> {
    let wrong = |error: &dyn std::fmt::Display| Fault::invalid(format!("{file}: {error}"));
    let mut book =
        open_workbook_auto_from_rs(Cursor::new(octets)).map_err(|error| wrong(&error))?;
    let sheet = book.worksheet_range_at(0).ok_or_else(|| wrong(&"it has no sheet"))?;
    let sheet = sheet.map_err(|error| wrong(&error))?;
    let first = sheet.start().map_or(1, |(row, _)| u64::from(row) + 1);
    let text = |cell: &Data| match cell {
        // A number of a sheet is binary: what people see has no more digits than prices have.
        Data::Float(number) => {
            let text = format!("{number:.6}");
            let text = text.trim_end_matches('0').trim_end_matches('.');
            text.to_owned()
        }
        other => other.to_string(),
    };
    Ok((first..).zip(sheet.rows().map(|row| row.iter().map(text).collect())).collect())
}

/// What changes from prices to others.
pub fn moves(old: &BTreeMap<String, i64>, new: &BTreeMap<String, i64>) -> Moves {
    let mut moves = Moves::default();
    let mut changed = Vec::new();
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        let (was, is) = (old.get(key), new.get(key));
        match (was, is) {
            (Some(was), Some(is)) if is > was => moves.rise += 1,
            (Some(was), Some(is)) if is < was => moves.fall += 1,
            (Some(_), Some(_)) => moves.same += 1,
            (None, _) => moves.new += 1,
            (_, None) => moves.gone += 1,
        }
        if was != is {
            changed.push((was.copied(), is.copied(), key));
        }
    }
    let rise = |(was, is, _): &(Option<i64>, Option<i64>, _)| {
        was.zip(*is).map(|(was, is)| is.saturating_sub(was))
    };
    changed.sort_by_key(|one| std::cmp::Reverse(rise(one)));
    let one = |(was, is, key): (Option<i64>, Option<i64>, &String)| PriceMove {
        price: if key.is_empty() { "*".to_owned() } else { key.clone() },
        old: was.map(money::price),
        new: is.map(money::price),
    };
    moves.largest = changed.into_iter().take(MOVES_SHOWN).map(one).collect();
    moves
}

/// How far down the head of a table is looked for.
const HEAD_MAX: usize = 50;

const COMPLAINTS_MAX: usize = 20;

/// A hundred octets each in a model that all of control has in memory.
const PRICES_MAX: usize = 1_000_000;

const MOVES_SHOWN: usize = 100;

#[cfg(test)]
mod tests;
