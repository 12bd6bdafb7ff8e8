use routing::board::Page;

use super::{feeds, status};

#[test]
fn the_watchdog_is_fed_only_if_every_shard_has_moved_on() {
    let mut fed = vec![0, 0];
    let beats = |one, two| [one, two].into_iter();
    assert!(!feeds(&mut fed, beats(Some(5), None)), "a shard that never wrote");
    assert!(feeds(&mut fed, beats(Some(5), Some(6))));
    assert!(!feeds(&mut fed, beats(Some(7), Some(6))), "the second one hangs");
    assert_eq!(fed, [5, 6], "what was not fed is not remembered");
    assert!(feeds(&mut fed, beats(Some(7), Some(8))), "it hung for a moment only");
}

#[test]
fn the_status_says_the_oldest_generation_and_sums_of_all_shards() {
    let page = |shard, generation| Page { shard, shards: 2, generation, ..Page::default() };
    let pages = [page(0, 7), page(1, 6)];
    let line = status(pages.iter());
    assert!(line.starts_with("generation 6, 2 shards, 0 binds of carriers"), "{line}");
}
