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
