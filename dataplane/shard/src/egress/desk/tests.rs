use super::*;

fn sender(ton: u8, text: &[u8]) -> (String, String) {
    let source = Address::new(ton, 1, text).unwrap();
    let mut user = String::new();
    put_sender(&source, &mut user);
    (display_of(&source).into_owned(), user)
}

#[test]
fn a_sender_is_shown_as_its_kind_is() {
    let shown = |display: &str, user: &str| (display.to_owned(), user.to_owned());
    assert_eq!(sender(1, b"491701234567"), shown("", "+491701234567"));
    assert_eq!(sender(2, b"491701234567"), shown("", "491701234567"));
    assert_eq!(sender(1, b"1111"), shown("", "1111"), "a number inside our environments");
    assert_eq!(sender(5, b"TATA"), shown("TATA", "TATA"));
    assert_eq!(sender(0, b""), shown("", "anonymous"));
    assert_eq!(sender(5, &[0xC3]), shown("\u{FFFD}", "\u{FFFD}"));
}

#[test]
fn the_names_of_a_message_stand_in_one_text() {
    let id = MessageId::new(1_800_000_000_000, 3, 12, 77);
    let branch = Branch { account: 167, id, attempt: 12, index: 305 };
    let mut desk = Desk::default();
    let source = Address::new(1, 1, b"491701234567").unwrap();
    let (_, names) = desk.write(branch, "env1.example", &source);
    assert_eq!(names.branch(), format!("z9hG4bKsb167-{id}-12-305"));
    assert_eq!(names.call_id(), format!("{id}@env1.example"));
    assert_eq!((names.tag(), names.user()), (id.to_string().as_str(), "+491701234567"));
    for (branch, shards, shard) in [
        (names.branch(), 4, Some(3)),
        (names.branch(), 1, Some(0)),
        ("z9hG4bKsb03t77-1", 4, Some(3)),
        ("z9hG4bKsb0apword.77", 16, Some(10)),
        ("z9hG4bKsb99999999999-1", 4, None),
        ("z9hG4bKsb-1", 4, None),
        ("z9hG4bKsb1", 4, None),
        ("z9hG4bKother", 4, None),
    ] {
        assert_eq!(shard_of(branch, shards), shard.map(ShardId), "{branch}");
    }
}

#[test]
fn buffers_come_back_and_long_ones_do_not() {
    let mut desk = Desk::default();
    let mut octets = desk.take();
    octets.extend_from_slice(b"MESSAGE");
    let place = octets.as_ptr();
    desk.give(octets);
    desk.give(vec![0; DATAGRAM_MAX + 1]);
    assert_eq!(desk.spare.len(), 1);
    let again = desk.take();
    assert_eq!((again.as_ptr(), again.len()), (place, 0));
}
