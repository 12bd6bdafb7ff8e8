//! Every loss, copy and mistake has its own line in the account.

use smpp::{MessageState, Status};

use super::{Account, Ledger};

const MS: u64 = 1_000_000;

fn submitted(count: u64) -> Ledger {
    let mut ledger = Ledger::new(8);
    (0..count).for_each(|at| ledger.handle_submitted(at * MS, 0));
    ledger
}

#[test]
fn a_perfect_run_has_nothing_to_account_for() {
    let mut ledger = submitted(3);
    for id in 0..3_u32 {
        let name = id.to_string();
        ledger.handle_response(id, Status::ROK, name.as_bytes(), 10 * MS);
        ledger.handle_delivered(id, name.as_bytes(), 11 * MS);
        assert!(!ledger.is_complete(true));
        ledger.handle_receipt(id, 0, name.as_bytes(), MessageState::Delivered, 12 * MS);
    }
    assert!(ledger.is_complete(true));
    assert_eq!(ledger.account(), Account::default());
    assert_eq!((ledger.totals.receipts_misnamed, ledger.totals.receipts_early), (0, 0));
    // Three digits are exact.
    assert!((10_000..10_010).contains(&ledger.response.at(100.0)));
    assert_eq!(ledger.delivery.len(), 3);
}

#[test]
fn losses_and_phantoms_are_found() {
    let mut ledger = submitted(4);
    ledger.handle_response(0, Status::ROK, b"a", MS);
    ledger.handle_response(1, Status::RTHROTTLED, b"", MS);
    ledger.handle_delivered(1, b"c", MS);
    ledger.handle_response(2, Status::ROK, b"b", MS);
    ledger.handle_delivered(2, b"d", MS);
    let found = Account { unanswered: 1, lost: 1, phantoms: 1, unreceipted: 2 };
    assert_eq!(ledger.account(), found);
    assert!(!ledger.is_complete(false));
    assert_eq!(ledger.totals.refused[&Status::RTHROTTLED.0], 1);
}

#[test]
fn copies_are_told_from_duplicates() {
    let mut ledger = submitted(1);
    for name in [b"call-1", b"call-1", b"call-2"] {
        ledger.handle_delivered(0, name, MS);
    }
    assert_eq!(ledger.totals.delivered, 1);
    assert_eq!(ledger.totals.retransmissions, 1);
    assert_eq!(ledger.totals.delivered_twice, 1);
    ledger.handle_response(0, Status::ROK, b"a", MS);
    ledger.handle_response(0, Status::ROK, b"a", MS);
    ledger.handle_response(9, Status::ROK, b"a", MS);
    assert_eq!(ledger.totals.responses_stray, 2);
}

#[test]
fn receipts_are_checked_against_the_response() {
    let mut ledger = submitted(3);
    ledger.handle_response(0, Status::ROK, b"a", MS);
    ledger.handle_receipt(0, 0, b"x", MessageState::Expired, MS);
    ledger.handle_receipt(0, 0, b"a", MessageState::Delivered, MS);
    assert_eq!(ledger.totals.receipts_misnamed, 1);
    assert_eq!(ledger.totals.receipts_twice, 1);
    assert_eq!(ledger.totals.receipts_other["EXPIRED"], 1);
    for (id, bind) in [(1, 0), (2, 1)] {
        ledger.handle_receipt(id, bind, b"b", MessageState::Delivered, MS);
        ledger.handle_response(id, Status::ROK, b"b", MS);
    }
    assert_eq!((ledger.totals.receipts_early, ledger.totals.receipts_overtaking), (1, 1));
    assert_eq!(ledger.totals.receipts_misnamed, 1);
}

#[test]
fn a_receipt_without_a_text_is_known_by_its_id_even_before_the_response() {
    let mut ledger = submitted(2);
    ledger.remember_names();
    ledger.handle_response(0, Status::ROK, b"first", MS);
    for (bind, name) in [(0, b"first".as_slice()), (1, b"second"), (0, b"third")] {
        ledger.handle_unmarked_receipt(bind, name, MessageState::Delivered, 2 * MS);
    }
    assert_eq!((ledger.totals.receipts, ledger.totals.unmarked), (1, 2));
    ledger.handle_response(1, Status::ROK, b"second", 3 * MS);
    let totals = &ledger.totals;
    assert_eq!((totals.receipts, totals.unmarked), (2, 1));
    assert_eq!((totals.receipts_overtaking, totals.receipts_early), (1, 0));
    assert_eq!((totals.receipts_misnamed, ledger.account().unreceipted), (0, 0));
}

#[test]
fn without_names_a_receipt_without_a_text_is_nobodys() {
    let mut ledger = submitted(1);
    ledger.handle_response(0, Status::ROK, b"first", MS);
    ledger.handle_unmarked_receipt(0, b"first", MessageState::Delivered, 2 * MS);
    assert_eq!((ledger.totals.receipts, ledger.totals.unmarked), (0, 1));
}

#[test]
fn what_a_broken_bind_owed_leaves_again_and_its_receipt_may_come_first() {
    let mut ledger = submitted(3);
    ledger.persist();
    ledger.handle_response(0, Status::ROK, b"a", MS);
    ledger.handle_submitted(3 * MS, 1);
    ledger.handle_broken(0, 4 * MS);
    ledger.handle_receipt(1, 1, b"b", MessageState::Delivered, 5 * MS);
    let mut left = Vec::new();
    while let Some(id) = ledger.next_again(5 * MS) {
        ledger.take_again();
        ledger.handle_submitted_again(id, 1);
        left.push(id);
    }
    assert_eq!(left, [1, 2], "not what is answered, nor what left over another bind");
    ledger.handle_response(1, Status::ROK, b"b", 6 * MS);
    ledger.handle_response(2, Status::ROK, b"c", 6 * MS);
    ledger.handle_receipt(1, 0, b"b", MessageState::Delivered, 7 * MS);
    ledger.handle_receipt(2, 1, b"x", MessageState::Delivered, 7 * MS);
    ledger.handle_receipt(2, 1, b"y", MessageState::Delivered, 7 * MS);
    let totals = &ledger.totals;
    assert_eq!((totals.breaks, totals.again, totals.accepted), (1, 2, 3));
    assert_eq!((totals.receipts_early, totals.receipts_overtaking), (0, 0));
    assert_eq!((totals.receipts_repeated, totals.receipts_twice), (1, 1));
    assert_eq!(totals.receipts_misnamed, 1);
}

#[test]
fn what_was_refused_for_now_leaves_again_only_in_a_run_that_goes_on() {
    let mut ledger = submitted(2);
    ledger.persist();
    ledger.handle_response(0, Status::RTHROTTLED, b"", MS);
    ledger.handle_response(1, Status::RINVDSTADR, b"", MS);
    assert_eq!(ledger.next_again(2 * MS), None, "not at once");
    assert_eq!(ledger.next_again(MS + super::REFUSED_NS), Some(0));
    ledger.handle_response(0, Status::ROK, b"a", 2 * MS);
    assert_eq!(ledger.totals.responses_stray, 1, "nothing is asked");
    ledger.take_again();
    ledger.handle_submitted_again(0, 0);
    ledger.handle_response(0, Status::ROK, b"a", 90 * MS);
    assert_eq!((ledger.totals.accepted, ledger.unanswered()), (1, 0));
    assert_eq!(ledger.totals.refused.len(), 1);
}
