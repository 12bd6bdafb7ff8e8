use serde_json::json;

use super::*;
use crate::testing::World;

/// The words of what a wish on top of the story runs into.
fn troubles(wish: serde_json::Value) -> Vec<Trouble> {
    let mut world = World::story();
    world.draft(wish.clone()).unwrap();
    let kind: Kind = serde_json::from_value(wish["kind"].clone()).unwrap();
    let text = |key: &str| wish[key].as_str().unwrap_or_default().to_owned();
    let key = Key::new(kind, &text("env"), &text("name"));
    let candidate = &world.store.desk("me").unwrap().candidate;
    let found = check_one(candidate, &key);
    assert_eq!(check(candidate).len(), found.len(), "the whole is as wrong as its part");
    found
}

#[test]
fn the_story_holds() {
    assert_eq!(check(World::story().store.live()), []);
}

#[test]
fn j08_an_entry_address_belongs_to_one_environment() {
    for taken in ["smpp", "sip"] {
        let port = if taken == "smpp" { "127.0.0.2:2775" } else { "127.0.0.2:5060" };
        let mut fields = json!({"domain": "env2.example"});
        fields[taken] = json!([port]);
        let wish = json!({"verb": "add", "kind": "environment", "name": "env2", "fields": fields});
        let found = troubles(wish);
        let words: Vec<_> = found.iter().map(|trouble| trouble.words.as_str()).collect();
        let said = format!("{port} is the entry of env1 and of env2");
        assert!(words.len() == 1 && words[0].starts_with(&said), "{words:?}");
    }
}

#[test]
fn each_rule_says_what_is_wrong() {
    let env = json!("env1");
    for (wish, expected) in [
        (
            json!({"kind": "environment", "name": "env2", "fields": {
                "domain": "env2.example", "smpp": ["127.0.0.2:2775"]}}),
            "127.0.0.2:2775 is the entry of env1 and of env2",
        ),
        (
            json!({"kind": "environment", "name": "Env2", "fields": {"domain": "d"}}),
            "environment name 'Env2': use 1 to 32 of a-z",
        ),
        (
            json!({"kind": "account", "env": env, "name": "anna", "fields": {
                "password": "pw", "numbers": ["1111"]}}),
            "number 1111 already belongs to account 1111",
        ),
        (
            json!({"kind": "account", "env": env, "name": "anna", "fields": {
                "password": "pw", "numbers": ["12a"]}}),
            "account anna of env1: number '12a'",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "tata"}}),
            "system_id tata already belongs to carrier TATA",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "sixteen-letters!"}}),
            "system_id 'sixteen-letters!' does not have 1 to 15",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "allow": ["10.0.0.0/33"]}}),
            "'10.0.0.0/33' is no address block",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "outbind": "10.0.0.1:2776",
                "tls_only": true}}),
            "it binds over TLS only, but an outbind goes over plain TCP",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "outbind": "10.0.0.1:2776",
                "allow": ["10.0.1.0/24"]}}),
            "an outbind goes to 10.0.0.1:2776, from where it may not bind",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "outbind": "10.0.0.1:2776",
                "bind_kinds": ["transmitter"]}}),
            "an outbind asks for a bind that receives",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "outbind": "0.0.0.0:2776"}}),
            "nobody can be dialled at 0.0.0.0:2776",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "smsc", "fields": {
                "password": "pw", "system_id": "us", "remote": "10.0.0.9:2775",
                "outbind": true, "outbind_system_id": "sixteen-letters!"}}),
            "the system_id of an outbind has 1 to 15 plain characters",
        ),
        (
            json!({"kind": "policy", "env": env, "name": "22x%", "fields": {"via": ["env2"]}}),
            "pattern '22x%': 'x' at position 3",
        ),
        (
            json!({"kind": "policy", "env": env, "name": "3%", "fields": {
                "via": ["env2", "env2"]}}),
            "it names a connection twice",
        ),
        (
            json!({"kind": "tariff", "env": env, "name": "t", "fields": {
                "currency": "usd", "prices": {"1": "0.01"}}}),
            "'usd' is no currency",
        ),
        (
            json!({"kind": "tariff", "env": env, "name": "t", "fields": {
                "currency": "USD", "prices": {"1 20:00-06:00": "0.01", "1 mon 05:00-07:00": "1"}}}),
            "'1 20:00-06:00' and '1 mon 05:00-07:00' hold at the same time",
        ),
        (
            json!({"kind": "tariff", "env": env, "name": "t", "fields": {
                "currency": "USD", "prices": {"1": "1"}, "from": "2099-01-01",
                "until": "2098-01-01"}}),
            "its price list from 2099-01-01T00:00:00Z on ends before it begins",
        ),
        (
            json!({"kind": "tariff", "env": env, "name": "t", "fields": {
                "currency": "USD", "prices": {"1": "1"}, "tiers": {"2": {"10": "0.5"}}}}),
            "'2' has tiers and no price",
        ),
        (
            json!({"kind": "tariff", "env": env, "name": "t", "fields": {
                "currency": "USD", "prices": {"1": "1", "1 from 49": "2"},
                "tiers": {"1": {"10": "0.5"}}}}),
            "'1' has tiers, so it has no price for some senders or hours",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "c", "fields": {
                "password": "pw", "system_id": "s", "remote": "127.0.0.3:2775", "local": "::1"}}),
            "not of one IP version",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "c", "fields": {
                "password": "pw", "system_id": "s", "remote": "127.0.0.3:2775", "links": 0}}),
            "it keeps 1 to 32 links, not 0",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "c", "fields": {
                "password": "pw", "system_id": "s", "remote": "127.0.0.3:2775", "tls": "a b"}}),
            "'a b' is no name that a certificate carries",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "c", "fields": {
                "password": "pw", "system_id": "s", "remote": "127.0.0.3:2775",
                "enquire": "1m", "inactivity": "30s"}}),
            "asked after 1m whether it lives, but its session ends after 30s",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "sources": ["a calling address of no one"]}}),
            "'a calling address of no one' is no calling address; write TATA",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "gw", "fields": {
                "sip": ["sip:192.0.2.1"], "sip_register": "1h"}}),
            "who registers there needs a name",
        ),
        (
            json!({"kind": "connection", "env": env, "name": "gw", "fields": {
                "sip": ["sip:192.0.2.1"], "sip_user": "us", "password": "pw",
                "sip_register": "2s"}}),
            "a registration holds between 10s and 24h",
        ),
        (
            json!({"kind": "carrier", "env": env, "name": "T2", "fields": {
                "password": "pw", "system_id": "t2", "bind_kinds": ["receiver", "receiver"]}}),
            "it names a kind of bind twice",
        ),
    ] {
        let mut wish = wish;
        wish["verb"] = "add".into();
        let found = troubles(wish);
        assert_eq!(found.len(), 1, "{expected}: {found:?}");
        assert!(found[0].words.contains(expected), "{}", found[0].words);
        assert!(!found[0].waits);
    }
}

