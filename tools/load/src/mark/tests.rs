//! Marks are read as they were written, and nothing else is taken for one.

use super::{Mark, Marks};

#[test]
fn a_mark_is_read_as_written() {
    let marks = Marks::new(7);
    for id in [0, 1, 42, 99_999_999, u32::MAX] {
        let text = [&marks.of(id)[..], b" and more"].concat();
        assert_eq!(marks.read(&text), Mark::Ours(id));
        assert_eq!(marks.read(&text[..15]), Mark::Ours(id));
    }
}

#[test]
fn other_runs_and_other_texts_are_not_ours() {
    let (marks, others) = (Marks::new(7), Marks::new(8));
    assert_eq!(marks.read(&others.of(1)), Mark::Stranger);
    assert_eq!(marks.read(b"#short"), Mark::None);
    assert_eq!(marks.read(b"a text without a mark"), Mark::None);
    assert_eq!(marks.read(b"#0000abcdefghij"), Mark::None);
}
