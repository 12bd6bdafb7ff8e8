#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use std::time::Duration;

use super::*;

fn id(number: u128) -> MessageId {
    MessageId::from_bits(number)
}

/// What a claim gives for an id that was doubted with record 0.
fn known(number: u128) -> Option<(MessageId, u64)> {
    Some((id(number), 0))
}

#[test]
fn a_doubt_is_claimed_once_and_in_order() {
    let (now, mut doubts) = (Instant::now(), Doubts::default());
    assert_eq!(doubts.claim(7), None);
    doubts.add(now, 7, id(1), 0);
    doubts.add(now, 7, id(2), 0);
    doubts.add(now, 7, id(1), 0);
    doubts.add(now, 8, id(3), 0);
    assert_eq!([doubts.claim(7), doubts.claim(7), doubts.claim(7)], [known(1), known(2), None]);
    assert_eq!(doubts.claim(8), known(3));
}

#[test]
fn a_claimed_doubt_may_be_doubted_again() {
    let (now, mut doubts) = (Instant::now(), Doubts::default());
    doubts.add(now, 7, id(1), 0);
    assert_eq!(doubts.claim(7), known(1));
    doubts.add(now, 7, id(1), 0);
    assert_eq!([doubts.claim(7), doubts.claim(7)], [known(1), None]);
}

#[test]
fn a_doubt_ends_with_its_time() {
    let (now, mut doubts) = (Instant::now(), Doubts::default());
    doubts.add(now, 7, id(1), 0);
    doubts.add(now + Duration::from_secs(1), 8, id(2), 0);
    assert_eq!(doubts.forget(now + DOUBT_TTL / 2), Some(now + DOUBT_TTL));
    let next = doubts.forget(now + DOUBT_TTL);
    assert_eq!(next, Some(now + Duration::from_secs(1) + DOUBT_TTL));
    assert_eq!([doubts.claim(7), doubts.claim(8)], [None, known(2)]);
    assert_eq!(doubts.forget(now + 2 * DOUBT_TTL), None);
    assert!(doubts.by_likeness.is_empty() && doubts.order.is_empty());
}

#[test]
fn doubts_are_bounded_and_the_oldest_goes_first() {
    let (now, mut doubts) = (Instant::now(), Doubts::default());
    for number in 0..=DOUBTS_MAX as u64 {
        doubts.add(now, number, id(number.into()), 0);
    }
    assert_eq!(doubts.order.len(), DOUBTS_MAX);
    assert_eq!(doubts.by_likeness.len(), DOUBTS_MAX);
    assert_eq!([doubts.claim(0), doubts.claim(1)], [None, known(1)]);
}
