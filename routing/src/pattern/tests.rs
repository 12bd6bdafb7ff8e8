use proptest::prelude::*;

use super::*;

/// LIKE so naive that it is obviously right.
fn naive(pattern: &[u8], digits: &[u8]) -> bool {
    match pattern.split_first() {
        None => digits.is_empty(),
        Some((b'%', rest)) => (0..=digits.len()).any(|taken| naive(rest, &digits[taken..])),
        Some((b'_', rest)) => !digits.is_empty() && naive(rest, &digits[1..]),
        Some((literal, rest)) => digits.first() == Some(literal) && naive(rest, &digits[1..]),
    }
}

#[test]
fn the_operators_examples() {
    let table = [
        ("222%", "222", true),
        ("222%", "2222", true),
        ("222%", "2221234", true),
        ("222%", "1222", false),
        ("222%", "22", false),
        ("222_", "2223", true),
        ("222_", "222", false),
        ("222_", "22234", false),
        ("%222", "1222", true),
        ("%222", "222", true),
        ("%222", "2223", false),
        ("22%99", "2299", true),
        ("22%99", "22123499", true),
        ("22%99", "229", false),
        ("%", "1", true),
    ];
    for (pattern, digits, expected) in table {
        let matched = Pattern::parse(pattern).unwrap().matches(digits.as_bytes());
        assert_eq!(matched, expected, "{pattern} on {digits}");
    }
}

#[test]
fn prefixes_are_told_from_the_rest() {
    let prefix = |text: &str| Pattern::parse(text).unwrap().as_prefix();
    assert_eq!(prefix("222%"), Some("222".parse().ok()));
    assert_eq!(prefix("%"), Some(None));
    for other in ["222", "222_", "%222", "2%2%", "2_2%"] {
        assert_eq!(prefix(other), None, "{other}");
    }
}

#[test]
fn errors_name_the_place() {
    assert_eq!(Pattern::parse(""), Err(PatternError::Empty));
    assert_eq!(Pattern::parse("22*"), Err(PatternError::Foreign('*', 2)));
    assert_eq!(Pattern::parse(&"1".repeat(37)), Err(PatternError::TooLong));
}

proptest! {
    #[test]
    fn like_equals_the_naive_scan(pattern in "[012_%]{1,7}", digits in "[012]{1,8}") {
        let fast = Pattern::parse(&pattern).unwrap().matches(digits.as_bytes());
        prop_assert_eq!(fast, naive(pattern.as_bytes(), digits.as_bytes()));
    }
}
