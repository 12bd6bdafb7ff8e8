use rust_xlsxwriter::Workbook;

use super::*;

fn read_csv(text: &str, map: &str) -> Outcome<Sheet> {
    read(text.as_bytes(), "rates.csv", &Columns::parse(map).unwrap())
}

fn prices(sheet: &Sheet) -> Vec<(&str, i64)> {
    sheet.prices.iter().map(|(key, micros)| (key.as_str(), *micros)).collect()
}

#[test]
fn a_carriers_sheet_is_read_whatever_stands_above_its_table() {
    let text = "ACME Ltd;;;\r\nvalid from 1 December;;;\r\n\r\nCountry;Code;Rate;Note\r\n\
                Germany;\"49151; 49160\";0.0655;\"mobile; \"\"D1\"\"\"\r\n;;;\r\n\
                all others;*;0.1;\r\n\
                Iraq;+964;€ 0.02;\r\n";
    let sheet = read_csv(text, "prefix=code,price=Rate").unwrap();
    assert_eq!(sheet.rows, 3);
    assert_eq!(
        prices(&sheet),
        [("", 100_000), ("49151", 65_500), ("49160", 65_500), ("964", 20_000)]
    );
    let text = "prefix,price,origin,when\n222,0.02,,\n222,0.015,49,\n222,0.01,49,sat-sun\n";
    let sheet = read_csv(text, "sender=origin,hours=when").unwrap();
    let expected =
        [("222", 20_000), ("222 from 49", 15_000), ("222 from 49 sat-sun 00:00-24:00", 10_000)];
    assert_eq!(prices(&sheet), expected);
}

#[test]
fn all_that_is_wrong_is_told_with_its_line() {
    let text = "Code,Rate\n1,0.01\nx,0.01\n2,\n1,0.02\n3,0.0000001\n,5\n4,-1\n";
    let fault = read_csv(text, "prefix=Code,price=Rate").unwrap_err();
    let expected = [
        "rates.csv line 3: prefix 'x' is not made of 1 to 18 digits",
        "rates.csv line 4: price '': a price is a decimal number such as 0.01",
        "rates.csv line 5: '1' has another price, 0.010000, on line 2",
        "rates.csv line 6: price '0.0000001': a price has at most six decimals",
        "rates.csv line 7: there is no prefix",
        "rates.csv line 8: price '-1': a price is a decimal number such as 0.01",
    ];
    assert_eq!(fault.error.lines().collect::<Vec<_>>(), expected);
    for (text, error) in [
        ("Code,Price\n1,2\n", "rates.csv: no row has the columns Code and Rate"),
        ("Code,Rate\n", "rates.csv: there is no price in it"),
        ("Code,Rate\n1,\"2\n", "rates.csv line 2: a quote is not closed"),
    ] {
        assert_eq!(read_csv(text, "prefix=Code,price=Rate").unwrap_err().error, error);
    }
    assert!(Columns::parse("colour=red").is_err());
}

#[test]
fn a_workbook_says_what_a_sheet_of_commas_does() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(3, 1, "Code").unwrap().write(3, 2, "Rate").unwrap();
    for (row, (code, rate)) in (4..).zip([("49151", 0.0655), ("964", 0.02), ("1", 0.1 + 0.2)]) {
        sheet.write(row, 1, code).unwrap().write(row, 2, rate).unwrap();
    }
    // A code that a spreadsheet took for a number.
    sheet.write(7, 1, 8_801.0).unwrap().write(7, 2, 0.5).unwrap();
    let octets = book.save_to_buffer().unwrap();
    let columns = Columns::parse("prefix=Code,price=Rate").unwrap();
    let read = read(&octets, "rates.xlsx", &columns).unwrap();
    assert_eq!(
        prices(&read),
        [("1", 300_000), ("49151", 65_500), ("8801", 500_000), ("964", 20_000)]
    );
    let error = super::read(&octets[..octets.len() / 2], "rates.xlsx", &columns).unwrap_err().error;
    assert!(error.starts_with("rates.xlsx: "), "{error}");
}

#[test]
fn what_rises_and_what_falls_is_counted_before_a_commit() {
    let map = |prices: &[(&str, i64)]| {
        prices.iter().map(|(key, micros)| ((*key).to_owned(), *micros)).collect::<BTreeMap<_, _>>()
    };
    let old = map(&[("", 5), ("1", 10), ("2", 20), ("3", 30), ("4", 40)]);
    let new = map(&[("", 5), ("1", 15), ("2", 40), ("3", 29), ("5", 1)]);
    let moves = moves(&old, &new);
    assert_eq!([moves.rise, moves.fall, moves.new, moves.gone, moves.same], [2, 1, 1, 1, 1]);
    let order: Vec<&str> = moves.largest.iter().map(|one| one.price.as_str()).collect();
    assert_eq!(order, ["2", "1", "3", "4", "5"]);
    assert_eq!(moves.largest[0].new.as_deref(), Some("0.000040"));
}
