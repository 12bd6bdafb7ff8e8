use super::*;

#[test]
fn ranges_are_read_and_refused() {
    let numbers = Numbers::parse("391000000-391009999").unwrap();
    assert_eq!((numbers.count(), numbers.to_string().as_str()), (10_000, "391000000-391009999"));
    assert_eq!(Numbers::parse("0012").unwrap().count(), 1);
    for text in ["", "-", "12-", "1-22", "22-21", "a-b", "1234567890123456", "1 - 2", "+39-+40"] {
        assert!(Numbers::parse(text).is_err(), "{text}");
    }
    assert!(Numbers::parse("00000000-99999999").unwrap_err().contains("make several"));
}

#[test]
fn a_range_knows_its_numbers() {
    let numbers = Numbers::parse("391000000-391009999").unwrap();
    for (number, has, begins) in [
        ("391000000", true, true),
        ("391009999", true, true),
        ("391010000", false, false),
        ("39100", false, true),
        ("3910000000", false, true),
        ("392000000", false, false),
    ] {
        assert_eq!((numbers.has(number), numbers.begins(number)), (has, begins), "{number}");
    }
    assert_eq!(numbers.after(Some("391009997")).collect::<Vec<_>>(), ["391009998", "391009999"]);
    assert_eq!(Numbers::parse("08-11").unwrap().after(None).count(), 4);
    assert_eq!(Numbers::parse("08-11").unwrap().after(Some("08")).next().unwrap(), "09");
}

#[test]
fn ranges_may_not_meet() {
    let range = |text| Numbers::parse(text).unwrap();
    assert!(range("10-19").meets(&range("19-25")));
    assert!(!range("10-19").meets(&range("20-25")));
    assert!(!range("10-19").meets(&range("010-019")));
}
