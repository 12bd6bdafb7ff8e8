//! The books: nothing forgotten, nothing counted twice.

use smpp::{MessageState, Status};

use super::{Campaign, Receipted, retry_at};
use crate::clock;

#[test]
fn an_sms_goes_from_plan_to_receipt() {
    let now = clock::now();
    let mut campaign = Campaign::new(2);
    assert_eq!(campaign.next(now), Some(0));
    assert_eq!(campaign.next(now), Some(1));
    assert_eq!(campaign.next(now), None);
    assert_eq!(campaign.unanswered(), 2);
    campaign.handle_accepted(0, b"A");
    campaign.handle_refused(1, Status::RINVDSTADR, None);
    assert_eq!((campaign.unanswered(), campaign.unreceipted()), (0, 1));
    let receipted = campaign.handle_receipt(b"A", MessageState::Delivered);
    assert_eq!(receipted, Receipted::Expected(0));
    assert_eq!(campaign.unreceipted(), 0);
    assert_eq!(campaign.totals().refused["ESME_RINVDSTADR"], 1);
    assert_eq!(campaign.totals().receipts["DELIVRD"], 1);
}

#[test]
fn only_what_has_no_response_is_sent_again() {
    let now = clock::now();
    let mut campaign = Campaign::new(3);
    while campaign.next(now).is_some() {}
    campaign.handle_accepted(1, b"B");
    for n in 0..3 {
        campaign.handle_lost(n);
    }
    assert_eq!(campaign.next(now), Some(0));
    assert_eq!(campaign.next(now), Some(2));
    assert_eq!(campaign.next(now), None);
    assert_eq!((campaign.totals().submitted, campaign.totals().resent), (3, 2));
    // The second copy gets the id of the first, as promises.md wants it.
    campaign.handle_accepted(0, b"A");
    campaign.handle_accepted(0, b"A");
    assert_eq!((campaign.totals().accepted, campaign.totals().ids_twice), (2, 0));
}

#[test]
fn a_receipt_may_come_before_its_response() {
    let now = clock::now();
    let mut campaign = Campaign::new(1);
    campaign.next(now);
    assert_eq!(campaign.handle_receipt(b"A", MessageState::Delivered), Receipted::Unnamed);
    assert_eq!(campaign.unmatched(), 1);
    campaign.handle_accepted(0, b"A");
    assert_eq!((campaign.unmatched(), campaign.unreceipted()), (0, 0));
    assert_eq!(campaign.totals().receipts_early, 1);
}

#[test]
fn a_second_receipt_is_a_duplicate_but_enroute_is_none() {
    let now = clock::now();
    let mut campaign = Campaign::new(1);
    campaign.next(now);
    campaign.handle_accepted(0, b"A");
    let mut receipt = |state| campaign.handle_receipt(b"A", state);
    assert_eq!(receipt(MessageState::Enroute), Receipted::Intermediate(0));
    assert_eq!(receipt(MessageState::Expired), Receipted::Expected(0));
    assert_eq!(receipt(MessageState::Expired), Receipted::Duplicate(0));
    assert_eq!(campaign.totals().receipts_twice, 1);
    assert_eq!(campaign.totals().receipts_intermediate, 1);
}

#[test]
fn one_id_for_two_sms_is_noticed() {
    let now = clock::now();
    let mut campaign = Campaign::new(2);
    while campaign.next(now).is_some() {}
    campaign.handle_accepted(0, b"A");
    campaign.handle_accepted(1, b"A");
    assert_eq!(campaign.totals().ids_twice, 1);
}

#[test]
fn what_is_refused_for_the_moment_is_tried_later() {
    let now = clock::now();
    let mut campaign = Campaign::new(1);
    campaign.next(now);
    let at = retry_at(Status::RTHROTTLED, now).unwrap();
    campaign.handle_refused(0, Status::RTHROTTLED, Some(at));
    assert_eq!(campaign.next(now), None);
    assert_eq!(campaign.poll_timeout(), Some(at));
    assert_eq!(campaign.next(at), Some(0));
    assert_eq!((campaign.totals().retried, campaign.unanswered()), (1, 1));
    assert_eq!(retry_at(Status::RINVDSTADR, now), None);
}
