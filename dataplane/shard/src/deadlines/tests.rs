#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::Duration;

use super::*;

#[test]
fn timers_come_in_the_order_of_their_moments_and_none_is_lost() {
    let (now, mut deadlines) = (Instant::now(), Deadlines::default());
    let at = |millis: u64| now + Duration::from_millis(millis);
    for millis in [30, 10, 20, 10, 0] {
        deadlines.arm(at(millis), Timer::Client(millis.into()));
    }
    assert_eq!(deadlines.next(), Some(at(0)));
    assert_eq!(deadlines.due(now), Some(Timer::Client(0)));
    assert_eq!(deadlines.due(now), None, "the others are yet to come");
    let late: Vec<_> = std::iter::from_fn(|| deadlines.due(at(25))).collect();
    assert_eq!(late, [Timer::Client(10), Timer::Client(10), Timer::Client(20)]);
    assert_eq!(deadlines.next(), Some(at(30)));
    assert_eq!(deadlines.due(at(30)), Some(Timer::Client(30)));
    assert_eq!(deadlines.next(), None);
}

#[test]
fn the_patient_come_together_and_never_early() {
    let (now, mut deadlines) = (Instant::now(), Deadlines::default());
    let asked = |link: u64| now + Duration::from_millis(30_000 + link * 3);
    for link in 0..1_000 {
        deadlines.arm_patient(asked(link), Timer::Link(LinkId(link)));
    }
    let (mut turns, mut seen) = (0, 0);
    while let Some(turn) = deadlines.next() {
        turns += 1;
        while let Some(timer) = deadlines.due(turn) {
            let Timer::Link(LinkId(link)) = timer else { panic!("{timer:?}") };
            assert!(asked(link) <= turn && turn < asked(link) + GRID, "{link}");
            seen += 1;
        }
    }
    assert_eq!((seen, turns), (1_000, 3_000 / 62 + 1), "three seconds, a turn for each sixteenth");
}
