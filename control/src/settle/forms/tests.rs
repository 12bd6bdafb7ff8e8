use calamine::{Data, Reader, Xlsx};

use super::*;
use crate::settle::Extra;

fn told() -> Settlement {
    let mut told: Settlement = serde_json::from_str(include_str!("../expected.json")).unwrap();
    told.carrier = "<b>TATA".to_owned();
    let extra = |kind: &str, what: &str, amount_micros| Extra {
        kind: kind.to_owned(),
        what: what.to_owned(),
        amount_micros,
    };
    told.extras = vec![
        extra("tiers", "2024-01: volume of '1'", -2_000_000),
        extra("adjustment", "a \"b\", c", 5),
    ];
    told.monthly_fee_micros = 50_000_000;
    told
}

#[test]
fn a_page_says_it_all_and_names_are_no_markup() {
    let page = html(&told());
    for said in [
        "<h1>Settlement with &lt;b&gt;TATA</h1>",
        "<th scope=\"row\">refused, not charged</th><td class=\"number\">25</td>",
        "<td>1</td><td class=\"number\">600</td><td class=\"number\">0.010000</td>\
         <td class=\"number\">6.00 USD</td>",
        "<td class=\"number\">-2.00 USD</td>",
        "<td>monthly fees</td>",
        "<td class=\"number\">10.00 USD</td></tr></tfoot>",
        "Not closed",
    ] {
        assert!(page.contains(said), "{said} is not in {page}");
    }
    assert!(!page.contains("<script") && !page.contains("http"));
}

#[test]
fn a_sheet_of_commas_quotes_what_may_hold_some() {
    let text = csv(&told());
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert!(lines[1].ends_with(",1,10000,600,6000000,USD"), "{}", lines[1]);
    assert!(lines.contains(
        &"<b>TATA,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z,\"adjustment: a \"\"b\"\", c\",\
           ,,,,5,USD"
    ));
    assert_eq!(quoted("=1+1"), "'=1+1");
}

#[test]
fn a_workbook_reads_back_and_is_the_same_when_asked_again() {
    let book = xlsx(&told()).unwrap();
    assert!(book == xlsx(&told()).unwrap(), "asked again");
    let mut read: Xlsx<_> = Xlsx::new(std::io::Cursor::new(book)).unwrap();
    let sheet = read.worksheet_range("Settlement").unwrap();
    let texts: Vec<String> = sheet
        .rows()
        .map(|row| row.iter().map(Data::to_string).collect::<Vec<_>>().join("|"))
        .collect();
    assert!(
        texts.iter().any(|row| row.starts_with("TATA-in|7|1|600|0.01|6|USD|6000000")),
        "{texts:#?}"
    );
    assert!(texts.iter().any(|row| row.contains("Due") && row.contains("10.00 USD")), "{texts:#?}");
}
