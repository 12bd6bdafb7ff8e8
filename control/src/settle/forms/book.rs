//! A settlement as a workbook (XLSX).

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use super::super::Settlement;
use super::rows;
use crate::fault::{Fault, Outcome};
use crate::money;

/// The media type of a workbook.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The workbook: asked again, octet for octet the same.
pub fn xlsx(told: &Settlement) -> Outcome<Vec<u8>> {
    written(told).map_err(|error| Fault::failed(format!("the workbook: {error}")))
}

fn written(told: &Settlement) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // Not when it was asked: the same settlement is the same file.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    let title = format!("Settlement {} {}", told.carrier, told.period.from);
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    sheet.set_name("Settlement")?;
    let (bold, price, amount) = (
        Format::new().set_bold(),
        Format::new().set_num_format("0.000000"),
        Format::new().set_num_format("#,##0.00####"),
    );
    let head = [
        ("Carrier", told.carrier.as_str()),
        ("From", told.period.from.as_str()),
        ("To, not included", told.period.to.as_str()),
        ("Zone", told.period.zone.as_deref().unwrap_or("UTC")),
        ("Charged when", told.charge_on.as_str()),
    ];
    let mut at = 0;
    for (what, value) in head {
        sheet.write_with_format(at, 0, what, &bold)?.write(at, 1, value)?;
        at += 1;
    }
    let counts = [
        ("SMS received", told.messages_received),
        ("Accepted", told.messages_accepted),
        ("Delivered", told.messages_delivered),
        ("Not delivered", told.messages_undelivered),
        ("Expired", told.messages_expired),
        ("Refused", told.messages_rejected),
    ];
    for (what, count) in counts {
        sheet.write_with_format(at, 0, what, &bold)?.write(at, 1, count as f64)?;
        at += 1;
    }
    if told.refunded_units != 0 {
        sheet.write_with_format(at, 0, "Units given back", &bold)?;
        sheet.write(at, 1, told.refunded_units as f64)?;
        at += 1;
    }
    at += 1;
    let titles = ["For", "Version", "Prefix", "Units", "Price", "Amount", "Currency", "Micros"];
    for (column, title) in (0..).zip(titles) {
        sheet.write_with_format(at, column, title, &bold)?;
    }
    for row in rows(told) {
        at += 1;
        sheet.write(at, 0, row.what)?.write(at, 1, row.version)?.write(at, 2, row.prefix)?;
        if let Some(units) = row.units {
            sheet.write(at, 3, units as f64)?;
        }
        if let Some(micros) = row.price_micros {
            sheet.write_with_format(at, 4, decimal(micros), &price)?;
        }
        sheet.write_with_format(at, 5, decimal(row.amount_micros), &amount)?;
        // Numbers of a sheet have 53 bits; this is the amount to the last unit.
        sheet.write(at, 6, &told.currency)?.write(at, 7, row.amount_micros.to_string())?;
    }
    at += 2;
    sheet.write_with_format(at, 0, "Due", &bold)?.write_with_format(at, 5, &told.due, &bold)?;
    sheet.set_column_width(0, 32)?.set_column_width(1, 28)?.set_column_width(5, 16)?;
    book.save_to_buffer()
}

/// For sums that a sheet makes of it; what is due is written as text.
fn decimal(micros: i64) -> f64 {
    money::price(micros).parse().unwrap_or_default()
}
