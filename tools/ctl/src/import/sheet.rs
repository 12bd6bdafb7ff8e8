//! A sheet: CSV (RFC 4180) with a header, a row on each line, read as fields of a noun.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde_json::{Map, Number, Value};

use crate::shape;
use crate::trouble::{FAILED, INVALID, Trouble};

/// A file of rows that is being read.
pub(super) struct Sheet {
    path: PathBuf,
    file: BufReader<File>,
    columns: Vec<Column>,
    /// The line that was read last, from 1.
    line: u64,
}

/// One object.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) fields: Map<String, Value>,
}

#[derive(Debug)]
struct Column {
    name: String,
    form: Form,
}

/// How a cell is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Name,
    Text,
    Number,
    Switch,
    Texts,
    Numbers,
    /// `key=value;key=value`
    Pairs,
}

impl Sheet {
    /// Opens a file and reads its header.
    pub(super) fn open(kind: &str, path: &Path) -> Result<Self, Trouble> {
        let file = File::open(path)
            .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
        let (file, path) = (BufReader::with_capacity(BUFFER, file), path.to_owned());
        let mut sheet = Self { path, file, columns: Vec::new(), line: 0 };
        let known = shape::fields(kind)
            .ok_or_else(|| Trouble::new(INVALID, format!("{kind}s come in no sheet")))?;
        let header = sheet.cells()?.ok_or_else(|| sheet.wrong("it has no header"))?;
        for name in header {
            let form = match known.get(&name) {
                _ if name == "name" => Form::Name,
                Some(shape) => form(shape),
                None => {
                    let names = known.keys().map(String::as_str).chain(["name"]);
                    let trouble = sheet.wrong(&format!("there is no field '{name}'"));
                    return Err(trouble.cure(shape::cure(&name, names)));
                }
            };
            sheet.columns.push(Column { name, form });
        }
        match sheet.columns.iter().filter(|column| column.form == Form::Name).count() {
            1 => Ok(sheet),
            _ => Err(sheet.wrong("its header must have 'name' once")),
        }
    }

    /// Reads all of it; says how many rows it has.
    pub(super) fn check(&self) -> Result<u64, Trouble> {
        let mut rows = 0;
        for row in self.again()? {
            row?;
            rows += 1;
        }
        Ok(rows)
    }

    /// Says in which line stands a row that control refused.
    pub(super) fn blame(&self, row: u64, trouble: Trouble) -> Trouble {
        let line = self.again().ok().and_then(|mut sheet| {
            let at = usize::try_from(row).ok()?;
            sheet.by_ref().nth(at)?.ok()?;
            Some(sheet.line)
        });
        let path = self.path.display();
        trouble.within(&line.map_or_else(|| path.to_string(), |line| format!("{path}:{line}")))
    }

    /// The same file from its first row on.
    fn again(&self) -> Result<Self, Trouble> {
        let path = &self.path;
        let file = File::open(path)
            .map_err(|error| Trouble::new(FAILED, format!("{}: {error}", path.display())))?;
        let columns = self.columns.iter();
        let columns =
            columns.map(|Column { name, form }| Column { name: name.clone(), form: *form });
        let file = BufReader::with_capacity(BUFFER, file);
        let mut sheet = Self { path: path.clone(), file, columns: columns.collect(), line: 0 };
        sheet.cells()?;
        Ok(sheet)
    }

    /// The cells of the next line that is not empty; a cell in quotation marks may go over
    /// several.
    fn cells(&mut self) -> Result<Option<Vec<String>>, Trouble> {
        let mut text = String::new();
        loop {
            let read = self.file.read_line(&mut text);
            let read = read.map_err(|error| self.wrong(&error.to_string()))?;
            if read == 0 {
                return match text.trim().is_empty() {
                    true => Ok(None),
                    false => Err(self.wrong("a quotation mark is never closed")),
                };
            }
            self.line += 1;
            if text.len() > ROW_MAX {
                return Err(self.wrong("a row has more than 1 MiB"));
            }
            if text.trim().is_empty() {
                text.clear();
                continue;
            }
            let line = text.strip_suffix('\n').unwrap_or(&text);
            if let Some(cells) = parted(line.strip_suffix('\r').unwrap_or(line)) {
                return Ok(Some(cells));
            }
        }
    }

