use super::*;

const KEY: ConnectionKey = (1, 2);

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

#[test]
fn a_name_is_found_however_carelessly_it_is_written() {
    let mut names = Names::default();
    names.named(KEY, IdForm::Auto, b"00AbC1", id(1));
    for written in [&b"abc1"[..], b"ABC1", b"0000000abc1", b"00AbC1", b" abc1 "] {
        assert_eq!(names.meant(KEY, IdForm::Auto, written, |_| false), Some(id(1)));
    }
    let other = names.meant((1, 3), IdForm::Auto, b"abc1", |_| true);
    assert_eq!(other, None, "another connection's names are its own");
    names.forget_name(KEY, IdForm::Auto, b"abc1");
    assert_eq!(names.meant(KEY, IdForm::Auto, b"00AbC1", |_| true), None);
}

/// Form, name in the answer, name in the receipt, found?
const DIALECTS: [(IdForm, &str, &str, bool); 22] = [
    (IdForm::Auto, "B5C4D1F0", "b5c4d1f0", true),
    (IdForm::Auto, "B5C4D1F0", "3049574896", true),
    (IdForm::Auto, "00B5C4D1F0", "3049574896", true),
    (IdForm::Auto, "3049574896", "b5c4d1f0", true),
    (IdForm::Auto, "3049574896", "0003049574896", true),
    (
        IdForm::Auto,
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "0F8FAD5B-D9CB-469F-A165-70867728950E",
        true,
    ),
    (IdForm::Auto, "362d9701 2", "362D9701 2", true),
    (IdForm::Text, "00AbC1", "00AbC1", true),
    (IdForm::Text, "00AbC1", "AbC1", false),
    (IdForm::Text, "00AbC1", "00abc1", false),
    (IdForm::Hex, "0AbC1", "abc1", true),
    (IdForm::Hex, "10", "16", false),
    (IdForm::Decimal, "0016", "16", true),
    (IdForm::Decimal, "16", "10", false),
    (IdForm::HexThenDecimal, "10", "16", true),
    (IdForm::HexThenDecimal, "0010", "0016", true),
    (IdForm::HexThenDecimal, "16", "16", false),
    (IdForm::HexThenDecimal, "FFFFFFFFFFFFFFFF", "18446744073709551615", true),
    (IdForm::Short, "1A2B3C4D", "1a2b3c4d", true),
    (IdForm::Short, "00001A2B", "1A2B", true),
    (IdForm::Short, "1A2B3C4D5E", "1A2B3C4D", true),
    (IdForm::Short, "1A2B3C4D", "439041101", false),
];

#[test]
fn d25_every_dialect_of_ids_is_understood() {
    for (form, answer, receipt, is_found) in DIALECTS {
        let mut names = Names::default();
        names.named(KEY, form, answer.as_bytes(), id(1));
        let found = names.meant(KEY, form, receipt.as_bytes(), |_| true);
        assert_eq!(found.is_some(), is_found, "{form:?} {answer} {receipt}");
        let fits = plain(form, receipt.as_bytes());
        let names = Names::default();
        let mut early = names.receipts_of(KEY, form, answer.as_bytes());
        let found = early.any(|(_, hash)| hash == fits);
        assert_eq!(found, is_found, "early: {form:?} {answer} {receipt}");
    }
}

#[test]
fn d25_the_first_receipt_teaches_how_a_peer_writes() {
    let mut names = Names::default();
    for (number, name) in [(1, &b"10"[..]), (2, b"16"), (3, b"22")] {
        names.named(KEY, IdForm::Auto, name, id(number));
    }
    let meant = |names: &mut Names, name: &[u8], called: bool| {
        names.meant(KEY, IdForm::Auto, name, |_| called).map(MessageId::bits)
    };
    assert_eq!(meant(&mut names, b"34", false), None, "0x22, but not from whom it was for");
    assert_eq!(meant(&mut names, b"34", true), Some(3));
    assert_eq!(meant(&mut names, b"16", true), Some(1), "it speaks decimal: 0x10");
    let mut names = Names::default();
    names.named(KEY, IdForm::Auto, b"10", id(1));
    assert_eq!(meant(&mut names, b"10", true), Some(1));
    assert_eq!(meant(&mut names, b"16", true), None, "it says the same: 16 is somebody else");
}
