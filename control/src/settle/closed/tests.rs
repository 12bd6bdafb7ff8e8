use routing::State;

use super::*;
use crate::fault::Code;
use crate::settle::settle;
use crate::settle::tests::{question, send};
use crate::testing::World;

fn closed(world: &World, from: &str, to: &str, now: &str) -> Outcome<Settlement> {
    let now = crate::zone::instant(now, &jiff::tz::TimeZone::UTC).unwrap() as u64;
    world.store.account(|db| close(db, &question(from, to), ("ann", "desk 7"), now))
}

fn told(world: &World, from: &str, to: &str) -> Settlement {
    settle(&world.store.place().reader().unwrap(), &question(from, to)).unwrap()
}

#[test]
fn a_closed_period_says_the_same_ever_after_and_is_corrected_in_the_open_one() {
    let mut world = World::story();
    let january = ("2024-01-01", "2024-02-01");
    send(&mut world, (0..10).map(|n| (n, "1111", State::Delivered)));
    let before = told(&world, january.0, january.1);
    let fault = closed(&world, january.0, january.1, "2024-01-31T23:59:59Z").unwrap_err();
    assert_eq!(fault.error, "the period ends 2024-02-01T00:00:00Z: it is not over");
    let kept = closed(&world, january.0, january.1, "2024-02-01").unwrap();
    assert_eq!(kept.closed.as_ref().map(|seal| seal.by.as_str()), Some("ann"));
    assert_eq!(Settlement { closed: None, ..kept.clone() }, before);
    for (from, to) in [january, ("2024-01-15", "2024-02-15"), ("2023-12-01", "2024-01-02")] {
        assert_eq!(closed(&world, from, to, "2024-03-01").unwrap_err().code, Code::Invalid);
    }
    // Two records come late: the closed month stays, octet for octet.
    send(&mut world, (10..12).map(|n| (n, "1111", State::Delivered)));
    let again = told(&world, january.0, january.1);
    let text = |told: &Settlement| serde_json::to_string(told).unwrap();
    assert_eq!(text(&again), text(&kept));
    let rows = world.store.account(|db| list(db, Some("TATA"), None)).unwrap();
    assert_eq!((rows.len(), rows[0].open_micros, rows[0].due.as_str()), (1, 20_000, "0.10 USD"));
    // They are due in the month in which February is closed, and once.
    closed(&world, "2024-02-01", "2024-03-01", "2024-03-02").unwrap();
    let march = told(&world, "2024-03-01", "2024-04-01");
    let extras: Vec<_> = march
        .extras
        .iter()
        .map(|one| (one.kind.as_str(), one.what.as_str(), one.amount_micros))
        .collect();
    let words = "2024-01-01..2024-02-01: records that came late";
    assert_eq!(extras, [("correction", words, 20_000)]);
    assert_eq!(march.due, "0.02 USD");
    closed(&world, "2024-03-01", "2024-04-01", "2024-04-02").unwrap();
    let rows = world.store.account(|db| list(db, None, None)).unwrap();
    assert_eq!(rows.iter().map(|row| row.open_micros).collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!(told(&world, "2024-04-01", "2024-05-01").due, "0.00 USD");
}

#[test]
fn what_a_period_comes_to_beside_its_prices_is_booked_to_the_account_when_it_is_closed() {
    let mut world = World::story();
    world
        .draft(
            serde_json::json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": {"minimum": "5.00", "fees": {"1": "1.00"}}}),
        )
        .unwrap();
    world.commit("at least five").unwrap();
    send(&mut world, (0..10).map(|n| (n, "1111", State::Delivered)));
    let kept = closed(&world, "2024-01-01", "2024-02-01", "2024-02-01").unwrap();
    assert_eq!((kept.due.as_str(), kept.monthly_fee_micros), ("6.00 USD", 1_000_000));
    let rows = world.store.account(|db| account::list(db, Some("TATA"), None)).unwrap();
    let rows: Vec<_> = rows.iter().map(|row| (row.kind, row.amount.as_str())).collect();
    assert_eq!(rows, [(Kind::Closing, "-5.90")], "what its SMS cost was charged one by one");
    assert_eq!(told(&world, "2024-02-01", "2024-03-01").extras, [], "not due again");
}
