//! An invoice as a page that can be printed: without a script, a picture or a letter of others.

use maud::{DOCTYPE, Markup, PreEscaped};

use super::super::Settlement;
use super::{Row, rows};
use crate::money;

/// The page.
pub fn html(told: &Settlement) -> String {
    let Settlement { carrier, period, currency, .. } = told;
    let counts = [
        ("SMS received", told.messages_received),
        ("accepted", told.messages_accepted),
        ("delivered", told.messages_delivered),
        ("not delivered", told.messages_undelivered),
        ("expired", told.messages_expired),
        ("refused, not charged", told.messages_rejected),
    ];
    let page: Markup = maud::html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Settlement " (carrier) " " (period.from) " to " (period.to) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Settlement with " (carrier) }
                p {
                    "SMS received from " (period.from) " up to, and not with, " (period.to)
                    @if let Some(zone) = &period.zone { " (" (zone) ")" }
                    ", charged when " (told.charge_on) "."
                }
                table.counts {
                    tbody {
                        @for (what, count) in counts {
                            tr { th scope="row" { (what) } td.number { (count) } }
                        }
                        @if told.refunded_units != 0 {
                            tr { th scope="row" { "units given back" }
                                td.number { (told.refunded_units) } }
                        }
                    }
                }
                table {
                    thead {
                        tr {
                            @for head in ["For", "Version", "Prefix", "Units", "Price", "Amount"] {
                                th scope="col" { (head) }
                            }
                        }
                    }
                    tbody { @for row in rows(told) { (line(&row, currency)) } }
                    tfoot { tr { th colspan="5" scope="row" { "Due" } td.number { (told.due) } } }
                }
                p {
                    @if let Some(seal) = &told.closed {
                        "Closed " (seal.at) " by " (seal.by) "."
                    } @else {
                        "Not closed: what is still to come may change it."
                    }
                }
            }
        }
    };
    page.into_string()
}

fn line(row: &Row, currency: &str) -> Markup {
    maud::html! {
        tr {
            td { (row.what) }
            td { (row.version) }
            td { (row.prefix) }
            td.number { @if let Some(units) = row.units { (units) } }
            td.number { @if let Some(micros) = row.price_micros { (money::price(micros)) } }
            td.number { (money::amount(row.amount_micros)) " " (currency) }
        }
    }
}

const STYLE: &str = "body{font:11pt/1.4 sans-serif;margin:2cm;color:#000;background:#fff}\
h1{font-size:16pt}table{border-collapse:collapse;margin:1em 0;width:100%}\
table.counts{width:auto}td,th{border-bottom:1px solid #999;padding:.2em 1em .2em 0;\
text-align:left;font-weight:normal}thead th,tfoot th,tfoot td{font-weight:bold}\
td.number{text-align:right;font-variant-numeric:tabular-nums}\
@media print{body{margin:0}thead{display:table-header-group}tr{break-inside:avoid}}";
