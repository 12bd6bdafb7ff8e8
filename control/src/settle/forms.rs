//! A settlement for spreadsheets, for printers, and for whoever pays.

mod book;
mod page;

pub use book::{XLSX, xlsx};
pub use page::html;

use super::Settlement;

/// One line of a form: what it is for, how many units at which price, and what it comes to.
struct Row {
    what: String,
    version: String,
    prefix: String,
    units: Option<i64>,
    price_micros: Option<i64>,
    amount_micros: i64,
}

/// Every line, each in the order in which it is due: prices, volume, bookings, fees.
fn rows(told: &Settlement) -> Vec<Row> {
    let lines = told.lines.iter().map(|line| {
        let since = line.since.as_ref().map(|since| format!(" since {since}")).unwrap_or_default();
        Row {
            what: line.tariff.clone(),
            version: format!("{}{since}", line.tariff_version),
            prefix: if line.prefix.is_empty() { "*".to_owned() } else { line.prefix.clone() },
            units: Some(line.units),
            price_micros: Some(line.price_micros),
            amount_micros: line.charge_micros,
        }
    });
    let beside = |what: String, amount_micros: i64| Row {
        what,
        version: String::new(),
        prefix: String::new(),
        units: None,
        price_micros: None,
        amount_micros,
    };
    let extras = told.extras.iter();
    let extras = extras.map(|one| beside(format!("{}: {}", one.kind, one.what), one.amount_micros));
    let fee = (told.monthly_fee_micros != 0)
        .then(|| beside("monthly fees".to_owned(), told.monthly_fee_micros));
    lines.chain(extras).chain(fee).collect()
}

/// The lines as CSV (RFC 4180). What is beside the prices has its name instead of a tariff.
pub fn csv(told: &Settlement) -> String {
    let mut text =
        "carrier,from,to,tariff,tariff_version,prefix,price_micros,units,charge_micros,currency\r\n"
            .to_owned();
    let (period, currency) = (&told.period, &told.currency);
    for line in &told.lines {
        text.push_str(&format!(
            "{},{},{},{},{},{},{},{},{},{currency}\r\n",
            told.carrier,
            period.from,
            period.to,
            line.tariff,
            line.tariff_version,
            line.prefix,
            line.price_micros,
            line.units,
            line.charge_micros,
        ));
    }
    for row in rows(told).into_iter().filter(|row| row.units.is_none()) {
        text.push_str(&format!(
            "{},{},{},{},,,,,{},{currency}\r\n",
            told.carrier,
            period.from,
            period.to,
            quoted(&row.what),
            row.amount_micros,
        ));
    }
    text
}

/// A field that may hold anything. One that a spreadsheet would calculate stays a text.
fn quoted(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@']);
    let text = if begins { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests;