#[test]
fn a_missing_neighbour_may_still_come() {
    let found = troubles(json!({"verb": "add", "kind": "policy", "env": "env1", "name": "4%",
        "fields": {"via": ["env4"]}}));
    assert_eq!(found.len(), 1);
    assert!(found[0].waits);
    assert_eq!(found[0].words, "policy '4%' of env1: there is no connection env4 in env1");
    let found = troubles(json!({"verb": "set", "kind": "connection", "env": "env1",
        "name": "env2", "fields": {"carrier": "AIRTEL"}}));
    assert!(found[0].waits);
    assert_eq!(found[0].words, "connection env2 of env1: there is no carrier AIRTEL in env1");
}

#[test]
fn the_apps_of_an_environment_register_at_one_trunk() {
    let trunk = |name: &str| {
        json!({"verb": "add", "kind": "connection", "env": "env1", "name": name, "fields": {
            "sip": ["sip:192.0.2.1"], "sip_registrar": true}})
    };
    let mut world = World::story();
    world.draft(trunk("gw")).unwrap();
    world.draft(trunk("ims")).unwrap();
    let candidate = &world.store.desk("me").unwrap().candidate;
    let words: Vec<_> = check(candidate).into_iter().map(|trouble| trouble.words).collect();
    let said = "connection ims of env1: the apps of env1 already register at connection gw";
    assert_eq!(words, [said]);
    let of_one = check_one(candidate, &Key::new(Kind::Connection, "env1", "gw"));
    assert!(of_one.len() == 1 && of_one[0].words.contains("connection ims"), "{of_one:?}");
    // One that is off does not count.
    let off = json!({"verb": "set", "kind": "connection", "env": "env1", "name": "gw",
        "fields": {"enabled": false}});
    world.draft(off).unwrap();
    assert_eq!(check(&world.store.desk("me").unwrap().candidate), []);
}
