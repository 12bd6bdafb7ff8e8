use super::*;

#[test]
fn what_is_pushed_is_found_by_its_number_on_every_page() {
    let mut pages = Pages::new();
    for value in 0..3 * PAGE as u32 + 1 {
        assert_eq!(pages.push(value), value);
    }
    pages[PAGE as u32] = 7;
    assert_eq!((pages.len(), pages[PAGE as u32]), (3 * PAGE + 1, 7));
    assert_eq!((pages[PAGE as u32 - 1], pages[3 * PAGE as u32]), (1023, 3 * PAGE as u32));
}
