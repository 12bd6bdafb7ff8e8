use routing::State;
use serde_json::json;

use super::*;
use crate::compile::compile;
use crate::store::{Batch, Desk, open_reader};
use crate::testing::{NOON_NS, World, life, refused, sms};

fn compare(world: &mut World, period: (u64, u64)) -> Impact {
    let db = open_reader(world.store.path()).unwrap();
    let (live, Desk { candidate, .. }) = world.store.view("me").unwrap();
    let plan = |model| Snapshot::of(&compile(model, 0, 0));
    let (live, draft) = (plan(live), plan(candidate));
    impact(&db, &Comparison { live: &live, draft: &draft, period }).unwrap()
}

#[test]
fn what_would_have_gone_another_way_is_counted_and_priced() {
    let mut world = World::story();
    let mut batch = Batch::default();
    for counter in 0..30 {
        let number = if counter < 20 { "2222" } else { "1111" };
        for (at, record) in life(sms(counter, number), State::Delivered).into_iter().enumerate() {
            batch.handle(1, at, record);
        }
    }
    batch.handle(2, 0, refused(40));
    world.store.take(&batch).unwrap();
    for wish in [
        json!({"verb": "add", "kind": "connection", "env": "env1", "name": "env5", "fields": {
            "remote": "127.0.0.5:2775", "system_id": "env1", "password": "secret"}}),
        json!({"verb": "set", "kind": "policy", "env": "env1", "name": "222%",
            "fields": {"via": ["env5"]}}),
        json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": {"prices": {"2": "0.03"}}}),
        json!({"verb": "add", "kind": "policy", "env": "env1", "name": "999%",
            "fields": {"via": ["env5"]}}),
    ] {
        world.draft(wish).unwrap();
    }
    let hour = 3_600_000_000_000;
    let impact = compare(&mut world, (NOON_NS - hour, NOON_NS + hour));
    assert_eq!((impact.messages, impact.moved), (31, 20), "999000 has no price in the draft");
    let (env, from, to) =
        ("env1".to_owned(), "connection env2".to_owned(), "connection env5".to_owned());
    assert_eq!(impact.moves, [Move { env, from, to, messages: 20 }]);
    let money = &impact.money[0];
    assert_eq!((money.live_micros, money.draft_micros), (300_000, 700_000));
    assert_eq!((money.carrier.as_str(), money.currency.as_str()), ("TATA", "USD"));
    let before = compare(&mut world, (NOON_NS - hour, NOON_NS));
    assert_eq!((before.messages, before.moved), (0, 0), "the end does not belong to the period");
}
