use serde_json::json;

use super::*;
use crate::testing::World;

fn fault(world: &mut World, wish: serde_json::Value) -> Fault {
    world.draft(wish).unwrap_err()
}

fn body(world: &mut World, kind: Kind, name: &str) -> Body {
    let candidate = &world.store.desk("me").unwrap().candidate;
    (*candidate.get(&Key::new(kind, "env1", name)).unwrap().body).clone()
}

#[test]
fn a_password_is_kept_as_digests_of_the_environments_domain() {
    let mut world = World::story();
    let Body::Account(account) = body(&mut world, Kind::Account, "1111") else { panic!() };
    assert_eq!(account.numbers, ["1111"], "a user of digits is its own number");
    assert_eq!(account.ha1_md5, Hex::of(ha1_md5("1111", "env1.example", "pw")));
    assert_eq!(account.ha1_sha256, Hex::of(ha1_sha256("1111", "env1.example", "pw")));
}

#[test]
fn the_domain_stays_while_there_are_accounts() {
    let mut world = World::story();
    let wish = |domain| {
        json!({"verb": "set", "kind": "environment", "name": "env1",
            "fields": {"domain": domain}})
    };
    let refused = fault(&mut world, wish("other.example"));
    assert_eq!(refused.code, Code::Invalid);
    assert!(refused.cure.unwrap().contains("remove the accounts"));
    world.draft(wish("env1.example")).unwrap();
    world.draft(json!({"verb": "rm", "kind": "account", "env": "env1", "name": "1111"})).unwrap();
    world.draft(wish("other.example")).unwrap();
}

#[test]
fn a_carriers_password_is_sealed() {
    let mut world = World::story();
    let Body::Carrier(carrier) = body(&mut world, Kind::Carrier, "TATA") else { panic!() };
    assert_eq!(world.seal.unseal(&carrier.password.octets()).as_deref(), Some("secret"));
    assert!(!Body::Carrier(carrier).to_json().contains("secret"));
}

#[test]
fn the_same_again_is_no_change() {
    let mut world = World::story();
    for (kind, name, fields) in [
        ("carrier", "TATA", json!({"password": "secret"})),
        ("account", "1111", json!({"password": "pw", "numbers": ["1111"]})),
        ("policy", "222%", json!({"via": ["env2"]})),
    ] {
        let wish = json!({"verb": "put", "kind": kind, "env": "env1", "name": name,
            "fields": fields});
        world.draft(wish).unwrap();
    }
    assert!(world.store.desk("me").unwrap().draft.is_empty());
    let wish = json!({"verb": "put", "kind": "account", "env": "env1", "name": "1112",
        "fields": {"password": "pw"}});
    world.draft(wish).unwrap();
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 1);
}

#[test]
fn set_changes_what_it_names_and_nothing_else() {
    let mut world = World::story();
    let before = body(&mut world, Kind::Carrier, "TATA");
    world
        .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
            "fields": {"tps": 7, "tariff": ""}}))
        .unwrap();
    let Body::Carrier(before) = before else { panic!() };
    let after = Body::Carrier(Carrier { tps: 7, tariff: None, ..before });
    assert_eq!(body(&mut world, Kind::Carrier, "TATA"), after);
}

#[test]
fn prices_are_set_one_by_one() {
    let mut world = World::story();
    let set = |fields| {
        json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": fields})
    };
    world.draft(set(json!({"prices": {"*": "0.5", "1": "0.02"}, "drop_prices": ["2"]}))).unwrap();
    let Body::Tariff(tariff) = body(&mut world, Kind::Tariff, "TATA-in") else { panic!() };
    let prices: Vec<_> = tariff.prices.iter().map(|(p, micros)| (p.as_str(), *micros)).collect();
    assert_eq!(prices, [("", 500_000), ("1", 20_000), ("3", 10_000)]);
    for (fields, code) in [
        (json!({"prices": {"1": "0.0000001"}}), Code::Invalid),
        (json!({"prices": {"1": "a lot"}}), Code::Invalid),
        (json!({"drop_prices": ["9"]}), Code::NotFound),
        (json!({"prices": {"1x": "0.01"}}), Code::Invalid),
        (json!({"prices": {"1 at night": "0.01"}}), Code::Invalid),
        (json!({"zone": "Mars/Olympus"}), Code::Invalid),
        (json!({"from": "next month"}), Code::Invalid),
        (json!({"until": "2099-01-01"}), Code::Usage),
        (json!({"drop_lists": ["2099-01-01"]}), Code::NotFound),
        (json!({"colour": "red"}), Code::Invalid),
    ] {
        assert_eq!(fault(&mut world, set(fields)).code, code);
    }
}

#[test]
fn what_is_not_there_is_named_with_what_is_near() {
    let mut world = World::story();
    for (wish, cure) in [
        (
            json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "tat"}),
            "did you mean TATA?",
        ),
        (
            json!({"verb": "rm", "kind": "carrier", "env": "env9", "name": "TATA"}),
            "did you mean env1?",
        ),
        (
            json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "8765%"}),
            "see: signalbox policy list",
        ),
    ] {
        let refused = fault(&mut world, wish);
        assert_eq!((refused.code, refused.cure.as_deref()), (Code::NotFound, Some(cure)));
    }
    let again = json!({"verb": "add", "kind": "account", "env": "env1", "name": "1111"});
    assert_eq!(fault(&mut world, again).code, Code::Invalid);
    let bare = json!({"verb": "add", "kind": "carrier", "env": "env1", "name": "new"});
    assert_eq!(fault(&mut world, bare).code, Code::Usage);
}

#[test]
fn what_others_lean_on_is_not_removed() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "set", "kind": "connection", "env": "env1", "name": "env2",
            "fields": {"carrier": "TATA"}}))
        .unwrap();
    for (kind, env, name, using) in [
        ("carrier", "env1", "TATA", "connection env2"),
        ("environment", "", "env1", "1 tariff, 1 carrier, 1 connection, 1 policy, 1 account"),
        ("tariff", "env1", "TATA-in", "carrier TATA"),
        ("connection", "env1", "env2", "policy '222%'"),
    ] {
        let refused =
            fault(&mut world, json!({"verb": "rm", "kind": kind, "env": env, "name": name}));
        assert_eq!(refused.code, Code::Invalid);
        assert!(refused.error.ends_with(&format!("is in use by {using}")), "{}", refused.error);
    }
}
