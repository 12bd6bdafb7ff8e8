//! How rows are written: a table for people, columns for pipes, JSON and CSV for programs.

use std::io::IsTerminal;

use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};
use serde_json::Value;

/// The ways to write.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Output {
    /// Aligned columns.
    #[default]
    Table,
    /// JSON, as documented.
    Json,
    /// RFC 4180, with a header.
    Csv,
}

/// A column: its heading and where its value stands in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) heading: &'static str,
    pub(crate) key: &'static str,
}

pub(crate) const fn column(heading: &'static str, key: &'static str) -> Column {
    Column { heading, key }
}

/// Writes rows of JSON objects as a table or as CSV.
pub(crate) fn rows(output: Output, columns: &[Column], rows: &[Value]) {
    let cells = rows
        .iter()
        .map(|row| columns.iter().map(|column| text(&row[column.key])).collect::<Vec<_>>());
    let headings: Vec<String> = columns.iter().map(|column| column.heading.to_owned()).collect();
    if output == Output::Csv {
        let keys: Vec<String> = columns.iter().map(|column| column.key.to_owned()).collect();
        anstream::println!("{}", csv_line(&keys));
        cells.for_each(|cells| anstream::println!("{}", csv_line(&cells)));
        return;
    }
    let cells: Vec<_> = cells.collect();
    if cells.is_empty() {
        anstream::eprintln!("none");
        return;
    }
    anstream::println!("{}", table(&headings, &cells));
}

fn table(headings: &[String], rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let bold = std::io::stdout().is_terminal();
    table.set_header(headings.iter().map(|heading| {
        let cell = Cell::new(heading);
        if bold { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let text = table.to_string();
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn csv_line(cells: &[String]) -> String {
    let quoted = |cell: &String| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// A value as people write it; lists are joined with commas.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| format!("{key}={}", text(value));
            fields.iter().map(field).collect::<Vec<_>>().join(",")
        }
    }
}

/// A count with its thousands apart: `1,204,331`.
fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 change`, `2 changes`.
pub(crate) fn changes(count: u64) -> String {
    counted(count, "change", "changes")
}

/// A count with its noun.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}
