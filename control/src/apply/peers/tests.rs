use serde_json::{Map, json};

use super::*;
use crate::fault::{Code, Fault};
use crate::model::{Body, Key, Kind};
use crate::testing::World;

fn set(kind: &str, name: &str, fields: Value) -> Value {
    json!({"verb": "set", "kind": kind, "env": "env1", "name": name, "fields": fields})
}

fn settings(world: &mut World, kind: Kind, name: &str) -> Map<String, Value> {
    let candidate = &world.store.desk("me").unwrap().candidate;
    candidate.get(&Key::new(kind, "env1", name)).unwrap().body.settings()
}

/// Every setting of a carrier, with a value that is not its default.
fn contract() -> Value {
    json!({
        "bind_kinds": ["transceiver", "receiver"], "burst": 500, "quota_daily": 1_000_000,
        "sources": ["TATA%", "3912%"], "foreign_source": "INFO:5/0", "ack": "memory",
        "modes": true, "tls_only": true, "alphabet": "latin1", "source_plane": "5/0",
        "destination_plane": "1/1", "message_ids": "decimal", "receipts": "seconds",
        "enquire": "30s", "inactivity": "2m", "response": "10s",
    })
}

/// Every setting of a connection, with a value that is not its default.
fn manner() -> Value {
    json!({
        "links": 4, "smpp": "5.0", "burst": 20, "unknown": "hold", "always_ask": false,
        "verdicts": {"0x45": "temporary", "0x58": "busy"}, "tls": "smsc.example",
        "outbind": true, "outbind_system_id": "smsc", "in_order": true, "carrier": "TATA",
        "alphabet": "gsm-packed", "source_plane": "0/1",
        "destination_plane": "2/1", "message_ids": "hex-then-decimal", "receipts": "tlvs",
        "enquire": "500ms", "inactivity": "90s", "response": "1m",
    })
}

#[test]
fn every_setting_is_kept_shown_and_taken_back() {
    // An outbind goes over plain TCP.
    let outbind = json!({"outbind": "198.51.100.7:2776", "outbind_system_id": "box"});
    for (kind, name, wish) in [
        (Kind::Carrier, "TATA", contract()),
        (Kind::Carrier, "TATA", outbind),
        (Kind::Connection, "env2", manner()),
    ] {
        let mut world = World::story();
        assert_eq!(settings(&mut world, kind, name), Map::new(), "all have their default");
        world.draft(set(kind.word(), name, wish.clone())).unwrap();
        assert_eq!(Value::Object(settings(&mut world, kind, name)), wish);
        world.commit("agreed").unwrap();
        let mut world = world.reopened();
        assert_eq!(Value::Object(settings(&mut world, kind, name)), wish, "the store keeps it");
        let mut back = wish;
        for (setting, value) in back.as_object_mut().unwrap() {
            *value = match setting.as_str() {
                "verdicts" => json!({"69": null, "0x58": null}),
                _ => Value::Null,
            };
        }
        world.draft(set(kind.word(), name, back)).unwrap();
        assert_eq!(settings(&mut world, kind, name), Map::new());
    }
}

#[test]
fn the_password_of_outbinds_is_sealed_and_never_shown() {
    for (kind, name) in [(Kind::Carrier, "TATA"), (Kind::Connection, "env2")] {
        let mut world = World::story();
        let sealed = |world: &mut World| {
            let candidate = &world.store.desk("me").unwrap().candidate;
            let body = &candidate.get(&Key::new(kind, "env1", name)).unwrap().body;
            body.outbind_secret().cloned()
        };
        assert!(sealed(&mut world).is_none());
        for wish in ["open", "open", "sesame"] {
            let before = sealed(&mut world);
            let set = set(kind.word(), name, json!({ "outbind_password": wish }));
            let shown = format!("{:?}", world.draft(set).unwrap());
            assert!(!shown.contains(wish), "{shown}");
            let after = sealed(&mut world).unwrap();
            assert!(!after.octets().is_empty());
            let candidate = &world.store.desk("me").unwrap().candidate;
            let body = &candidate.get(&Key::new(kind, "env1", name)).unwrap().body;
            assert!(!body.fields().contains_key("outbind_password"));
            let is_same = before.as_ref() == Some(&after);
            let again = before.is_some() && wish == "open";
            assert_eq!(is_same, again, "the same password again is no change");
        }
        world.draft(set(kind.word(), name, json!({"outbind_password": null}))).unwrap();
        assert!(sealed(&mut world).is_none());
    }
}

