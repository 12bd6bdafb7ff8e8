use super::*;

const KEY: ConnectionKey = (1, 2);

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

#[test]
fn a_name_is_found_however_carelessly_it_is_written() {
    let mut names = Names::default();
    names.named(KEY, b"00AbC1", id(1));
    for written in [&b"abc1"[..], b"ABC1", b"0000000abc1", b"00AbC1"] {
        assert_eq!(names.meant(KEY, written), Some(id(1)));
    }
    assert_eq!(names.meant((1, 3), b"abc1"), None, "another connection's names are its own");
    names.forget_name(KEY, b"abc1");
    assert_eq!(names.meant(KEY, b"00AbC1"), None);
}
