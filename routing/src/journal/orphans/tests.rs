use super::*;

fn orphan(at_ns: u64, name: u64) -> Orphan {
    Orphan {
        at_ns,
        environment: 1,
        connection: 2,
        name,
        source: Address::new(1, 1, b"3331").unwrap(),
        reference: None,
        state: State::Undeliverable,
        code: 21,
        claimed_ns: None,
    }
}

fn of(all: &[Orphan]) -> Orphans {
    let mut orphans = Orphans::default();
    all.iter().for_each(|one| orphans.keep(*one));
    orphans
}

#[test]
fn the_young_ones_come_back_oldest_first() {
    let all = [orphan(9, 1), orphan(7, 2), orphan(7, 1), orphan(6, 3)];
    assert_eq!(of(&all).finish(7), [orphan(7, 1), orphan(7, 2), orphan(9, 1)]);
}

#[test]
fn one_that_was_claimed_comes_back_no_more_in_whatever_order_it_is_read() {
    let claimed = Orphan { claimed_ns: Some(8), ..orphan(5, 1) };
    for all in [[orphan(5, 1), claimed, orphan(6, 1)], [claimed, orphan(6, 1), orphan(5, 1)]] {
        assert_eq!(of(&all).finish(0), [orphan(6, 1)], "another of that name is not");
        // Whoever reads only one of the two later must not take it for open.
        assert_eq!(of(&all).since(0).collect::<Vec<_>>(), [claimed, orphan(6, 1)]);
    }
}

#[test]
fn too_many_are_bounded_and_the_oldest_go_first() {
    let mut orphans = Orphans::default();
    for number in 0..ORPHANS_READ_MAX as u64 + 3 {
        orphans.keep(orphan(number, number));
    }
    let kept = orphans.finish(0);
    assert_eq!((kept.len(), kept[0]), (ORPHANS_READ_MAX, orphan(3, 3)));
}
