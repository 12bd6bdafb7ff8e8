//! /proc is read as proc(5) describes it.

use super::{cost, kib, own_cost, ticks};

#[test]
fn a_name_may_hold_anything() {
    let stat = "42 (a) b (c) d) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 1 0";
    assert_eq!(ticks(stat), Some(300));
    assert_eq!(ticks("42 (short) S 1"), None);
    assert_eq!(ticks(""), None);
}

#[test]
fn memory_is_read_by_name() {
    let status = "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n";
    assert_eq!((kib(status, "VmRSS:"), kib(status, "VmHWM:")), (1024, 2048));
    assert_eq!(kib("", "VmRSS:"), 0);
}

#[test]
fn this_process_costs_something_and_a_missing_one_is_named() {
    assert!(own_cost().rss_kib > 0);
    assert_eq!(cost(&[u32::MAX]).missing, 1);
}
