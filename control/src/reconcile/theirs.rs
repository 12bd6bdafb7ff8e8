//! Reads a carrier's file: CSV with a header (RFC 4180; commas, semicolons or tabs).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::fault::{Code, Fault, Outcome};
use crate::money;

/// One of their rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Their {
    /// Its line.
    pub line: u64,
    /// Our message id, if they have it.
    pub id: Option<String>,
    /// The number, in plain digits.
    pub number: String,
    /// When, Unix nanoseconds.
    pub at_ns: Option<i64>,
    /// How many units.
    pub units: Option<i64>,
    /// What they say it costs, in millionths.
    pub micros: Option<i64>,
}

/// Which column is what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Map {
    /// For each of [`FIELDS`] the name of its column.
    columns: [Option<String>; FIELDS.len()],
}

/// What may be in a file, and how its columns are called where nobody says so.
const FIELDS: [(&str, &[&str]); 6] = [
    ("id", &["id", "message_id", "messageid", "msg_id"]),
    ("number", &["number", "destination", "to", "msisdn", "dst", "called"]),
    ("time", &["time", "date", "timestamp", "submit_time", "in_time"]),
    ("segments", &["segments", "parts", "units"]),
    ("price", &["price", "rate"]),
    ("amount", &["amount", "charge", "cost"]),
];

impl Map {
    /// Reads `id=MessageID,number=To`.
    fn parse(text: &str) -> Outcome<Self> {
        let mut map = Self::default();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let (field, column) = pair.split_once('=').unwrap_or((pair, ""));
            let place = FIELDS.iter().position(|(known, _)| *known == field.trim());
            let (Some(place), false) = (place, column.trim().is_empty()) else {
                let known = FIELDS.map(|(known, _)| known).join(", ");
                return Err(Fault::new(
                    Code::Usage,
                    format!("'{pair}' does not say which column is one of {known}"),
                )
                .cure("say it so: --map id=MessageID,number=To,time=Date,price=Rate"));
            };
            map.columns[place] = Some(column.trim().to_owned());
        }
        Ok(map)
    }

    /// Where each field stands in a header.
    fn places(&self, header: &[String]) -> Outcome<[Option<usize>; FIELDS.len()]> {
        let mut places = [None; FIELDS.len()];
        for (at, (_, usual)) in FIELDS.iter().enumerate() {
            let is = |name: &str, column: &String| column.trim().eq_ignore_ascii_case(name);
            places[at] = match &self.columns[at] {
                Some(name) => {
                    let place = header.iter().position(|column| is(name, column));
                    Some(place.ok_or_else(|| {
                        Fault::invalid(format!("the file has no column '{name}'"))
                            .cure(format!("it has {}", header.join(", ")))
                    })?)
                }
                None => header.iter().position(|column| usual.iter().any(|name| is(name, column))),
            };
        }
        if places[0].is_none() && (places[1].is_none() || places[2].is_none()) {
            return Err(Fault::invalid("the file has neither ids nor numbers with their times")
                .cure("say which column is what: --map id=MessageID,number=To,time=Date"));
        }
        Ok(places)
    }
}

/// Reads a file; what is wrong with it is told with its line.
pub fn read(text: &str, map: Option<&str>, zone: Option<&str>) -> Outcome<Vec<Their>> {
    let map = Map::parse(map.unwrap_or_default())?;
    let zone = match zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| Fault::new(Code::Usage, format!("there is no zone '{name}'")))?,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    let separator = [',', ';', '\t'].into_iter().rev().max_by_key(count).unwrap_or(',');
    let mut lines = Lines { rest: text, separator, line: 1 };
    let header = lines.next().map(|(_, header)| header).unwrap_or_default();
    let places = map.places(&header)?;
    let mut theirs = Vec::new();
    for (line, cells) in lines {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if theirs.len() == ROWS_MAX {
            return Err(Fault::invalid(format!("the file has more than {ROWS_MAX} rows"))
                .cure("reconcile it in parts, with --from and --to"));
        }
        let their = their(line, &cells, &places, &zone)
            .map_err(|what| Fault::invalid(format!("line {line}: {what}")))?;
        theirs.push(their);
    }
    Ok(theirs)
}

fn their(
    line: u64,
    cells: &[String],
    places: &[Option<usize>; FIELDS.len()],
    zone: &TimeZone,
) -> Result<Their, String> {
    let cell = |field: usize| {
        let text = cells.get(places[field]?)?.trim();
        (!text.is_empty()).then_some(text)
    };
    let amount = |text: &str| {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let micros = money::parse_micros(digits).map_err(|error| format!("'{text}': {error}"))?;
        Ok::<i64, String>(sign * micros)
    };
    let units: Option<i64> = match cell(3) {
        Some(text) => Some(text.parse().map_err(|_| format!("'{text}' is no count of segments"))?),
        None => None,
    };
    let price = cell(4).map(amount).transpose()?;
    let micros = match cell(5).map(amount).transpose()? {
        Some(micros) => Some(micros),
        None => price.map(|price| price.saturating_mul(units.unwrap_or(1))),
    };
    let number = cell(1).unwrap_or_default().trim_start_matches('+').trim_start_matches("00");
    Ok(Their {
        line,
        id: cell(0).map(str::to_owned),
        number: number.to_owned(),
        at_ns: cell(2).map(|text| instant(text, zone)).transpose()?,
        units,
        micros,
    })
}

/// RFC 3339, or a date and a time of the zone.
fn instant(text: &str, zone: &TimeZone) -> Result<i64, String> {
    let wrong = || format!("'{text}' is no time such as 2026-11-21T10:00:00Z");
    let stamp = match text.parse::<Timestamp>() {
        Ok(stamp) => stamp,
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| wrong())?;
            let zoned: Zoned = civil.to_zoned(zone.clone()).map_err(|_| wrong())?;
            zoned.timestamp()
        }
    };
    i64::try_from(stamp.as_nanosecond()).map_err(|_| wrong())
}

/// The lines of a file as cells, with the numbers of the lines where they begin.
struct Lines<'a> {
    rest: &'a str,
    separator: char,
    line: u64,
}

impl Iterator for Lines<'_> {
    type Item = (u64, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let begun = self.line;
        let (mut cells, mut cell) = (Vec::new(), String::new());
        let mut quoted = false;
        let mut letters = self.rest.char_indices().peekable();
        let mut end = self.rest.len();
        while let Some((at, letter)) = letters.next() {
            if letter == '\n' {
                self.line += 1;
            }
            match letter {
                '"' if quoted => match letters.peek() {
                    Some((_, '"')) => {
                        cell.push('"');
                        letters.next();
                    }
                    _ => quoted = false,
                },
                '"' if cell.is_empty() => quoted = true,
                '\n' if !quoted => {
                    end = at + 1;
                    break;
                }
                '\r' if !quoted => {}
                letter if letter == self.separator && !quoted => {
                    cells.push(std::mem::take(&mut cell));
                }
                letter => cell.push(letter),
            }
        }
        cells.push(cell);
        self.rest = &self.rest[end..];
        Some((begun, cells))
    }
}

/// A month of a large carrier: half a gigabyte while it is compared.
const ROWS_MAX: usize = 3_000_000;
