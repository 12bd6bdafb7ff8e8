use routing::snapshot::freeze;
use routing::{Address, AllReady, Asked, Decision, Number, Question, Refusal};
use serde_json::json;

use super::*;
use crate::testing::World;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

/// Whoever calls a number, at the beginning of time.
fn asked(called: &str) -> Asked<'static> {
    let calling = Box::leak(Box::new(Address::new(1, 1, b"49").unwrap()));
    Asked { number: number(called), calling, at_ns: 0 }
}

#[test]
fn a_plan_decides_and_prices_as_the_model_says() {
    let world = World::story();
    let snapshot = snapshot(world.store.live(), &world.store.tables(), 1).unwrap();
    let env = snapshot.plan().environment("env1").unwrap();
    let decide =
        |text| env.choose(&[], &Question::plain(number(text), 1), &AllReady, &mut ()).decision;
    let Decision::Account(account) = decide("1111") else { panic!() };
    assert_eq!(env.account(account).unwrap().user, "1111");
    let Decision::Connection { policy, connection, way: 0 } = decide("2222") else { panic!() };
    assert_eq!((policy.ways.len(), connection.name.as_str()), (1, "env2"));
    let Decision::Refused { refusal, policy: None } = decide("4444") else { panic!() };
    assert_eq!(refusal, Refusal::NoRoute);
    let carrier = env.carrier_by_system_id("tata").unwrap();
    let tariff = env.tariff(carrier.tariff.as_ref().unwrap().to_native()).unwrap();
    let charge = tariff.charge(&asked("2222"), 3).unwrap();
    assert_eq!((charge.version, charge.amount_micros), (1, 30_000));
    assert_eq!(tariff.charge(&asked("4444"), 1), None);
}

#[test]
fn the_same_model_gives_the_same_octets() {
    let (world, at_ns) = (World::story(), 7);
    let before = freeze(&compile(world.store.live(), &world.store.tables(), 1, at_ns).unwrap());
    let world = world.reopened();
    assert_eq!(
        freeze(&compile(world.store.live(), &world.store.tables(), 1, at_ns).unwrap()),
        before
    );
}

#[test]
fn a_tariffs_version_grows_with_its_changes_only() {
    let mut world = World::story();
    let version = |world: &World| {
        let plan = compile(world.store.live(), &world.store.tables(), 1, 1).unwrap();
        plan.environments[0].tariffs[0].version
    };
    let price = |price: &str| {
        json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
            "fields": {"prices": {"1": price}}})
    };
    world.draft(price("0.02")).unwrap();
    world.commit("dearer").unwrap();
    assert_eq!(version(&world), 2);
    let tps = json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
        "fields": {"tps": 9}});
    world.draft(tps).unwrap();
    world.commit("slower").unwrap();
    assert_eq!(version(&world), 2);
    world.draft(price("0.01")).unwrap();
    world.commit("as before").unwrap();
    assert_eq!(version(&world), 3, "the old price again is another version");
    assert_eq!(version(&world.reopened()), 3);
}

