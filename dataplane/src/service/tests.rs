use routing::board::Page;

use super::status;

#[test]
fn the_status_says_the_oldest_generation_and_sums_of_all_shards() {
    let page = |shard, generation| Page { shard, shards: 2, generation, ..Page::default() };
    let pages = [page(0, 7), page(1, 6)];
    let line = status(pages.iter());
    assert!(line.starts_with("generation 6, 2 shards, 0 binds of carriers"), "{line}");
}
