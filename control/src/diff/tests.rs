use serde_json::json;

use super::*;
use crate::testing::World;

fn words(world: &mut World) -> Vec<String> {
    let live = world.store.live().clone();
    let candidate = &world.store.desk("me").unwrap().candidate;
    diff(&live, candidate).into_iter().map(|one| one.words).collect()
}

#[test]
fn each_noun_is_told_in_one_line() {
    let mut world = World::empty();
    for (wish, expected) in [
        (
            json!({"kind": "environment", "name": "env1", "fields": {
                "domain": "d.example", "smpp": ["127.0.0.2:2775"]}}),
            "+ environment env1  domain d.example smpp 127.0.0.2:2775 sip ",
        ),
        (
            json!({"kind": "connection", "env": "env1", "name": "env2", "fields": {
                "remote": "127.0.0.3:2775", "system_id": "s", "password": "p"}}),
            "+ connection env2  env1  127.0.0.3:2775 as s (transceiver)",
        ),
        (
            json!({"kind": "connection", "env": "env1", "name": "env3", "fields": {
                "remote": "127.0.0.4:2775", "system_id": "s", "password": "p", "links": 2,
                "always_ask": false, "verdicts": {"0x45": "busy"}}}),
            "+ connection env3  env1  127.0.0.4:2775 as s (transceiver) always_ask off links 2 \
             verdicts 0x45=busy",
        ),
        (
            json!({"kind": "policy", "env": "env1", "name": "222%", "fields": {"via": ["env2"]}}),
            "+ policy '222%' -> env2  env1  priority 10",
        ),
        (
            json!({"kind": "account", "env": "env1", "name": "1111", "fields": {
                "password": "p", "messaging": false}}),
            "+ account 1111  env1  numbers 1111 messaging off",
        ),
    ] {
        let mut wish = wish;
        wish["verb"] = "add".into();
        world.draft(wish).unwrap();
        assert!(words(&mut world).contains(&expected.to_owned()), "{:?}", words(&mut world));
    }
}

#[test]
fn changes_show_old_and_new_but_no_secret() {
    let mut world = World::story();
    for (kind, name, fields) in [
        ("tariff", "TATA-in", json!({"prices": {"1": "0.02", "4": "1"}, "drop_prices": ["2"]})),
        ("carrier", "TATA", json!({"tps": 5, "password": "other", "allow": ["10.0.0.0/8"]})),
    ] {
        world
            .draft(json!({"verb": "set", "kind": kind, "env": "env1", "name": name,
                "fields": fields}))
            .unwrap();
    }
    world.draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"})).unwrap();
    assert_eq!(
        words(&mut world),
        [
            "~ tariff TATA-in  env1  price 1 0.010000 -> 0.020000, price 2 0.010000 -> (none), \
             price 4 (none) -> 1.000000",
            "~ carrier TATA  env1  allow (none) -> 10.0.0.0/8, tps 0 -> 5, \
             password (secret) -> (another secret)",
            "- policy '222%' -> env2  env1",
        ]
    );
}

#[test]
fn price_lists_show_what_they_change() {
    let mut world = World::story();
    let mut say = |fields: serde_json::Value| {
        world
            .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
                "fields": fields}))
            .unwrap();
        words(&mut world)
    };
    assert_eq!(
        say(json!({"from": "2099-01-01", "prices": {"1": "0.02"}})),
        ["~ tariff TATA-in  env1  from 2099-01-01T00:00:00Z (none) -> 3 prices"]
    );
    world.commit("later").unwrap();
    let mut say = |fields: serde_json::Value| {
        world
            .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
                "fields": fields}))
            .unwrap();
        words(&mut world)
    };
    assert_eq!(
        say(json!({"from": "2099-01-01", "until": "2099-02-01", "prices": {"1": "0.03"},
            "drop_prices": ["2"], "tiers": {"*": {"1001": "0.005"}}, "minimum": "5.00"})),
        ["~ tariff TATA-in  env1  from 2099-01-01T00:00:00Z until (none) -> \
             2099-02-01T00:00:00Z, from 2099-01-01T00:00:00Z price 1 0.020000 -> 0.030000, \
             from 2099-01-01T00:00:00Z price 2 0.010000 -> (none), minimum (none) -> 5.00, \
             tiers (none) -> *=1001=0.005"]
    );
    assert_eq!(
        say(json!({"drop_lists": ["2099-01-01"], "drop_tiers": ["*"], "minimum": "default"})),
        ["~ tariff TATA-in  env1  from 2099-01-01T00:00:00Z 3 prices -> (none)"]
    );
}

#[test]
fn the_way_back_is_no_change() {
    let mut world = World::story();
    for tps in [5, 0] {
        world
            .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
                "fields": {"tps": tps}}))
            .unwrap();
    }
    assert!(words(&mut world).is_empty());
    assert!(world.store.draft_counts().unwrap().is_empty());
}