#[test]
fn what_the_store_kept_before_there_were_settings_still_reads() {
    let old = json!({"system_id": "tata", "password": "", "allow": [], "binds": 8, "window": 100,
        "tps": 0, "tariff": null, "charge_on": "accepted"});
    let body = Body::parse(Kind::Carrier, &old.to_string()).unwrap();
    assert_eq!(body.settings(), Map::new());
    let mut strange = old;
    strange["colour"] = "red".into();
    assert!(Body::parse(Kind::Carrier, &strange.to_string()).is_err());
}

#[test]
fn a_wrong_setting_is_named_with_what_would_be_right() {
    let mut world = World::story();
    for (kind, name, field, value, expected) in [
        (
            "carrier",
            "TATA",
            "ack",
            json!("durabel"),
            "ack: 'durabel' is no ack level; did you mean",
        ),
        ("carrier", "TATA", "burst", json!("a lot"), "burst: 'a lot' is no count; write 500, 10k"),
        ("carrier", "TATA", "burst", json!("5000M"), "burst: 5000000000 is too many"),
        (
            "carrier",
            "TATA",
            "enquire",
            json!("30"),
            "enquire: '30' is no span of time; write 500ms",
        ),
        ("carrier", "TATA", "source_plane", json!("5"), "source_plane: '5' is no TON/NPI"),
        ("carrier", "TATA", "tls_only", json!("yes"), "tls_only: invalid type"),
        ("connection", "env2", "smpp", json!("3.5"), "smpp: '3.5' is no version of SMPP"),
        ("connection", "env2", "verdicts", json!({"69x": "busy"}), "verdicts: '69x' is no command"),
        (
            "connection",
            "env2",
            "verdicts",
            json!({"69": "bussy"}),
            "verdicts: 'bussy' is no verdict",
        ),
        ("connection", "env2", "tls", json!(5), "tls: it is true, false or the name"),
        ("connection", "env2", "message_id", json!("hex"), "there is no field 'message_id'"),
    ] {
        // Fields that are right do not take the blame.
        let fields = json!({"window": 9, field: value, "tps": 7});
        let Fault { error, code, cure, .. } = world.draft(set(kind, name, fields)).unwrap_err();
        assert_eq!(code, Code::Invalid);
        assert!(error.starts_with(expected), "{error}");
        if field == "message_id" {
            assert_eq!(cure.as_deref(), Some("did you mean message_ids?"));
        }
    }
    let secret = set("carrier", "TATA", json!({"password": 5}));
    assert!(world.draft(secret).is_err());
}

#[test]
fn counts_take_units_and_verdicts_are_set_one_by_one() {
    let mut world = World::story();
    world.draft(set("carrier", "TATA", json!({"quota_daily": "2M", "burst": "1k"}))).unwrap();
    let carrier = settings(&mut world, Kind::Carrier, "TATA");
    assert_eq!((&carrier["quota_daily"], &carrier["burst"]), (&json!(2_000_000), &json!(1_000)));
    for (wish, expected) in [
        (json!({"0x45": "temporary", "88": "busy"}), json!({"0x45": "temporary", "0x58": "busy"})),
        (json!({"69": "permanent"}), json!({"0x45": "permanent", "0x58": "busy"})),
        (json!({"0x45": null}), json!({"0x58": "busy"})),
    ] {
        world.draft(set("connection", "env2", json!({"verdicts": wish}))).unwrap();
        assert_eq!(settings(&mut world, Kind::Connection, "env2")["verdicts"], expected);
    }
}
