use proptest::prelude::*;

use super::*;

const NOW_MS: u64 = 1_795_000_000_000;

fn text(spelling: Spelling, id: MessageId) -> String {
    String::from_utf8(spelling.write(id).as_bytes().to_vec()).unwrap()
}

#[test]
fn each_form_has_its_spelling_and_3_3_has_eight_octets() {
    use {IdForm::*, Place::*};
    let table = [
        (Auto, Spelling::Own, Spelling::Own),
        (Text, Spelling::Own, Spelling::Own),
        (Hex, Spelling::Hex, Spelling::Hex),
        (Decimal, Spelling::Decimal, Spelling::Decimal),
        (HexThenDecimal, Spelling::Hex, Spelling::Decimal),
        (Short, Spelling::Short, Spelling::Short),
    ];
    for (form, answer, receipt) in table {
        for version in [Version::V34, Version::V50] {
            assert_eq!(Spelling::of(form, version, Answer), answer, "{form:?}");
            assert_eq!(Spelling::of(form, version, Receipt), receipt, "{form:?}");
        }
        for place in [Answer, Receipt] {
            assert_eq!(Spelling::of(form, Version::V33, place), Spelling::Short, "{form:?}");
        }
    }
}

#[test]
fn an_id_is_written_in_four_ways() {
    let id = MessageId::new(NOW_MS, 1, 2, 3);
    assert_eq!(text(Spelling::Own, id), id.to_string());
    assert_eq!(text(Spelling::Hex, id), format!("{:016X}", number(id)));
    assert_eq!(text(Spelling::Decimal, id), number(id).to_string());
    assert_eq!(text(Spelling::Decimal, id).len(), 19);
    assert!(i64::try_from(number(id)).is_ok());
    assert_eq!(text(Spelling::Short, id).len(), 8);
}

#[test]
fn what_we_never_wrote_means_nothing() {
    for form in [IdForm::Auto, IdForm::Hex, IdForm::Decimal, IdForm::HexThenDecimal] {
        for name in ["", "no", "ILOU0000", "99999999999999999999999", "x".repeat(64).as_str()] {
            assert_eq!(Meant::read(name.as_bytes(), form, NOW_MS * 1_000_000), None, "{name}");
        }
    }
}

#[test]
fn sms_of_one_millisecond_have_their_own_names() {
    let names = |spelling: Spelling| {
        let ids = (0..4).flat_map(|shard| {
            (0..128).map(move |counter| MessageId::new(NOW_MS, 1, shard, counter))
        });
        let names: std::collections::BTreeSet<_> = ids.map(|id| text(spelling, id)).collect();
        names.len()
    };
    for spelling in [Spelling::Own, Spelling::Hex, Spelling::Decimal, Spelling::Short] {
        assert_eq!(names(spelling), 512, "{spelling:?}");
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        age_ms in 0..12 * 86_400_000_u64,
        node in 0..=255_u8,
        shard in 0..=255_u8,
        counter in 0..1000_u32,
        lower: bool,
    ) {
        let id = MessageId::new(NOW_MS - age_ms, node, shard, counter);
        let table = [
            (IdForm::Auto, Spelling::Own),
            (IdForm::Auto, Spelling::Short),
            (IdForm::Hex, Spelling::Hex),
            (IdForm::Decimal, Spelling::Decimal),
            (IdForm::HexThenDecimal, Spelling::Hex),
            (IdForm::HexThenDecimal, Spelling::Decimal),
            (IdForm::Decimal, Spelling::Short),
        ];
        for (form, spelling) in table {
            let mut name = text(spelling, id);
            if lower {
                name.make_ascii_lowercase();
            }
            let meant = Meant::read(name.as_bytes(), form, NOW_MS * 1_000_000).unwrap();
            prop_assert!(meant.is(id), "{form:?} {name}");
            let other = MessageId::new(NOW_MS - age_ms + 1, node, shard, counter);
            prop_assert!(!meant.is(other));
        }
    }

    #[test]
    fn no_name_makes_us_panic(name in proptest::collection::vec(any::<u8>(), 0..70), ns: u64) {
        for form in [IdForm::Auto, IdForm::Hex, IdForm::Decimal, IdForm::HexThenDecimal] {
            let _ = Meant::read(&name, form, ns);
        }
    }
}
