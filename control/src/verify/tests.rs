use routing::State;

use super::*;
use crate::folio::testing::Desk;
use crate::testing::{life, sms};

/// Two folios, and one record that is in none.
fn desk() -> Desk {
    let desk = Desk::new();
    for at in 1..=5 {
        desk.happen(&life(sms(at, "1111"), State::Delivered));
    }
    desk.close().unwrap();
    desk.happen(&life(sms(6, "1111"), State::Expired));
    desk.close().unwrap();
    desk.happen(&life(sms(7, "2222"), State::Delivered));
    desk
}

fn found(desk: &Desk) -> Verified {
    verify(&desk.db(), std::slice::from_ref(&desk.node), &Question::default()).unwrap()
}

#[test]
fn everything_folded_again_is_what_stands_there() {
    let desk = desk();
    let expected = Verified {
        folios: 2,
        records: 7,
        ledger_micros: Some(70_000),
        records_micros: Some(70_000),
        journaled: Some(7),
        ..Verified::default()
    };
    assert_eq!(found(&desk), expected);
    let from = Question { from: Some(2) };
    let rest = verify(&desk.db(), &[], &from).unwrap();
    assert_eq!((rest.folios, rest.records, rest.faults), (1, 2, vec![]));
}

/// Whatever is changed behind our back is told: in a record, the ledger, a sum or a head.
#[test]
fn every_change_behind_our_back_is_told() {
    for (sql, told) in [
        ("UPDATE ledger SET amount_micros = 10001 WHERE message_id = ?1", "the ledger says"),
        ("DELETE FROM ledger WHERE message_id = ?1", "the ledger says nothing"),
        (
            "INSERT INTO ledger (message_id, leg, kind, carrier, received_ns, amount_micros)
             VALUES (?1 || 'X', 'customer', 'charge', 1, 1, 1)",
            "in all",
        ),
        ("UPDATE ledger_sum SET amount_micros = 1 WHERE ?1 <> ''", "is kept of it"),
        ("DELETE FROM ledger_sum WHERE ?1 <> ''", "is kept of it"),
        ("UPDATE cdr SET charge_micros = 20000 WHERE id = ?1", "the record"),
        ("UPDATE cdr SET destination = '9' WHERE id = ?1", "not those that were signed"),
        ("UPDATE cdr SET cost_micros = 5, cost_tariff = 1 WHERE id = ?1", "that were signed"),
        ("UPDATE cdr SET refund_on = 4 WHERE id = ?1", "the journal says"),
        ("UPDATE cdr SET units = 2 WHERE id = ?1", "the journal says"),
        ("UPDATE cdr SET state = 5 WHERE id = ?1", "that were signed"),
        ("DELETE FROM cdr WHERE id = ?1", "not those that were signed"),
        ("UPDATE folio_sum SET messages = 9 WHERE folio = 1 AND ?1 <> ''", "its sums are not"),
        ("DELETE FROM folio_sum WHERE folio = 2 AND ?1 <> ''", "its sums are not"),
        ("UPDATE folio SET signature = head WHERE number = 1 AND ?1 <> ''", "does not hold"),
        (
            "UPDATE folio SET head = replace(head, 'rows 5', 'rows 6') WHERE ?1 <> ''",
            "does not hold",
        ),
    ] {
        let desk = desk();
        let id = sms(3, "1111").id.to_string();
        desk.writer.call_blocking(move |store| store.spoil(sql, &id)).unwrap();
        let faults = found(&desk).faults;
        assert!(faults.iter().any(|fault| fault.contains(told)), "{sql}: {faults:?}");
    }
}

/// What is summed hour by hour is what the records come to, whatever instants cut the time.
#[test]
fn a_period_comes_to_the_same_from_sums_and_from_records() {
    use crate::folio::charged;
    use crate::testing::NOON_NS;
    let desk = desk();
    let noon = NOON_NS as i64;
    let sum = |span: (i64, i64)| {
        let sums = charged(&desk.db(), 1, span).unwrap();
        for one in &sums {
            assert_eq!(one.micros, one.due_micros);
        }
        let add = |part: fn(&crate::folio::Charged) -> i64| sums.iter().map(part).sum::<i64>();
        (add(|one| one.messages), add(|one| one.units), add(|one| one.micros))
    };
    assert_eq!(sum((0, i64::MAX)), (7, 7, 70_000));
    let cuts = (0..9).map(|at| noon + at * 1_000_000).chain([noon - noon % 3_600_000_000_000]);
    for cut in cuts {
        let (before, after) = (sum((0, cut)), sum((cut, i64::MAX)));
        assert_eq!((before.0 + after.0, before.2 + after.2), (7, 70_000), "cut at {cut}");
    }
    assert_eq!(sum((noon + 2_000_000, noon + 4_000_000)), (2, 2, 20_000));
}