    fn row(&self, cells: Vec<String>) -> Result<Row, Trouble> {
        if cells.len() != self.columns.len() {
            let (has, wants) = (cells.len(), self.columns.len());
            return Err(self.wrong(&format!("it has {has} cells, the header has {wants}")));
        }
        let mut row = Row { name: String::new(), fields: Map::new() };
        for (column, cell) in self.columns.iter().zip(cells) {
            if column.form == Form::Name {
                row.name = cell;
            } else if !cell.is_empty() {
                let value = value(column.form, &cell)
                    .ok_or_else(|| self.wrong(&format!("{}: '{cell}' is not read", column.name)))?;
                row.fields.insert(column.name.clone(), value);
            }
        }
        if row.name.is_empty() { Err(self.wrong("it has no name")) } else { Ok(row) }
    }

    fn wrong(&self, what: &str) -> Trouble {
        Trouble::new(INVALID, format!("{}:{}: {what}", self.path.display(), self.line.max(1)))
    }
}

impl Iterator for Sheet {
    type Item = Result<Row, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        let cells = self.cells().transpose()?;
        Some(cells.and_then(|cells| self.row(cells)))
    }
}

/// The cells of a line; none if a quotation mark waits for its other end.
fn parted(line: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let Some(mut quoted) = rest.strip_prefix('"') else {
            match rest.split_once(',') {
                Some((cell, behind)) => {
                    cells.push(cell.to_owned());
                    rest = behind;
                    continue;
                }
                None => {
                    cells.push(rest.to_owned());
                    return Some(cells);
                }
            }
        };
        let mut cell = String::new();
        loop {
            let (text, behind) = quoted.split_once('"')?;
            cell.push_str(text);
            quoted = behind;
            match quoted.strip_prefix('"') {
                Some(behind) => {
                    cell.push('"');
                    quoted = behind;
                }
                None => break,
            }
        }
        match quoted.split_once(',') {
            Some((tail, behind)) => {
                cells.push(cell + tail);
                rest = behind;
            }
            None => {
                cells.push(cell + quoted);
                return Some(cells);
            }
        }
    }
}

/// How a cell of a field with this shape is read.
fn form(shape: &Value) -> Form {
    match shape["type"].as_str() {
        Some("boolean") => Form::Switch,
        Some("integer" | "number") => Form::Number,
        Some("array") if shape["items"]["type"] == "integer" => Form::Numbers,
        Some("array") => Form::Texts,
        Some("object") => Form::Pairs,
        _ => Form::Text,
    }
}

fn value(form: Form, cell: &str) -> Option<Value> {
    let number = |text: &str| text.trim().parse::<Number>().ok().map(Value::Number);
    let parts = || cell.split(';').map(str::trim).filter(|part| !part.is_empty());
    match form {
        Form::Name | Form::Text => Some(cell.into()),
        Form::Number => number(cell),
        Form::Switch => match cell {
            "true" | "yes" | "on" => Some(true.into()),
            "false" | "no" | "off" => Some(false.into()),
            _ => None,
        },
        Form::Texts => Some(parts().map(Value::from).collect()),
        Form::Numbers => parts().map(number).collect::<Option<Vec<_>>>().map(Value::from),
        Form::Pairs => {
            let pair = |part: &str| {
                let (key, value) = part.split_once('=')?;
                Some((key.to_owned(), Value::from(value)))
            };
            parts().map(pair).collect::<Option<Map<_, _>>>().map(Value::from)
        }
    }
}

const BUFFER: usize = 1 << 18;

/// What no row of ours comes near.
const ROW_MAX: usize = 1 << 20;

#[cfg(test)]
mod tests;
