use super::*;

const KEY: ConnectionKey = (1, 2);

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

#[test]
fn what_comes_back_stands_before_all_that_is_younger() {
    let mut queues = Queues::default();
    for number in [2, 4, 6] {
        queues.push_back(KEY, id(number));
    }
    for number in [5, 1, 7, 3] {
        queues.put_back(KEY, id(number));
    }
    let waiting: Vec<_> = queues.queue(KEY).waiting.iter().copied().collect();
    assert_eq!(waiting, (1..8).map(id).collect::<Vec<_>>());
    queues.remove(KEY, id(4));
    assert_eq!(queues.len(KEY), 6);
}

#[test]
fn a_name_is_found_however_carelessly_it_is_written() {
    let mut queues = Queues::default();
    queues.named(KEY, b"00AbC1", id(1));
    for written in [&b"abc1"[..], b"ABC1", b"0000000abc1", b"00AbC1"] {
        assert_eq!(queues.meant(KEY, written), Some(id(1)));
    }
    assert_eq!(queues.meant((1, 3), b"abc1"), None, "another connection's names are its own");
    queues.forget_name(KEY, b"abc1");
    assert_eq!(queues.meant(KEY, b"00AbC1"), None);
}
