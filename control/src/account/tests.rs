use routing::board::Page;
use serde_json::json;

use super::*;
use crate::testing::World;
use crate::watch::NodeView;

fn wish(kind: Kind, amount: &str) -> Wish {
    let (carrier, reason) = ("TATA".to_owned(), "wire 4711".to_owned());
    Wish { carrier, env: None, kind, amount: amount.to_owned(), reason }
}

fn booked(world: &World, kind: Kind, amount: &str) -> Outcome<Booked> {
    world.store.account(|db| book(db, &wish(kind, amount), ("ann", "desk 7"), 1_000_000_000))
}

#[test]
fn a_booking_says_who_and_why_and_nothing_takes_it_away() {
    let mut world = World::story();
    let paid = booked(&world, Kind::Payment, "100.00").unwrap();
    assert_eq!((paid.id, paid.amount_micros, paid.currency.as_str()), (1, 100_000_000, "USD"));
    let said = [paid.author.as_str(), &paid.origin, &paid.reason, &paid.at];
    assert_eq!(said, ["ann", "desk 7", "wire 4711", "1970-01-01T00:00:01.000Z"]);
    booked(&world, Kind::Adjustment, "-2.50").unwrap();
    booked(&world, Kind::CreditNote, "0.000001").unwrap();
    let sum = |world: &World| world.store.account(paid_of).unwrap();
    assert_eq!(sum(&world), [97_500_001]);
    // Neither a rollback nor another model changes what was paid.
    world
        .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
        "fields": {"tps": 7}}))
        .unwrap();
    world.commit("faster").unwrap();
    let world = world.reopened();
    assert_eq!(sum(&world), [97_500_001]);
    let kinds = world.store.account(|db| list(db, Some("TATA"), None)).unwrap();
    let kinds: Vec<_> = kinds.iter().map(|row| (row.id, row.kind)).collect();
    assert_eq!(kinds, [(1, Kind::Payment), (2, Kind::Adjustment), (3, Kind::CreditNote)]);
}

fn paid_of(db: &Db) -> Outcome<Vec<i64>> {
    Ok(paid(db)?.into_iter().map(|one| one.micros).collect())
}

#[test]
fn what_cannot_be_booked_says_why() {
    let mut world = World::story();
    for (kind, amount, code) in [
        (Kind::Payment, "-1", Code::Invalid),
        (Kind::Payment, "0", Code::Invalid),
        (Kind::CreditNote, "-1", Code::Invalid),
        (Kind::Adjustment, "0.00", Code::Invalid),
        (Kind::Adjustment, "a lot", Code::Usage),
        (Kind::Payment, "0.0000001", Code::Usage),
        (Kind::Closing, "1", Code::Invalid),
        (Kind::Correction, "1", Code::Invalid),
    ] {
        assert_eq!(booked(&world, kind, amount).unwrap_err().code, code, "{kind:?} {amount}");
    }
    let mut nameless = wish(Kind::Payment, "1");
    nameless.carrier = "TATTA".to_owned();
    let book = |wish: &Wish| world.store.account(|db| book(db, wish, ("ann", ""), 1));
    assert_eq!(book(&nameless).unwrap_err().cure.as_deref(), Some("did you mean TATA?"));
    let silent = Wish { reason: " ".to_owned(), ..wish(Kind::Payment, "1") };
    assert_eq!(book(&silent).unwrap_err().code, Code::Invalid);
    booked(&world, Kind::Payment, "9000000000000").unwrap();
    assert_eq!(booked(&world, Kind::Payment, "9000000000000").unwrap_err().code, Code::Invalid);
    world
        .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
        "fields": {"currency": "EUR"}}))
        .unwrap();
    world.commit("euros").unwrap();
    let fault = booked(&world, Kind::Payment, "1").unwrap_err();
    assert_eq!(fault.error, "the account of TATA is in USD, its tariff in EUR");
}

#[test]
fn nodes_are_told_in_a_file_what_was_paid() {
    let mut world = World::story();
    let file = world.folder.path().join("plan").join(Paid::FILE);
    crate::timely::due(&mut world.store, &world.publisher, 1).unwrap();
    assert!(!file.exists(), "nobody paid");
    booked(&world, Kind::Payment, "5.00").unwrap();
    crate::timely::due(&mut world.store, &world.publisher, 2).unwrap();
    let told = Paid::parse_all(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(told.iter().map(|one| one.micros).collect::<Vec<_>>(), [5_000_000]);
    std::fs::remove_file(&file).unwrap();
    crate::timely::due(&mut world.store, &world.publisher, 3).unwrap();
    assert!(file.exists(), "what somebody removed is there a second later");
}

#[test]
fn a_node_that_has_just_started_gives_nobody_back_what_was_spent() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
        "fields": {"credit": "0.20"}}))
        .unwrap();
    world.commit("beforehand").unwrap();
    let spent = "INSERT INTO ledger_sum (carrier, amount_micros)
        SELECT id, 150000 FROM identity WHERE kind = 'carrier' AND key = 'TATA'";
    world.store.account(|db| db.change(spent, &[])).unwrap();
    let left = |pages| {
        let boards = [NodeView { name: "env1".to_owned(), pages, age_ns: Some(0) }];
        let asked = (Some("TATA"), None);
        let rows = world.store.account(|db| balances(db, &boards, asked)).unwrap();
        (rows[0].left.clone(), rows[0].held.clone())
    };
    assert_eq!(left(vec![Page::default()]), (Some("0.05".to_owned()), "0.00".to_owned()));
    assert_eq!(left(vec![]), (None, "0.00".to_owned()), "nobody has ever said");
}
