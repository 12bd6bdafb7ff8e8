use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn leading_zeros_are_digits() {
    assert_ne!(number("0123"), number("123"));
    assert_eq!(number("0123").to_string(), "0123");
    assert_eq!(number("0").len(), 1);
}

#[test]
fn bounds_are_kept() {
    assert_eq!(Number::parse(b""), Err(NumberError::Empty));
    assert_eq!(Number::parse(b"12a"), Err(NumberError::NotADigit));
    assert!(Number::parse(&[b'9'; 18]).is_ok());
    assert_eq!(Number::parse(&[b'9'; 19]), Err(NumberError::TooLong));
    for bad in [0, 1, 9, 20, 99, 200, u64::MAX] {
        assert_eq!(Number::from_packed(bad), None, "{bad}");
    }
}

#[test]
fn plus_and_double_zero_follow_the_type_of_number() {
    assert_eq!(Number::normalise(1, b"+4912"), Ok(number("4912")));
    assert_eq!(Number::normalise(1, b"004912"), Ok(number("4912")));
    assert_eq!(Number::normalise(0, b"004912"), Ok(number("004912")));
    assert_eq!(Number::normalise(0, b"+4912"), Ok(number("4912")));
    assert_eq!(Number::normalise(1, b"00"), Ok(number("00")));
}

proptest! {
    #[test]
    fn text_packed_and_prefix_agree(text in "[0-9]{1,18}", len in 0usize..20) {
        let number = number(&text);
        prop_assert_eq!(number.to_string(), &text[..]);
        prop_assert_eq!(Number::from_packed(number.packed()), Some(number));
        let expected = text.get(..len.min(text.len())).and_then(|t| t.parse().ok());
        prop_assert_eq!(number.prefix(len), expected);
    }
}

#[test]
fn digits_are_counted_at_all_ends() {
    assert_eq!(digits_of(0), 0);
    for bits in 0..63 {
        for packed in [1u64 << bits, (1 << bits) + 1, (1 << bits | 1) - 1, (2 << bits) - 1] {
            assert_eq!(digits_of(packed), packed.max(1).ilog10() as usize, "{packed}");
        }
    }
    for power in &POWERS[..19] {
        for packed in [power - 1, *power, power + 1] {
            assert_eq!(digits_of(packed), packed.max(1).ilog10() as usize, "{packed}");
        }
    }
    for packed in [u64::MAX, 1 << 63, POWERS[19], 2 * POWERS[18], 0, 9] {
        assert_eq!(Number::from_packed(packed), None, "{packed}");
    }
}
