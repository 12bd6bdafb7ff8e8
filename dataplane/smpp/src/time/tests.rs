use proptest::prelude::*;

use super::*;

#[test]
fn times_mean_what_the_standard_says() {
    let relative = |days: u64, clock: u64| Duration::from_secs(days * 86_400 + clock);
    let cases = [
        // 2 years, 6 months, 10 days, 23:34:29 (5.0 §4.7.23.5).
        (b"020610233429000R", relative(730 + 180 + 10, 84_869)),
        (b"000000010000000R", relative(0, 3_600)),
        (b"000000000000500R", Duration::from_millis(500)),
        (b"000007000000000R", relative(7, 0)),
    ];
    for (text, expected) in cases {
        assert_eq!(Validity::parse(text), Ok(Some(Validity::Relative(expected))));
    }
    let absolute = [
        (b"240115103000000+", 1_705_314_600),
        // 10:30 one hour east of UTC is 09:30 UTC.
        (b"240115103000004+", 1_705_311_000),
        (b"240115103000020-", 1_705_332_600),
        (b"000101000000000+", 946_684_800),
        (b"240229235959000+", 1_709_251_199),
        (b"991231235959048+", 4_102_444_799 - 43_200),
    ];
    for (text, expected) in absolute {
        assert_eq!(Validity::parse(text), Ok(Some(Validity::Absolute(expected))));
    }
    assert_eq!(Validity::parse(b""), Ok(None));
}

#[test]
fn what_is_no_time_is_refused() {
    let cases: [&[u8]; 12] = [
        b"1",
        b"24011510300000+",
        b"2401151030000000+",
        b"240115103000000*",
        b"240115103000049+",
        b"241315103000000+",
        b"240230103000000+",
        b"230229103000000+",
        b"240100103000000+",
        b"240115243000000+",
        b"24011510300a000+",
        b"240115103000x00+",
    ];
    for text in cases {
        assert_eq!(Validity::parse(text), Err(TimeError), "{}", text.escape_ascii());
    }
}

#[test]
fn dates_are_written_in_utc() {
    assert_eq!(&format_absolute(1_705_314_600), b"240115103000000+");
    assert_eq!(&format_minutes(1_705_314_600), b"2401151030");
    assert_eq!(&format_minutes(0), b"7001010000");
    assert_eq!(Validity::Relative(Duration::from_secs(3_600)).format(), *b"000000010000000R");
    assert_eq!(Validity::Relative(Duration::MAX).format(), *b"991229235959000R");
    assert_eq!(Validity::Relative(Duration::from_secs(60)).at(100), 160);
    assert_eq!(Validity::Relative(Duration::MAX).at(100), i64::MAX);
    assert_eq!(Validity::Absolute(7).at(100), 7);
}

#[test]
fn receipt_dates_come_in_four_lengths() {
    let cases: [(&[u8], Option<i64>); 8] = [
        (b"2401151030", Some(1_705_314_600)),
        (b"240115103042", Some(1_705_314_642)),
        (b"202401151030", Some(1_705_314_600)),
        (b"20240115103042", Some(1_705_314_642)),
        (b"0000000000", None),
        (b"24011510", None),
        (b"2401151o30", None),
        (b"", None),
    ];
    for (digits, expected) in cases {
        assert_eq!(parse_receipt_date(digits), expected, "{}", digits.escape_ascii());
    }
}

/// Days counted one by one, as a child would.
#[test]
fn the_calendar_agrees_with_counting() {
    let (mut year, mut month, mut day) = (1970, 1, 1);
    for unix in (0..i64::from(u32::MAX)).step_by(86_400) {
        let civil = Civil { year, month, day, hour: 0, minute: 0, second: 0 };
        assert_eq!(Civil::of(unix), civil);
        assert_eq!(civil.unix(), Some(unix));
        day += 1;
        if (Civil { day, ..civil }).unix().is_none() {
            (day, month) = (1, month + 1);
        }
        if month > 12 {
            (month, year) = (1, year + 1);
        }
    }
    assert_eq!((year, month), (2106, 2));
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(
        unix in 946_684_800..4_102_444_800_i64, seconds in 0..(100 * 365 * 86_400_u64),
    ) {
        for validity in [
            Validity::Absolute(unix),
            Validity::Relative(Duration::from_secs(seconds)),
        ] {
            prop_assert_eq!(Validity::parse(&validity.format()), Ok(Some(validity)));
        }
    }

    #[test]
    fn any_octets_are_a_time_or_not(
        octets in proptest::collection::vec(any::<u8>(), 0..20), unix in any::<i32>(),
    ) {
        let _ = (Validity::parse(&octets), parse_receipt_date(&octets));
        let _ = format_absolute(i64::from(unix));
    }
}
