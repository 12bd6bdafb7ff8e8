use std::collections::BTreeMap;

use super::*;

/// A few thousand steps that a number decides.
fn steps(seed: u64) -> impl Iterator<Item = (bool, u32, u32)> {
    let mut state = seed;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
        let high = (state >> 33) as u32;
        Some((high.is_multiple_of(3), high % 3000, high % 7))
    })
}

#[test]
fn it_is_a_map() {
    for seed in 0..8 {
        let (mut ours, mut known) = (Shelves::default(), BTreeMap::new());
        for (gone, key, value) in steps(seed).take(9000) {
            if gone {
                assert_eq!(ours.remove(&key), known.remove(&key));
            } else {
                assert_eq!(ours.insert(key, value), known.insert(key, value));
            }
        }
        assert!(ours.iter().eq(known.iter()));
        assert_eq!(ours.len, known.len());
        for key in 0..3001 {
            assert_eq!(ours.get(&key), known.get(&key));
            let mut first = known.range(key..);
            assert_eq!(ours.since(Bound::Included(&key)).next(), first.next());
            let second = known.range((Bound::Excluded(key), Bound::Unbounded)).nth(1);
            assert_eq!(ours.since(Bound::Excluded(&key)).nth(1), second);
        }
        assert!(ours.since(Bound::Unbounded).eq(known.iter()));
    }
}

#[test]
fn copies_differ_where_they_were_changed() {
    let mut one = Shelves::default();
    for (_, key, value) in steps(99).take(9000) {
        one.insert(key, value);
    }
    for seed in 0..8 {
        let mut other = one.clone();
        assert_eq!(one, other);
        for (gone, key, value) in steps(seed).take(700) {
            if gone {
                other.remove(&key);
            } else {
                other.insert(key, value);
            }
        }
        let expected: Vec<u32> = (0..3000).filter(|key| one.get(key) != other.get(key)).collect();
        assert_eq!(one.apart(&other).into_iter().copied().collect::<Vec<_>>(), expected);
        assert_eq!(other.apart(&one).into_iter().copied().collect::<Vec<_>>(), expected);
        assert_eq!(one == other, expected.is_empty());
    }
}

#[test]
fn rows_in_order_fill_their_shelves() {
    let mut map = Shelves::default();
    for key in 0..100_000_u32 {
        map.insert(key, ());
    }
    assert!(map.shelves.len() <= 100_000 / SHELF_MAX + 1, "{}", map.shelves.len());
}

#[test]
fn an_empty_one_has_nothing() {
    let map = Shelves::<u32, u32>::default();
    assert!(map.get(&1).is_none() && map.iter().next().is_none());
    assert!(map.since(Bound::Included(&1)).next().is_none());
    assert!(map.apart(&Shelves::default()).is_empty());
    assert_eq!(map.apart(&Shelves::default()), Vec::<&u32>::new());
}
