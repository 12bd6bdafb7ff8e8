use super::*;
use crate::cdr::{Filter, list};
use crate::store::given;

/// How ten SMS end, and whether a next hop took them: as docs/billing.md says.
const TEN: [(State, bool); 10] = [
    (State::Delivered, true),
    (State::Delivered, true),
    (State::Delivered, true),
    (State::Delivered, false),
    (State::Delivered, false),
    (State::Delivered, false),
    (State::Undeliverable, true),
    (State::Undeliverable, false),
    (State::Expired, false),
    (State::Deleted, false),
];

fn ten(refund: Refund) -> Vec<routing::journal::Record> {
    let mut records = Vec::new();
    for (n, (state, is_taken)) in (0..).zip(TEN) {
        let mut sms = Sms { generation: 2, ..sms(n, "1111") };
        sms.charge.refund = refund;
        let (id, at_ns) = (sms.id, sms.accepted_ns + 1);
        records.extend(life(sms, state));
        let taken = routing::journal::Taken { id, at_ns, peer_id: b"7".to_vec() };
        records.extend(is_taken.then_some(routing::journal::Record::Taken(taken)));
    }
    records
}

/// What TATA agreed to, as the draft takes it and the plan has it.
pub(super) fn agreed(world: &mut World, charge_on: &str, ends: &[&str]) -> Outcome<Refund> {
    world.draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
        "fields": {"charge_on": charge_on, "refund": ends, "tps": 9}}))?;
    world.commit("as the page says")?;
    let known = world.store.live().get(&crate::model::Key::new(Kind::Carrier, "env1", "TATA"));
    let Some(Body::Carrier(carrier)) = known.map(|entry| entry.body.as_ref()) else {
        panic!("TATA is a carrier");
    };
    Ok(Refund::after(carrier.contract.refund.iter().map(|end| end.0.0)))
}

#[test]
fn what_is_given_back_is_what_the_page_says() {
    let (_, below) = PAGE.split_once("| `--charge-on` | `--refund` |").unwrap();
    let rows = below.lines().skip(2).take_while(|line| line.starts_with('|'));
    let mut seen = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [on, ends, charged, back, due] = cells.try_into().unwrap();
        let ends: Vec<&str> = ends.split(',').filter(|end| !end.is_empty()).collect();
        let mut world = World::story();
        let refund = agreed(&mut world, on.trim_matches('`'), &ends).unwrap();
        // In one batch, and then again piece by piece.
        let mut whole = Batch::default();
        ten(refund).into_iter().for_each(|record| whole.handle(1, 0, record));
        world.store.take(&whole).unwrap();
        for record in ten(refund) {
            let mut piece = Batch::default();
            piece.handle(1, 0, record);
            world.store.take(&piece).unwrap();
        }
        let told = of(&world, "2024-01-01", "2024-02-01").unwrap();
        let (charged, back): (i64, i64) = (charged.parse().unwrap(), back.parse().unwrap());
        assert_eq!((told.billing_units, told.due.as_str()), (charged - back, due), "{row}");
        let given_back = (told.refunded_units, told.refunded_micros);
        assert_eq!(given_back, (back, back * 10_000), "{row}");
        let db = world.store.place().reader().unwrap();
        for (kind, count) in [("charge", charged), ("refund", back)] {
            let sql = "SELECT count(*) FROM ledger WHERE kind = ?1";
            let rows: Option<i64> = db.one(sql, given![kind], |row| row.get(0)).unwrap();
            assert_eq!(rows, Some(count), "{row}: {kind}");
        }
        let kept: i64 = crate::store::charged(&db).unwrap().values().sum();
        assert_eq!(kept, told.total_micros, "{row}: the balance");
        let records = list(&db, &Filter::default()).unwrap();
        let sum = |key: &str| -> i64 {
            let record = |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap();
            records.iter().filter_map(|line| record(line)[key].as_i64()).sum()
        };
        let sums = (sum("charge_micros"), sum("refund_micros"));
        assert_eq!(sums, (charged * 10_000, back * 10_000), "{row}: the records");
        let verified = crate::verify::verify(&db, &[], &Default::default()).unwrap();
        assert_eq!(verified.faults, [] as [String; 0], "{row}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn who_pays_on_delivery_has_nothing_to_get_back() {
    let mut world = World::story();
    let fault = agreed(&mut world, "delivered", &["expired"]).unwrap_err();
    assert!(fault.error.contains("nothing to refund"), "{}", fault.error);
    let mut world = World::story();
    let fault = agreed(&mut world, "accepted", &["expired", "expired"]).unwrap_err();
    assert!(fault.error.contains("names an end twice"), "{}", fault.error);
    let mut world = World::story();
    let fault = agreed(&mut world, "accepted", &["delivered"]).unwrap_err();
    assert!(fault.error.contains("undeliverable"), "{}", fault.error);
}

/// What comes back after a month was closed is booked when the next one is.
#[test]
fn what_is_given_back_late_corrects_a_closed_period() {
    let mut world = World::story();
    let refund = agreed(&mut world, "accepted", &["expired"]).unwrap();
    let mut first = sms(1, "1111");
    (first.charge.refund, first.generation) = (refund, 2);
    let records = life(first, State::Expired);
    let take = |world: &mut World, records: &[routing::journal::Record]| {
        let mut batch = Batch::default();
        records.iter().for_each(|record| batch.handle(1, 0, record.clone()));
        world.store.take(&batch).unwrap();
    };
    take(&mut world, &records[..1]);
    let now_ns = NOON_NS + 90 * 24 * 3_600_000_000_000;
    let month = |month: &str| Question {
        month: Some(month.to_owned()),
        from: None,
        to: None,
        ..question("", "")
    };
    let shut = |world: &World, name: &str| {
        world.store.account(|db| close(db, &month(name), ("me", "here"), now_ns)).unwrap()
    };
    let kept = shut(&world, "2024-01");
    assert_eq!(kept.due, "0.01 USD");
    take(&mut world, &records[1..]);
    shut(&world, "2024-02");
    let db = world.store.place().reader().unwrap();
    assert_eq!(settle(&db, &month("2024-01")).unwrap(), kept);
    let sql = "SELECT kind, amount_micros FROM booking";
    let booked: Vec<(String, i64)> =
        db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(booked, [("correction".to_owned(), 10_000)]);
}
