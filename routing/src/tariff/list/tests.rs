use rkyv::rancor::Error;

use super::*;

fn list() -> PriceList {
    let number = |digits: &[u8]| Number::parse(digits).map_or(0, Number::packed);
    let rate = |digits: &[u8], price_micros| Rate { prefix: number(digits), price_micros };
    let rates = vec![rate(b"1", 10), rate(b"2", i64::MAX)];
    let special = |sender: &[u8]| Special { sender: number(sender), ..Special::default() };
    let specials = vec![(number(b"1"), special(b"49")), (number(b"12"), special(b"48"))];
    PriceList::with_specials(0, rates, specials)
}

fn is_sound(list: &PriceList) -> bool {
    let octets = rkyv::to_bytes::<Error>(list).unwrap();
    rkyv::access::<ArchivedPriceList, Error>(&octets).unwrap().is_sound()
}

#[test]
fn what_is_said_is_read_again() {
    for said in [
        Said::Price { digits: 0, micros: 0 },
        Said::Price { digits: 18, micros: DEAR - 1 },
        Said::Dear { digits: 0, at: 0 },
        Said::Dear { digits: 18, at: DEAR - 1 },
        Said::Group(0),
        Said::Group(DEAR - 1),
        Said::Group(DEAR),
    ] {
        assert!(said.value() < NONE, "{said:?}");
        assert_eq!(Said::of(said.value()), said);
    }
}

#[test]
fn what_leads_astray_is_not_sound() {
    assert!(is_sound(&list()));
    type Spoil = fn(&mut PriceList);
    let spoilt: [(&str, Spoil); 6] = [
        ("a price that stands nowhere", |list| list.dear.clear()),
        ("a group that is not there", |list| list.groups.truncate(1)),
        ("a group around itself", |list| list.groups[0].otherwise = Said::Group(0).value()),
        ("a group around one that comes later", |list| {
            list.groups[0].otherwise = Said::Group(1).value();
        }),
        ("a prefix too long", |list| {
            list.groups[0].otherwise = Said::Price { digits: 19, micros: 0 }.value();
        }),
        ("a value that is none", |list| list.groups[1].otherwise = NONE + 1),
    ];
    for (what, spoil) in spoilt {
        let mut list = list();
        spoil(&mut list);
        assert!(!is_sound(&list), "{what}");
    }
}
