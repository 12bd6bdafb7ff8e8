#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::Duration;

use super::*;

const KEY: AccountKey = (1, 2);

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

fn inbox(count: u128) -> (Instant, Inboxes) {
    let mut inboxes = Inboxes::default();
    (0..count).for_each(|number| inboxes.push_back(KEY, 0, id(number)));
    (Instant::now(), inboxes)
}

#[test]
fn one_at_a_time_in_order() {
    let (now, mut inboxes) = inbox(3);
    for number in 0..3 {
        assert_eq!(inboxes.next(KEY, now), Some(id(number)));
        assert_eq!(inboxes.next(KEY, now), None, "one is on its way");
        assert!(inboxes.finished(KEY, id(number)));
    }
    assert_eq!(inboxes.next(KEY, now), None);
    assert!(inboxes.keys().is_empty(), "an empty inbox is none");
}

#[test]
fn a_failure_goes_back_to_the_front_and_rests_longer_each_time() {
    let (mut now, mut inboxes) = inbox(2);
    for pause in [BACKOFF[0], BACKOFF[1], BACKOFF[2], BACKOFF[3], BACKOFF[3]] {
        assert_eq!(inboxes.next(KEY, now), Some(id(0)));
        assert_eq!(inboxes.failed(KEY, id(0), now), Some(now + pause));
        assert_eq!(inboxes.next(KEY, now + pause - Duration::from_millis(1)), None);
        now += pause;
    }
    assert_eq!(inboxes.next(KEY, now), Some(id(0)));
    assert!(inboxes.finished(KEY, id(0)));
    assert_eq!(inboxes.next(KEY, now), Some(id(1)));
    assert_eq!(inboxes.failed(KEY, id(1), now), Some(now + BACKOFF[0]), "a success in between");
}

#[test]
fn a_register_ends_the_rest() {
    let (now, mut inboxes) = inbox(1);
    inboxes.next(KEY, now);
    inboxes.failed(KEY, id(0), now);
    assert_eq!(inboxes.next(KEY, now), None);
    inboxes.wake(KEY);
    assert_eq!(inboxes.next(KEY, now), Some(id(0)));
    inboxes.put_back(KEY, id(0));
    assert_eq!(inboxes.next(KEY, now), Some(id(0)), "what never began does not rest");
}

#[test]
fn what_expired_while_it_waited_is_not_tried() {
    let (now, mut inboxes) = inbox(3);
    assert_eq!(inboxes.next(KEY, now), Some(id(0)));
    assert!(!inboxes.finished(KEY, id(1)), "it was not on its way");
    assert_eq!(inboxes.failed(KEY, id(1), now), None);
    assert!(inboxes.finished(KEY, id(0)));
    assert_eq!(inboxes.next(KEY, now), Some(id(2)));
}

#[test]
fn the_urgent_stand_before_the_others_and_among_equals_order_is_kept() {
    // The classes of 1 to 5 in their order of arrival, and who goes when.
    let table = [
        ([0, 0, 3, 0, 3], [3, 5, 1, 2, 4]),
        ([3, 2, 1, 0, 0], [1, 2, 3, 4, 5]),
        ([0, 1, 2, 3, 3], [4, 5, 3, 2, 1]),
        ([1, 2, 1, 2, 1], [2, 4, 1, 3, 5]),
    ];
    for (classes, expected) in table {
        let (now, mut inboxes) = inbox(0);
        let arrivals = (1..).zip(classes);
        arrivals.for_each(|(number, class)| inboxes.push_back(KEY, class, id(number)));
        for number in expected {
            assert_eq!(inboxes.next(KEY, now), Some(id(number)), "{classes:?}");
            inboxes.finished(KEY, id(number));
        }
        assert_eq!(inboxes.next(KEY, now), None);
        assert!(inboxes.keys().is_empty());
    }
}

#[test]
fn what_failed_stands_before_its_equals_and_after_what_is_more_urgent() {
    let (now, mut inboxes) = inbox(3);
    assert_eq!(inboxes.next(KEY, now), Some(id(0)));
    inboxes.push_back(KEY, 3, id(9));
    inboxes.failed(KEY, id(0), now);
    inboxes.wake(KEY);
    assert!(!inboxes.finished(KEY, id(1)), "it expired meanwhile");
    for number in [9, 0, 2] {
        assert_eq!(inboxes.next(KEY, now), Some(id(number)));
        assert!(inboxes.finished(KEY, id(number)));
    }
    assert_eq!(inboxes.next(KEY, now), None);
}
