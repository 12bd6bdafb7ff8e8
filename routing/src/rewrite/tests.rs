use super::*;

fn address(ton: u8, text: &str) -> Address {
    Address::new(ton, 1, text.as_bytes()).unwrap()
}

fn rule(side: Side, pattern: &str) -> Rewrite {
    Rewrite {
        side,
        pattern: pattern.to_owned(),
        ton: None,
        replace: None,
        strip: 0,
        prepend: String::new(),
        plane: None,
    }
}

fn made(rules: &[Rewrite], side: Side, address: Address) -> Option<Address> {
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(&rules.to_vec()).unwrap();
    type Rules = rkyv::vec::ArchivedVec<ArchivedRewrite>;
    let rules = rkyv::access::<Rules, rkyv::rancor::Error>(&octets).unwrap();
    rewrite(rules, side, &address)
}

#[test]
fn the_first_rule_that_fits_is_the_only_one() {
    let national = Rewrite { strip: 1, prepend: "964".into(), ..rule(Side::Called, "0%") };
    let every = Rewrite { prepend: "9".into(), ..rule(Side::Called, "%") };
    let rules = [national, every];
    let table = [("0770", Some("964770")), ("770", Some("9770")), ("+0770", Some("964770"))];
    for (given, expected) in table {
        let expected = expected.map(|text| address(1, text));
        assert_eq!(made(&rules, Side::Called, address(1, given)), expected, "{given}");
    }
    assert_eq!(made(&rules, Side::Calling, address(1, "0770")), None, "the other side");
    assert_eq!(made(&[], Side::Called, address(1, "0770")), None);
}

#[test]
fn a_rule_may_ask_for_a_type_and_give_another() {
    let plane = Some(Plane { ton: 1, npi: 1 });
    let rules = [Rewrite { ton: Some(2), plane, ..rule(Side::Called, "7%") }];
    assert_eq!(made(&rules, Side::Called, address(2, "770")), Some(address(1, "770")));
    assert_eq!(made(&rules, Side::Called, address(1, "770")), None);
}

#[test]
fn names_are_replaced_whatever_their_case() {
    let plane = Some(Plane { ton: 1, npi: 1 });
    let replace = Some("12345".to_owned());
    let rules = [Rewrite { replace, plane, ..rule(Side::Calling, "vib%") }];
    assert_eq!(made(&rules, Side::Calling, address(5, "Viber")), Some(address(1, "12345")));
    assert_eq!(made(&rules, Side::Calling, address(5, "Vodafone")), None);
}

#[test]
fn what_would_be_no_address_is_left_as_it_was() {
    let long = [Rewrite { prepend: "123456789012345678".into(), ..rule(Side::Called, "%") }];
    assert_eq!(made(&long, Side::Called, address(1, "770")), None, "21 characters");
    let all = [Rewrite { strip: 3, ..rule(Side::Called, "%") }];
    assert_eq!(made(&all, Side::Called, address(1, "770")), None, "nothing left");
    let more = [Rewrite { strip: 9, ..rule(Side::Called, "%") }];
    assert_eq!(made(&more, Side::Called, address(1, "770")), None, "more than there is");
}
