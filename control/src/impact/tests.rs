use routing::State;
use serde_json::json;

use super::*;
use crate::compile::snapshot;
use crate::store::{Batch, Desk};
use crate::testing::{NOON_NS, World, life, refused, sms};

fn compare(world: &mut World, period: (u64, u64)) -> Impact {
    let db = world.store.place().reader().unwrap();
    let tables = world.store.tables();
    let (live, Desk { candidate, .. }) = world.store.view("me").unwrap();
    let plan = |model| snapshot(model, &tables, 0).unwrap();
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

/// One sender and one number, every half hour of a day.
#[test]
fn each_sms_is_asked_about_at_its_own_time() {
    let (mut world, mut batch) = (World::story(), Batch::default());
    let half_hour = 1_800_000_000_000;
    for half in 0..48 {
        let mut one = sms(half, "2222");
        one.received_ns = NOON_NS + u64::from(half) * half_hour;
        for (at, record) in life(one, State::Delivered).into_iter().enumerate() {
            batch.handle(1, at, record);
        }
    }
    world.store.take(&batch).unwrap();
    let day = (NOON_NS, NOON_NS + 48 * half_hour);
    let night = json!({"verb": "add", "kind": "policy", "env": "env1", "name": "night",
        "fields": {"pattern": "222%", "priority": 1, "via": ["refuse:barred"],
            "windows": ["22:00-06:00"]}});
    world.draft(night).unwrap();
    let impact = compare(&mut world, day);
    assert_eq!((impact.messages, impact.moved), (48, 16), "eight hours of them");
    assert_eq!((impact.money[0].live_micros, impact.money[0].draft_micros), (480_000, 320_000));
    // From 10:30:00.000000001 on: the one at 10:30 sharp is not touched.
    let later = json!({"verb": "set", "kind": "policy", "env": "env1", "name": "night",
        "fields": {"windows": [], "valid_from": "2024-01-15T10:30:00.000000001Z"}});
    world.draft(later).unwrap();
    assert_eq!(compare(&mut world, day).moved, 47);
}
