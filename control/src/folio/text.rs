//! Records as text: a line of CSV (RFC 4180), a line of JSON.

use super::columns::{COLUMNS, Column, Of, Value};

/// The names of the columns, as the first line of a CSV file.
pub(super) fn csv_header(columns: &[Column], out: &mut String) {
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(column.name);
    }
    out.push_str("\r\n");
}

/// A record as a line of CSV; what is not known is empty.
pub(super) fn csv_line(record: &[Value], out: &mut String) {
    for (at, value) in record.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        let Some(text) = value.written() else { continue };
        if text.contains([',', '"', '\r', '\n']) {
            out.push('"');
            out.push_str(&text.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    out.push_str("\r\n");
}

/// A record as one object of JSON, without a line end. Amounts are strings, because a reader may
/// take numbers for floats; what is not known is null.
pub(super) fn json_line(record: &[Value], whose: Whose, out: &mut String) {
    out.push('{');
    let mut first = true;
    for (column, value) in COLUMNS.iter().zip(record) {
        if whose == Whose::Senders && column.of == Of::Us {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        out.push('"');
        out.push_str(column.name);
        out.push_str("\":");
        match value {
            Value::Nothing => out.push_str("null"),
            Value::Integer(_) | Value::Flag(_) => {
                out.push_str(&value.written().unwrap_or_default());
            }
            Value::Text(text) => quoted(text, out),
            Value::Time(_) | Value::Money(_) => quoted(&value.written().unwrap_or_default(), out),
        }
    }
    out.push('}');
}

/// Which columns are written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    /// All.
    Ours,
    /// Those that the sender may see.
    Senders,
}

fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => out.push(letter),
        }
    }
    out.push('"');
}
