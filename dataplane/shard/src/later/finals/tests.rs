use proptest::collection::vec;
use proptest::prelude::*;
use routing::{Address, IdForm, State};

use super::*;

fn ended(told: u128, id: u128, at_ns: u64) -> Final {
    let (told, id) = (MessageId::from_bits(told), MessageId::from_bits(id));
    let source = Address::new(1, 1, b"1111").unwrap();
    let (code, environment, carrier) = (0, 1, 2);
    Final { id, told, at_ns, code, environment, carrier, source, state: State::Delivered }
}

fn ids(finals: &Finals, told: u128) -> Vec<u128> {
    let meant = Meant::read(&MessageId::from_bits(told).text(), IdForm::Auto, 0).unwrap();
    finals.meant(meant).map(|ended| ended.id.bits()).collect()
}

#[test]
fn a_group_is_found_by_its_name_and_a_single_one_by_its_own() {
    let mut finals = Finals::default();
    [ended(7, 8, 1), ended(5, 5, 2), ended(7, 9, 3)].into_iter().for_each(|row| finals.keep(row));
    assert_eq!((ids(&finals, 7), ids(&finals, 5)), (vec![8, 9], vec![5]));
    assert!(ids(&finals, 8).is_empty(), "nobody was told that name");
}

#[test]
fn what_is_a_day_old_is_forgotten() {
    let mut finals = Finals::default();
    finals.keep(ended(1, 1, 10));
    finals.keep(ended(2, 2, FINALS_KEPT_NS + 10));
    assert_eq!(ids(&finals, 1), [1]);
    finals.keep(ended(3, 3, FINALS_KEPT_NS + 11));
    assert_eq!((ids(&finals, 1), ids(&finals, 2)), (vec![], vec![2]));
}

#[test]
fn the_newest_are_kept() {
    let mut finals = Finals::default();
    let many = (FINALS_MAX + 1) as u128;
    (1..=many).for_each(|id| finals.keep(ended(id, id, id as u64)));
    assert_eq!(finals.pages.len(), FINALS_MAX / PAGE);
    let oldest = PAGE as u128 + 1;
    assert_eq!((ids(&finals, oldest - 1), ids(&finals, oldest)), (vec![], vec![oldest]));
    assert_eq!(ids(&finals, many), [many]);
}

proptest! {
    /// In whatever order they end, each is found by its name, and no other is.
    #[test]
    fn every_final_is_found(seeds in vec(0_u128..3 * PAGE as u128, 1..3 * PAGE)) {
        let mut finals = Finals::default();
        for (at, told) in seeds.iter().enumerate() {
            finals.keep(ended(*told, at as u128, at as u64));
        }
        for asked in seeds.iter().step_by(97) {
            let all = seeds.iter().enumerate().filter(|(_, told)| *told == asked);
            let all: Vec<u128> = all.map(|(at, _)| at as u128).collect();
            prop_assert_eq!(ids(&finals, *asked), all);
        }
    }
}
