//! The numbering plan: which country and which network a number belongs to, as far as its prefix
//! says it.
//!
//! A table of prefixes, read from CSV. The longest prefix of a number counts, row by row: nothing
//! is taken of a shorter one. Numbers that were ported are with another network than their prefix
//! says.

use std::collections::BTreeMap;

use crate::fault::{Fault, Outcome};
use crate::sheets::grid;

/// A numbering plan.
#[derive(Debug, Default)]
pub struct Numbering {
    rows: BTreeMap<String, Belongs>,
    /// The longest of its prefixes.
    longest: usize,
}

/// To whom the numbers under a prefix belong; what is not known is empty.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Belongs {
    /// The country, as the file says it.
    pub country: String,
    /// Mobile country code (ITU-T E.212).
    pub mcc: String,
    /// Mobile network code.
    pub mnc: String,
    /// The network's name.
    pub network: String,
}

impl Numbering {
    /// Reads `prefix,country,mcc,mnc,network`; the first line names the columns, in any order, and
    /// of those but `prefix` and `country` any may be missing. `file` is its name, for complaints.
    pub fn read(octets: &[u8], file: &str) -> Outcome<Self> {
        if octets.len() > OCTETS_MAX {
            return Err(Fault::invalid(format!("{file}: it has more than {OCTETS_MAX} octets")));
        }
        let rows = grid::read(octets, file)?;
        let mut rows = rows.iter();
        let head = rows.next().map_or(&[][..], |(_, head)| head);
        let place = |name: &str| head.iter().position(|cell| cell.trim() == name);
        let places = NAMES.map(place);
        for (name, at) in NAMES.iter().zip(places).take(NEEDED) {
            if at.is_none() {
                return Err(Fault::invalid(format!("{file} line 1: there is no column {name}"))
                    .cure("the first line is prefix,country,mcc,mnc,network"));
            }
        }
        let (mut plan, mut wrong) = (Self::default(), Vec::new());
        for (line, row) in rows {
            let cells =
                places.map(|at| at.and_then(|at| row.get(at)).map_or("", |cell| cell.trim()));
            if cells.iter().all(|cell| cell.is_empty()) {
                continue;
            }
            if let Err((column, what)) = plan.add(cells) {
                wrong.push(format!("{file} line {line}, column {}: {what}", NAMES[column]));
            }
            if wrong.len() == COMPLAINTS_MAX {
                break;
            }
        }
        if wrong.is_empty() {
            return Ok(plan);
        }
        Err(Fault::invalid(wrong.join("\n")).cure("nothing of the file is taken; mend it"))
    }

    /// The plan that was read before and kept; none is one without rows.
    pub(crate) fn read_kept(text: Option<&str>) -> Outcome<Self> {
        text.map_or_else(|| Ok(Self::default()), |text| Self::read(text.as_bytes(), "kept"))
    }

    /// Adds a row, or says which column is wrong and why.
    fn add(&mut self, cells: [&str; 5]) -> Result<(), (usize, String)> {
        let [prefix, country, mcc, mnc, network] = cells;
        let digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
        if !(1..=PREFIX_MAX).contains(&prefix.len()) || !digits(prefix) {
            return Err((0, format!("'{prefix}' is not 1 to {PREFIX_MAX} digits")));
        }
        for (at, text) in [(1, country), (4, network)] {
            if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) {
                return Err((at, format!("it is not up to {TEXT_MAX} characters in a line")));
            }
        }
        if !mcc.is_empty() && (mcc.len() != 3 || !digits(mcc)) {
            return Err((2, format!("'{mcc}' is not three digits")));
        }
        if !mnc.is_empty() && (!(2..=3).contains(&mnc.len()) || !digits(mnc) || mcc.is_empty()) {
            return Err((3, format!("'{mnc}' is not two or three digits beside an mcc")));
        }
        if self.rows.len() == ROWS_MAX {
            return Err((0, format!("there are more than {ROWS_MAX} rows")));
        }
        let [country, mcc, mnc, network] = [country, mcc, mnc, network].map(str::to_owned);
        let belongs = Belongs { country, mcc, mnc, network };
        if self.rows.insert(prefix.to_owned(), belongs).is_some() {
            return Err((0, format!("{prefix} stands there twice")));
        }
        self.longest = self.longest.max(prefix.len());
        Ok(())
    }

    /// To whom a number belongs, in plain digits with its country code.
    pub fn find(&self, number: &str) -> Option<&Belongs> {
        let longest = self.longest.min(number.len());
        (1..=longest).rev().find_map(|len| self.rows.get(number.get(..len)?))
    }

    /// How many prefixes it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Has it none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The columns, those first that must be there.
const NAMES: [&str; 5] = ["prefix", "country", "mcc", "mnc", "network"];
const NEEDED: usize = 2;

/// A number has at most 15 digits (ITU-T E.164).
const PREFIX_MAX: usize = 15;

const TEXT_MAX: usize = 64;

/// More than all number ranges of the world: some hundred megabytes while a folio is closed.
const ROWS_MAX: usize = 500_000;

/// A row of them has some forty octets.
const OCTETS_MAX: usize = 32 << 20;

/// Nobody mends more at once.
const COMPLAINTS_MAX: usize = 20;

#[cfg(test)]
mod tests;
