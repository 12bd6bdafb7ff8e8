#![allow(clippy::disallowed_methods, reason = "a test needs some instant to start from")]

use super::*;

fn id(counter: u32) -> MessageId {
    MessageId::new(1_795_000_000_000, 1, 0, counter)
}

fn all(queue: &mut Queue, now: Instant) -> Vec<MessageId> {
    std::iter::from_fn(|| queue.pop(now)).collect()
}

#[test]
fn receipts_go_in_the_order_of_their_sms() {
    let (now, mut queue) = (Instant::now(), Queue::default());
    [3, 1, 2].into_iter().for_each(|counter| queue.push(id(counter)));
    assert_eq!(all(&mut queue, now), [id(1), id(2), id(3)]);
    queue.answered(now, id(2), ReceiptAnswer::Lost);
    queue.push(id(4));
    assert_eq!(all(&mut queue, now), [id(2), id(4)], "what was lost is as old as before");
}

#[test]
fn every_status_has_its_class() {
    let table = [
        (0x00, ReceiptAnswer::Taken),
        (0x58, ReceiptAnswer::Busy),
        (0x14, ReceiptAnswer::Busy),
        (0x08, ReceiptAnswer::Later),
        (0x64, ReceiptAnswer::Later),
        (0x65, ReceiptAnswer::Refused(Status(0x65))),
        (0x66, ReceiptAnswer::Refused(Status(0x66))),
        (0x03, ReceiptAnswer::Refused(Status(0x03))),
        (0x400, ReceiptAnswer::Refused(Status(0x400))),
    ];
    for (status, answer) in table {
        assert_eq!(ReceiptAnswer::of(Status(status)), answer, "{status:#x}");
    }
}

#[test]
fn pauses_grow_and_the_last_one_repeats() {
    let (mut now, mut queue) = (Instant::now(), Queue::default());
    queue.push(id(1));
    for round in 0..RECEIPT_PAUSES.len() + 3 {
        assert_eq!(all(&mut queue, now), [id(1)]);
        assert_eq!(queue.answered(now, id(1), ReceiptAnswer::Later), Next::Again);
        let pause = RECEIPT_PAUSES[round.min(RECEIPT_PAUSES.len() - 1)];
        assert_eq!(queue.poll_timeout(), Some(now + pause));
        assert_eq!(all(&mut queue, now + pause - Duration::from_millis(1)), []);
        now += pause;
    }
}

#[test]
fn who_refuses_too_often_is_not_asked_again() {
    let (mut now, mut queue) = (Instant::now(), Queue::default());
    let refused = ReceiptAnswer::Refused(Status::RX_R_APPN);
    queue.push(id(1));
    for _ in 1..RECEIPT_REFUSALS_MAX {
        assert_eq!(all(&mut queue, now), [id(1)]);
        assert_eq!(queue.answered(now, id(1), refused), Next::Again);
        now += RECEIPT_PAUSES[RECEIPT_PAUSES.len() - 1];
    }
    assert_eq!(all(&mut queue, now), [id(1)]);
    assert_eq!(queue.answered(now, id(1), refused), Next::Dropped(Status::RX_R_APPN));
    assert!(queue.is_empty());
}

#[test]
fn a_busy_carrier_rests_with_all_its_receipts() {
    let (now, mut queue) = (Instant::now(), Queue::default());
    [1, 2].into_iter().for_each(|counter| queue.push(id(counter)));
    assert_eq!(queue.pop(now), Some(id(1)));
    queue.answered(now, id(1), ReceiptAnswer::Busy);
    assert_eq!(all(&mut queue, now), []);
    assert_eq!(queue.poll_timeout(), Some(now + THROTTLE_PAUSE));
    assert_eq!(all(&mut queue, now + THROTTLE_PAUSE), [id(1), id(2)]);
}

#[test]
fn a_late_yes_takes_it_out_wherever_it_waits() {
    let (now, mut queue) = (Instant::now(), Queue::default());
    queue.answered(now, id(1), ReceiptAnswer::Unanswered);
    assert_eq!(queue.answered(now, id(1), ReceiptAnswer::Taken), Next::Closed);
    assert!(queue.is_empty());
    assert_eq!(queue.poll_timeout(), None);
}

#[test]
fn not_more_than_a_few_are_with_another_shard() {
    let (mut queue, other) = (Queue::default(), ShardId(1));
    for _ in 0..RECEIPTS_LENT_MAX {
        assert!(queue.may_lend(other));
        queue.lend(other);
    }
    assert!(!queue.may_lend(other) && queue.may_lend(ShardId(2)));
    queue.returned(other);
    assert!(queue.may_lend(other));
}
