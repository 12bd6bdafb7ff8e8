use serde_json::{Value, json};

use super::*;
use crate::testing::World;

/// What is harmful in the draft of `me`.
fn harms(world: &mut World) -> Vec<String> {
    let live = world.store.live().clone();
    harm(&live, &world.store.desk("me").unwrap().candidate)
}

fn rm(kind: &str, name: &str) -> Value {
    json!({"verb": "rm", "kind": kind, "env": "env1", "name": name})
}

fn set(kind: &str, name: &str, fields: &Value) -> Value {
    json!({"verb": "set", "kind": kind, "env": "env1", "name": name, "fields": fields})
}

fn with_accounts(count: u32) -> World {
    let mut world = World::story();
    for user in 5000..5000 + count {
        let fields = json!({"password": "pw"});
        let add = json!({"verb": "add", "kind": "account", "env": "env1",
            "name": user.to_string(), "fields": fields});
        world.draft(add).unwrap();
    }
    world.commit("more").unwrap();
    world
}

#[test]
fn an_ordinary_change_harms_nobody() {
    let mut world = with_accounts(20);
    world.draft(rm("account", "5001")).unwrap();
    world.draft(set("carrier", "TATA", &json!({"tps": 7}))).unwrap();
    world.draft(set("tariff", "TATA-in", &json!({"prices": {"1": "0"}}))).unwrap();
    assert_eq!(harms(&mut world), Vec::<String>::new());
}

#[test]
fn the_last_of_a_kind_does_not_go_unsaid() {
    let mut world = World::story();
    world.draft(rm("policy", "222%")).unwrap();
    world.draft(set("connection", "env2", &json!({"enabled": false}))).unwrap();
    world.draft(set("account", "1111", &json!({"messaging": false}))).unwrap();
    let expected = [
        "all accounts with messaging of env1 go (1 today)",
        "all policies of env1 go (1 today)",
        "all connections in use of env1 go (1 today)",
    ];
    assert_eq!(harms(&mut world), expected);
}

#[test]
fn nine_accounts_of_ten_do_not_go_unsaid() {
    let mut world = with_accounts(19);
    for user in 5000..5018 {
        world.draft(set("account", &user.to_string(), &json!({"messaging": false}))).unwrap();
    }
    assert_eq!(harms(&mut world), ["env1 keeps 2 of its 20 accounts with messaging"]);
    world.draft(set("account", "5000", &json!({"messaging": true}))).unwrap();
    assert_eq!(harms(&mut world), Vec::<String>::new());
}

#[test]
fn what_was_paid_for_does_not_become_free_unsaid() {
    let mut world = World::story();
    let free = json!({"prices": {"1": "0", "2": "0", "3": "0"}});
    world.draft(set("tariff", "TATA-in", &free)).unwrap();
    let expected = ["every price of tariff TATA-in of env1 becomes 0 (today up to 0.010000)"];
    assert_eq!(harms(&mut world), expected);
}
