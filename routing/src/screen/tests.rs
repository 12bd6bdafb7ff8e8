use super::*;

fn party(ton: u8, text: &[u8]) -> Party {
    Party::of(&Address::new(ton, 0, text).unwrap())
}

fn asked<T>(list: &NumberList, ask: impl FnOnce(&ArchivedNumberList) -> T) -> T {
    let octets = rkyv::to_bytes::<rkyv::rancor::Error>(list).unwrap();
    let list = rkyv::access::<ArchivedNumberList, rkyv::rancor::Error>(&octets).unwrap();
    assert!(list.is_sound());
    ask(list)
}

#[test]
fn a_list_has_numbers_prefixes_patterns_and_names() {
    let entries = ["2222", "33%", "%99", "4__", "Viber"];
    let list = NumberList::new(1, "blocked", entries);
    let table = [
        (party(1, b"2222"), true),
        (party(1, b"+2222"), true),
        (party(1, b"002222"), true),
        (party(0, b"22223"), false),
        (party(1, b"33"), true),
        (party(1, b"331"), true),
        (party(1, b"599"), true),
        (party(1, b"456"), true),
        (party(1, b"4567"), false),
        (party(5, b"VIBER"), true),
        (party(5, b"Viber2"), false),
        // Digits under an alphanumeric type are a name, and that name is not listed.
        (party(5, b"2222"), false),
        (party(0, b""), false),
    ];
    for (party, expected) in table {
        assert_eq!(asked(&list, |list| list.contains(&party)), expected, "{party:?}");
    }
}

#[test]
fn an_empty_list_has_nobody() {
    assert!(!asked(&NumberList::new(1, "none", []), |list| list.contains(&party(1, b"1"))));
}
