use super::*;

fn doubt(number: u64, at_ns: u64) -> Doubt {
    let id = MessageId::from_bits(number.into());
    Doubt { id, at_ns, likeness: number, shard: 1, shards: 4 }
}

#[test]
fn the_latest_doubt_counts_and_old_ones_end() {
    let mut doubts = Doubts::default();
    [doubt(1, 5), doubt(1, 9), doubt(1, 7), doubt(2, 6)]
        .into_iter()
        .for_each(|one| doubts.keep(one));
    let [first, second] = [1, 2].map(MessageId::from_bits);
    assert!(doubts.has(first, 9) && !doubts.has(first, 10) && doubts.has(second, 6));
    assert_eq!(doubts.finish(6), [doubt(2, 6), doubt(1, 9)]);
}

#[test]
fn several_of_one_name_are_told_apart() {
    let mut doubts = Doubts::default();
    let other = Doubt { likeness: 7, ..doubt(1, 5) };
    [doubt(1, 5), other].into_iter().for_each(|one| doubts.keep(one));
    assert_eq!(doubts.finish(0), [doubt(1, 5), other]);
}

#[test]
fn too_many_are_bounded_and_the_oldest_go_first() {
    let mut doubts = Doubts::default();
    for number in 0..DOUBTS_READ_MAX as u64 + 3 {
        doubts.keep(doubt(number, number));
    }
    let kept = doubts.finish(0);
    assert_eq!((kept.len(), kept[0]), (DOUBTS_READ_MAX, doubt(3, 3)));
}

#[test]
fn a_doubt_concerns_its_shard_or_all_if_there_is_another_number_of_them() {
    let concerned = |shards| (0..shards).filter(move |one| doubt(1, 1).concerns(*one, shards));
    assert_eq!(concerned(4).collect::<Vec<_>>(), [1]);
    assert_eq!(concerned(2).count(), 2);
}
