use super::*;

fn page(shard: u8, generation: u64, refused: u64) -> Page {
    let mut tallies = vec![0; Tally::SnapshotsRefused as usize + 1];
    tallies[Tally::SnapshotsRefused as usize] = refused;
    Page { shard, shards: 2, pid: 7, beat_ns: 1000, generation, tallies, ..Page::default() }
}

fn view(pages: Vec<Page>, age_ns: Option<u64>) -> NodeView {
    NodeView { name: "env1".to_owned(), pages, age_ns }
}

#[test]
fn adoption_is_counted_by_shard() {
    let before = [view(vec![page(0, 4, 0), page(1, 4, 0)], Some(0))];
    for (pages, age_ns, expected) in [
        (vec![page(0, 5, 0), page(1, 5, 0)], Some(0), (2, 2, 0, 0, 0)),
        (vec![page(0, 6, 0), page(1, 4, 0)], Some(0), (1, 2, 0, 1, 0)),
        (vec![page(0, 5, 0)], Some(0), (1, 2, 0, 1, 0)),
        (vec![page(0, 4, 1), page(1, 4, 0)], Some(0), (0, 2, 0, 2, 1)),
        (vec![page(0, 5, 0), page(1, 5, 0)], Some(SILENCE_NS), (0, 0, 1, 0, 0)),
        (Vec::new(), None, (0, 0, 1, 0, 0)),
    ] {
        let found = compare(&[view(pages.clone(), age_ns)], &before, 5);
        let Adoption { adopted, shards, down, behind, refused, .. } = found;
        let counts = (adopted, shards, down.len(), behind.len(), refused.len());
        assert_eq!(counts, expected, "{pages:?}");
    }
}

#[test]
fn pages_of_an_earlier_start_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let node = Node { name: "env1".to_owned(), data: folder.path().to_owned(), keep_len: 0 };
    assert!(!NodeView::read(&node, 2000).is_up());
    let mut board = Vec::new();
    let old = Page { shard: 2, shards: 3, pid: 6, beat_ns: 10, ..Page::default() };
    for page in [page(0, 5, 0), page(1, 5, 0), old] {
        let mut octets = Vec::new();
        page.encode(&mut octets);
        octets.resize(PAGE_LEN, 0);
        board.extend(octets);
    }
    std::fs::write(folder.path().join("board"), &board).unwrap();
    let view = NodeView::read(&node, 2000);
    assert_eq!((view.shards(), view.pages.len(), view.is_up()), (2, 2, true));
    board.truncate(PAGE_LEN + 90);
    std::fs::write(folder.path().join("board"), &board).unwrap();
    assert_eq!(NodeView::read(&node, 2000).pages.len(), 1, "a torn page does not count");
}
