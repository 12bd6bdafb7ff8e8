use routing::snapshot::{Snapshot, freeze};
use routing::{Decision, Number};
use serde_json::json;

use super::*;
use crate::testing::World;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn a_plan_decides_and_prices_as_the_model_says() {
    let world = World::story();
    let snapshot = Snapshot::of(&compile(world.store.live(), 1, 9));
    let env = snapshot.plan().environment("env1").unwrap();
    let Decision::Account(account) = env.decide(number("1111")) else { panic!() };
    assert_eq!(account.user, "1111");
    let Decision::Policy(policy) = env.decide(number("2222")) else { panic!() };
    assert_eq!(policy.connections.len(), 1);
    assert_eq!(env.connection(policy.connections[0].to_native()).unwrap().name, "env2");
    assert!(matches!(env.decide(number("4444")), Decision::Nothing));
    let carrier = env.carrier_by_system_id("tata").unwrap();
    let tariff = env.tariff(carrier.tariff.as_ref().unwrap().to_native()).unwrap();
    let charge = tariff.charge(number("2222"), 3).unwrap();
    assert_eq!((charge.version, charge.amount_micros), (1, 30_000));
    assert_eq!(tariff.charge(number("4444"), 1), None);
}

#[test]
fn the_same_model_gives_the_same_octets() {
    let (world, at_ns) = (World::story(), 7);
    let before = freeze(&compile(world.store.live(), 1, at_ns));
    let world = world.reopened();
    assert_eq!(freeze(&compile(world.store.live(), 1, at_ns)), before);
}

#[test]
fn a_tariffs_version_grows_with_its_changes_only() {
    let mut world = World::story();
    let version = |world: &World| {
        let plan = compile(world.store.live(), 1, 1);
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
