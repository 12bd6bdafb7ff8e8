use super::*;

#[test]
fn many_links_are_shown_less_often_but_each_second() {
    let ms =
        [0, 999, 1_000, 2_500, 4_000, 10_000, usize::MAX].map(|links| interval(links).as_millis());
    assert_eq!(ms, [200, 200, 400, 600, 1_000, 1_000, 1_000]);
}
