use std::time::Duration;

use proptest::prelude::*;

use super::*;

type Letters = Joiner<&'static str, u16, u32>;

const T: Duration = Duration::from_secs(60);

/// A segment of a text of `total`; its name stands for its body, too, but for the thousands.
fn take(joiner: &mut Letters, key: u16, total: u8, name: u32, end: Instant) -> Vec<Gathered<u32>> {
    let mut ended = Vec::new();
    let piece = Piece { name, sequence: (name % 1000) as u8, likeness: u64::from(name % 100_000) };
    joiner.take("TATA", key, total, piece, end, &mut ended);
    ended
}

fn names(gathered: &Gathered<u32>) -> Vec<u32> {
    gathered.pieces.iter().map(|piece| piece.name).collect()
}

fn doubles(gathered: &Gathered<u32>) -> Vec<u32> {
    gathered.doubles.iter().map(|piece| piece.name).collect()
}

fn start() -> Instant {
    // The only reading of a clock: an instant cannot be had otherwise, and nothing depends on it.
    #[allow(clippy::disallowed_methods, reason = "tests need some instant to count from")]
    Instant::now()
}

/// Every order of the names 1 to n.
fn orders(n: u32) -> Vec<Vec<u32>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(n - 1);
    let places = |order: Vec<u32>| {
        (0..=order.len()).map(move |at| {
            let mut longer = order.clone();
            longer.insert(at, n);
            longer
        })
    };
    shorter.into_iter().flat_map(places).collect()
}

#[test]
fn f01_segments_join_in_every_order() {
    for n in 2..=5 {
        for order in orders(n) {
            let (mut joiner, end) = (Joiner::new(8), start() + T);
            let (last, before) = order.split_last().unwrap();
            for name in before {
                assert_eq!(take(&mut joiner, 7, n as u8, *name, end), []);
            }
            let ended = take(&mut joiner, 7, n as u8, *last, end);
            assert_eq!(names(&ended[0]), (1..=n).collect::<Vec<_>>(), "{order:?}");
            assert!(ended[0].is_whole() && joiner.is_empty() && joiner.poll_timeout().is_none());
        }
    }
}

#[test]
fn f01_two_hundred_and_fifty_five_segments_join_backwards() {
    let (mut joiner, end) = (Joiner::new(8), start() + T);
    for name in (2..=255).rev() {
        assert_eq!(take(&mut joiner, 7, 255, name, end), []);
    }
    let ended = take(&mut joiner, 7, 255, 1, end);
    assert_eq!(names(&ended[0]), (1..=255).collect::<Vec<_>>());
}

#[test]
fn f02_what_comes_twice_counts_once() {
    let (mut joiner, end) = (Joiner::new(8), start() + T);
    assert_eq!(take(&mut joiner, 7, 2, 1, end), []);
    // The same text under another name.
    assert_eq!(take(&mut joiner, 7, 2, 100_001, end), []);
    let ended = take(&mut joiner, 7, 2, 2, end);
    assert_eq!((names(&ended[0]), doubles(&ended[0])), (vec![1, 2], vec![100_001]));
}

#[test]
fn f03_a_set_ends_with_its_time() {
    let (mut joiner, now) = (Joiner::new(8), start());
    take(&mut joiner, 7, 3, 1, now + T);
    take(&mut joiner, 7, 3, 3, now + 2 * T);
    take(&mut joiner, 8, 2, 2, now + 2 * T);
    assert_eq!(joiner.poll_timeout(), Some(now + T), "its first segment sets the time");
    assert_eq!(joiner.expire(now), None);
    let ended = joiner.expire(now + T).unwrap();
    assert_eq!((names(&ended), ended.is_whole()), (vec![1, 3], false));
    assert_eq!((joiner.expire(now + T), joiner.len()), (None, 1));
}

#[test]
fn f04_a_reference_used_anew_begins_another_text() {
    let (mut joiner, end) = (Joiner::new(8), start() + T);
    take(&mut joiner, 7, 2, 1, end);
    let ended = take(&mut joiner, 7, 2, 5001, end);
    assert_eq!(names(&ended[0]), [1], "the old one ends as it is");
    assert_eq!(names(&take(&mut joiner, 7, 2, 5002, end)[0]), [5001, 5002]);
    // Another reference, and another sender, never mix.
    take(&mut joiner, 7, 2, 1, end);
    take(&mut joiner, 8, 2, 2, end);
    let mut ended = Vec::new();
    joiner.take("other", 7, 2, Piece { name: 2, sequence: 2, likeness: 2 }, end, &mut ended);
    assert_eq!((ended, joiner.len()), (Vec::new(), 3));
}

#[test]
fn f12_a_flood_ends_the_oldest_set_of_the_same_sender() {
    let (mut joiner, now) = (Letters::new(4), start());
    let mut ended = Vec::new();
    joiner.take("other", 1, 2, Piece { name: 9, sequence: 1, likeness: 9 }, now, &mut ended);
    for key in 0..100 {
        let end = now + T + Duration::from_millis(key.into());
        let ended = take(&mut joiner, key, 2, 1000 * u32::from(key) + 1, end);
        let oldest = key.checked_sub(4).map(|key| vec![1000 * u32::from(key) + 1]);
        assert_eq!(ended.first().map(names), oldest);
    }
    assert_eq!((joiner.len(), ended.len()), (5, 0));
}

#[test]
fn a_segment_that_ends_by_itself_is_waited_for_again() {
    let (mut joiner, end) = (Joiner::new(8), start() + T);
    take(&mut joiner, 7, 2, 1, end);
    take(&mut joiner, 7, 2, 100_001, end);
    joiner.forget("TATA", 7, 1);
    let ended = take(&mut joiner, 7, 2, 2, end);
    assert_eq!(names(&ended[0]), [100_001, 2], "the double is in its place");
    take(&mut joiner, 7, 2, 1, end);
    take(&mut joiner, 7, 2, 100_001, end);
    joiner.forget("TATA", 7, 100_001);
    joiner.forget("TATA", 7, 1);
    joiner.forget("TATA", 7, 1);
    assert!(joiner.is_empty() && joiner.poll_timeout().is_none());
}

proptest! {
    /// Whatever comes, each segment ends in exactly one set, in order, and nothing is left.
    #[test]
    fn every_segment_ends_once(
        coming in prop::collection::vec((0..4_u16, 1..=4_u32, 0..3_u32), 0..200),
    ) {
        let (mut joiner, now) = (Letters::new(2), start());
        let mut ended = Vec::new();
        for (at, (key, sequence, body)) in (0_u32..).zip(&coming) {
            let name = 100_000 * at + 1000 * body + sequence;
            let end = now + Duration::from_secs(at.into());
            ended.extend(take(&mut joiner, *key, 4, name, end));
        }
        while let Some(gathered) = joiner.expire(now + 10 * T) {
            ended.push(gathered);
        }
        prop_assert!(joiner.is_empty() && joiner.of_owner.is_empty());
        let mut all: Vec<u32> = Vec::new();
        for gathered in &ended {
            let sequences: Vec<u8> = gathered.pieces.iter().map(|piece| piece.sequence).collect();
            prop_assert!(sequences.is_sorted_by(|one, next| one < next));
            all.extend(names(gathered).into_iter().chain(doubles(gathered)));
        }
        all.sort_unstable();
        all.dedup();
        prop_assert_eq!(all.len(), coming.len());
    }
}
