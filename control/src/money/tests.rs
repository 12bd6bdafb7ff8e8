use super::*;

#[test]
fn decimals_become_micros_without_a_float() {
    for (text, expected) in [
        ("0.01", Ok(10_000)),
        ("0", Ok(0)),
        (".5", Ok(500_000)),
        ("7.", Ok(7_000_000)),
        ("0.000001", Ok(1)),
        ("9223372036854.775807", Ok(i64::MAX)),
        ("9223372036854.775808", Err(PriceError::TooLarge)),
        ("0.0000001", Err(PriceError::TooFine)),
        ("-1", Err(PriceError::NotADecimal)),
        ("1e3", Err(PriceError::NotADecimal)),
        ("1.2.3", Err(PriceError::NotADecimal)),
        ("", Err(PriceError::NotADecimal)),
        (".", Err(PriceError::NotADecimal)),
    ] {
        assert_eq!(parse_micros(text), expected, "{text}");
    }
}

#[test]
fn amounts_show_cents_and_never_hide_a_micro() {
    for (micros, expected) in [
        (10_000_000, "10.00"),
        (9_900_000, "9.90"),
        (0, "0.00"),
        (15_000, "0.015"),
        (1, "0.000001"),
        (-10_000, "-0.01"),
        (i64::MIN, "-9223372036854.775808"),
    ] {
        assert_eq!(amount(micros), expected);
    }
    assert_eq!(price(10_000), "0.010000");
}
