use super::*;

#[test]
fn the_file_is_read_as_it_was_written_or_not_at_all() {
    let all = [
        Paid { environment: 1, carrier: 7, micros: 100_000_000 },
        Paid { environment: 2, carrier: 8, micros: -5 },
    ];
    let text: String = all.iter().map(|paid| format!("{paid}\n")).collect();
    assert_eq!(text, "1 7 100000000\n2 8 -5\n");
    assert_eq!(Paid::parse_all(&text).as_deref(), Ok(&all[..]));
    assert_eq!(Paid::parse_all(""), Ok(Vec::new()));
    for (text, line) in [("1 7", 1), ("1 7 5\n\n", 2), ("1 7 5 9", 1), ("1 7 5.0", 1), ("a b c", 1)]
    {
        assert_eq!(Paid::parse_all(text), Err(PaidError { line }), "{text}");
    }
}
