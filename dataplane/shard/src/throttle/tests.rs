#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::Duration;

use super::*;

#[test]
fn the_rate_is_kept_over_any_second() {
    let start = Instant::now();
    let mut throttle = Throttle::new(start, 10, 0);
    let admitted = |throttle: &mut Throttle, from: u64, until: u64| {
        (from..until)
            .filter(|millis| throttle.admit(start + Duration::from_millis(*millis), 10, 0))
            .count()
    };
    let first = admitted(&mut throttle, 0, 1000);
    assert!((10..=20).contains(&first), "the burst and one second's worth: {first}");
    assert_eq!(admitted(&mut throttle, 1000, 3000), 20);
}

#[test]
fn zero_is_no_limit() {
    let now = Instant::now();
    let mut throttle = Throttle::new(now, 0, 0);
    assert!((0..1000).all(|_| throttle.admit(now, 0, 0)));
}

#[test]
fn asking_often_costs_nothing() {
    let start = Instant::now();
    let mut throttle = Throttle::new(start, 7, 0);
    let admitted = (0..10_000_000u64)
        .step_by(13)
        .filter(|micros| throttle.admit(start + Duration::from_micros(*micros), 7, 0))
        .count();
    assert_eq!(admitted, 7 + 69, "the burst, and ten seconds' worth but for the last moment");
}

#[test]
fn a_burst_is_what_was_agreed() {
    let start = Instant::now();
    let mut throttle = Throttle::new(start, 10, 3);
    let at_once = |throttle: &mut Throttle, after_ms: u64| {
        let at = start + Duration::from_millis(after_ms);
        (0..100).filter(|_| throttle.admit(at, 10, 3)).count()
    };
    assert_eq!(at_once(&mut throttle, 0), 3);
    assert_eq!(at_once(&mut throttle, 200), 2, "two tenths of a second earn two");
    assert_eq!(at_once(&mut throttle, 10_000), 3, "a long silence earns no more than a burst");
}
