#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn settled() -> Promise {
    Promise::Settled { id: MessageId::new(1, 1, 1, 1) }
}

/// When the clock of a test says so many milliseconds.
fn clock() -> impl Fn(u64) -> Instant {
    let zero = Instant::now();
    move |ms| zero + Duration::from_millis(ms)
}

#[test]
fn what_nothing_waits_for_is_not_remembered() {
    let (mut promises, at) = (Promises::default(), clock());
    for ms in 0..1000 {
        promises.count(at(ms));
    }
    assert_eq!(promises.turns.len(), 1);
}

#[test]
fn how_long_a_promise_waited_is_told_from_the_turn_that_wrote_its_record() {
    let (mut promises, at) = (Promises::default(), clock());
    promises.count(at(0));
    promises.count(at(5));
    promises.keep(settled());
    promises.count(at(7));
    promises.keep(settled());
    promises.handle_recorded(at(9), 3);
    assert!(promises.due().is_some());
    assert_eq!(promises.waited(at(9)), Duration::from_millis(4));
    assert!(promises.due().is_some());
    assert_eq!(promises.waited(at(9)), Duration::from_millis(2));
    assert!(promises.due().is_none());
}