#[test]
fn what_was_agreed_reaches_the_plan() {
    let mut world = World::story();
    let set = |kind, name, fields| {
        json!({"verb": "set", "kind": kind, "env": "env1", "name": name,
            "fields": fields})
    };
    let contract = json!({"bind_kinds": ["receiver"], "burst": 500, "quota_daily": 7,
        "sources": ["TATA%"], "foreign_source": "INFO", "ack": "delivered", "modes": true,
        "tls_only": true, "outbind": "198.51.100.7:2776", "outbind_system_id": "box",
        "alphabet": "utf8", "source_plane": "5/0", "destination_plane": "1/1",
        "message_ids": "short", "receipts": "words", "enquire": "30s", "inactivity": "2m",
        "response": "1500ms"});
    let manner = json!({"links": 4, "smpp": "3.4", "burst": 20, "unknown": "fail",
        "always_ask": false, "verdicts": {"0x45": "temporary"}, "tls": true, "outbind": true,
        "in_order": true, "national": ["turkish", "urdu"],
        "carrier": "TATA", "message_ids": "hex-then-decimal"});
    world.draft(set("carrier", "TATA", contract)).unwrap();
    world.draft(set("connection", "env2", manner)).unwrap();
    let tables = world.store.tables();
    let plan = compile(&world.store.desk("me").unwrap().candidate, &tables, 1, 1).unwrap();
    let env = &plan.environments[0];
    let plane = |ton, npi| routing::Plane { ton, npi };
    let expected = routing::Contract {
        dialect: routing::Dialect {
            alphabet: routing::DefaultAlphabet::Utf8,
            source: Some(plane(5, 0)),
            destination: Some(plane(1, 1)),
            ids: routing::IdForm::Short,
            receipts: routing::ReceiptForm::Words,
            timers: routing::Timers {
                enquire_ms: 30_000,
                inactivity_ms: 120_000,
                response_ms: 1_500,
            },
        },
        bind_kinds: vec![BindKind::Receiver],
        burst: 500,
        quota_daily: 7,
        sources: vec!["TATA%".to_owned()],
        foreign_source: routing::ForeignSource::Rewrite {
            address: "INFO".to_owned(),
            plane: plane(5, 0),
        },
        ack: routing::AckLevel::Delivered,
        tls_only: true,
        modes: true,
        outbind: Some(routing::Summons {
            remote: "198.51.100.7:2776".parse().unwrap(),
            outbind: routing::Outbind { system_id: "box".to_owned(), password: Vec::new() },
        }),
        ..routing::Contract::default()
    };
    assert_eq!(env.carriers[0].contract, expected);
    let expected = routing::Manner {
        dialect: routing::Dialect {
            ids: routing::IdForm::HexThenDecimal,
            ..routing::Dialect::default()
        },
        links: 4,
        version: 0x34,
        burst: 20,
        unknown: routing::Unknown::Fail,
        always_ask: false,
        verdicts: vec![(0x45, routing::Meaning::Temporary)],
        tls: Some(routing::Tls::default()),
        outbind: Some(routing::Outbind::default()),
        in_order: true,
        national: vec![routing::National::Turkish, routing::National::Urdu],
        carrier: Some(env.carriers[0].id),
        ..routing::Manner::default()
    };
    assert_eq!(env.connections[0].manner, expected);
}

#[test]
fn a_new_connection_always_asks_for_a_final_receipt() {
    let world = World::story();
    let plan = compile(world.store.live(), &world.store.tables(), 1, 1).unwrap();
    assert!(plan.environments[0].connections[0].manner.always_ask);
}

/// What is committed today and begins later, in words and as a shard rates it.
#[test]
fn g02_a_price_list_begins_by_the_clock_of_its_zone() {
    let mut world = World::story();
    let mut say = |fields: serde_json::Value| {
        world
            .draft(json!({"verb": "set", "kind": "tariff", "env": "env1", "name": "TATA-in",
                "fields": fields}))
            .unwrap();
    };
    say(json!({"zone": "Europe/Berlin", "from": "2027-07-01", "prices": {"1": "0.02"}}));
    say(json!({"from": "2027-10-31", "until": "2027-11-01", "drop_prices": ["3"],
        "prices": {"1 from 49": "0.005", "1 sun 22:00-24:00": "0.03"}}));
    world.commit("next summer").unwrap();
    let snapshot = snapshot(world.store.live(), &world.store.tables(), 1).unwrap();
    let env = snapshot.plan().environment("env1").unwrap();
    let there = crate::zone::zone("Europe/Berlin").unwrap();
    let price = |number: &str, calling: &str, at: &str| {
        let at_ns = crate::zone::instant(at, &there).unwrap() as u64;
        let calling = Address::new(1, 1, calling.as_bytes()).unwrap();
        let asked = Asked { calling: &calling, at_ns, ..asked(number) };
        env.tariffs[0].charge(&asked, 1).map(|charge| charge.price_micros)
    };
    for (number, calling, at, expected) in [
        ("11", "48", "2027-06-30T23:59:59.999999999", Some(10_000)),
        ("11", "48", "2027-07-01", Some(20_000)),
        ("11", "48", "2027-06-30T22:00:00Z", Some(20_000)),
        ("2", "48", "2027-07-01", Some(10_000)),
        ("11", "4912", "2027-10-31T12:00", Some(5_000)),
        ("11", "4812", "2027-10-31T12:00", Some(20_000)),
        // Clocks were put back that day; 22:00 is 21:00 UTC by then.
        ("11", "4812", "2027-10-31T20:59:59Z", Some(20_000)),
        ("11", "4812", "2027-10-31T21:00:00Z", Some(30_000)),
        ("3", "48", "2027-10-31T12:00", None),
        ("3", "48", "2027-11-01", Some(10_000)),
        ("11", "4912", "2027-11-01", Some(20_000)),
    ] {
        assert_eq!(price(number, calling, at), expected, "{number} from {calling} at {at}");
    }
}
