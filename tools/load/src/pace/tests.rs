//! The clock of an open loop does not wait for anybody.

use super::Pace;

#[test]
fn a_closed_loop_is_always_due_now() {
    let pace = Pace::new(None, 5);
    assert_eq!(pace.due_ns(1_000, 77), 77);
}

#[test]
fn an_open_loop_is_due_by_the_clock() {
    let pace = Pace::new(Some(1000.0), 5);
    assert_eq!(pace.due_ns(0, 77), 5);
    assert_eq!(pace.due_ns(2_000, 77), 2_000_000_005);
    let (stop_ns, late_ns) = (1_000_000_005, 7_000_000_000);
    assert!(pace.is_within(999, stop_ns, late_ns));
    assert!(!pace.is_within(1_000, stop_ns, late_ns));
    assert_eq!(pace.due_before(stop_ns, 0), 1_000);
}
