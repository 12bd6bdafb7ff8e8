//! CSV (RFC 4180) as sheets are exported: fields are parted by commas, semicolons or tabs, and a
//! quoted one may hold any of these.

use crate::fault::{Fault, Outcome};

/// The rows, each with the line it begins on.
pub(crate) fn read(octets: &[u8], file: &str) -> Outcome<Vec<(u64, Vec<String>)>> {
    let octets = octets.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(octets);
    let text = std::str::from_utf8(octets).map_err(|error| {
        let line =
            1 + octets[..error.valid_up_to()].iter().filter(|octet| **octet == b'\n').count();
        Fault::invalid(format!("{file} line {line}: this is no UTF-8"))
    })?;
    let parting = parting(text);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut begun, mut quoted) = (1u64, 1u64, false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        line += u64::from(character == '\n');
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push((begun, std::mem::take(&mut row)));
                begun = line;
            }
            one if one == parting && !quoted => row.push(std::mem::take(&mut field)),
            one => field.push(one),
        }
    }
    if quoted {
        return Err(Fault::invalid(format!("{file} line {begun}: a quote is not closed")));
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push((begun, row));
    }
    Ok(rows)
}

/// What parts the fields: what there is most of in the first lines.
fn parting(text: &str) -> char {
    let count = |parting: &char| {
        text.lines().take(20).map(|line| line.matches(*parting).count()).sum::<usize>()
    };
    // Of equals the last one is taken: a comma is what it is unless there are more of the others.
    ['\t', ';', ','].into_iter().max_by_key(count).unwrap_or(',')
}
