use serde_json::json;

use crate::fault::Code;
use crate::generations::{Reason, roll_back};
use crate::names::Lead;
use crate::store::testing::{Postgres, on_server};
use crate::store::{NewGeneration, Place};
use crate::testing::World;
use crate::together::follow;

/// Two controls, each with a folder of its own, and one store; the seal is the site's.
fn two(postgres: &Postgres) -> [World; 2] {
    let place = on_server(&postgres.address);
    let first = World::at(|_| place.clone()).told();
    let mut second = World::at(|_| place);
    second.seal = first.seal.clone();
    follow(&mut second.store, &second.publisher).unwrap();
    [first, second]
}

fn tps(tps: u32) -> serde_json::Value {
    json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA", "fields": {"tps": tps}})
}

/// Both publish the live generation with the same octets.
fn agree(worlds: &mut [World; 2], generation: u64) {
    for world in worlds.iter_mut() {
        follow(&mut world.store, &world.publisher).unwrap();
        assert_eq!(world.store.generation(), generation);
        assert_eq!(world.publisher.current(), Some(generation));
    }
    let octets = worlds.each_ref().map(|world| world.publisher.read(generation).unwrap());
    assert_eq!(octets[0], octets[1]);
}

#[test]
fn what_one_control_commits_all_publish_with_the_same_octets() {
    let postgres = Postgres::start();
    let mut worlds = two(&postgres);
    agree(&mut worlds, 1);
    worlds[1].draft(tps(5)).unwrap();
    worlds[1].commit("slower").unwrap();
    agree(&mut worlds, 2);
    worlds[0]
        .draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"}))
        .unwrap();
    worlds[0].commit("no way").unwrap();
    worlds[0].draft(tps(6)).unwrap();
    worlds[0].commit("two at once for the other").unwrap();
    agree(&mut worlds, 4);
    let World { store, publisher, .. } = &mut worlds[1];
    let (author, message) = ("you".to_owned(), "back".to_owned());
    let reason = Reason { author, message, force: true, ..Reason::default() };
    assert_eq!(roll_back(store, publisher, 1, reason).unwrap().generation, Some(5));
    agree(&mut worlds, 5);
    let places = [("sip:sip.example".to_owned(), vec![lead()])].into();
    let World { store, publisher, .. } = &mut worlds[0];
    crate::generations::republish(store, publisher, places).unwrap();
    agree(&mut worlds, 6);
    assert!(
        worlds[1].store.names().fresh([("sip:sip.example".to_owned(), vec![lead()])]).is_empty()
    );
    let history = |world: &World| world.store.history(u64::MAX, 9).unwrap();
    assert_eq!(history(&worlds[0]), history(&worlds[1]));
}

fn lead() -> Lead {
    let address = "192.0.2.1:5060".parse().unwrap();
    Lead { priority: 1, transport: "udp".to_owned(), address, weight: 0 }
}

#[test]
fn of_two_commits_at_the_same_time_one_is_told_that_it_came_second() {
    let postgres = Postgres::start();
    let mut worlds = two(&postgres);
    worlds[0].draft_as("anna", tps(5)).unwrap();
    worlds[1].draft_as("bert", tps(6)).unwrap();
    worlds[1]
        .draft_as("carl", json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"}))
        .unwrap();
    worlds[0].commit_as("anna", "five").unwrap();
    // The other control has not heard of it yet.
    let second = worlds[1].commit_as("bert", "six").unwrap_err();
    assert_eq!((second.code, second.error.as_str()), (Code::Stale, TOGETHER));
    assert_eq!(worlds[1].publisher.highest(), 1, "nothing of it is left behind");
    worlds[1].store.catch_up().unwrap();
    let stale = worlds[1].commit_as("bert", "six").unwrap_err();
    assert!(stale.error.ends_with("changed: carrier TATA of env1"), "{}", stale.error);
    assert_eq!(worlds[1].commit_as("carl", "other objects").unwrap().generation, Some(3));
    agree(&mut worlds, 3);
}

const TOGETHER: &str = "somebody committed at the same time";

#[test]
fn a_draft_is_the_same_wherever_its_author_looks() {
    let postgres = Postgres::start();
    let mut worlds = two(&postgres);
    let drafted = |world: &mut World| {
        world.store.catch_up().unwrap();
        world.store.desk("me").unwrap().draft.len()
    };
    assert_eq!(worlds.each_mut().map(drafted), [0, 0]);
    worlds[0].draft(tps(5)).unwrap();
    assert_eq!(worlds.each_mut().map(drafted), [1, 1]);
    worlds[1]
        .draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"}))
        .unwrap();
    assert_eq!(worlds.each_mut().map(drafted), [2, 2]);
    worlds[0].store.discard("me").unwrap();
    assert_eq!(worlds.each_mut().map(drafted), [0, 0]);
    let ids = worlds.each_mut().map(|world| {
        let key = crate::model::Key::new(crate::model::Kind::Account, "env1", "7777");
        world.store.identify(&key).unwrap()
    });
    assert_eq!(ids[0], ids[1], "an object has one id, whoever meets it first");
}

#[test]
fn a_store_of_a_file_counts_its_generations_too() {
    let mut world = World::at(Place::in_folder).told();
    let new =
        NewGeneration { number: 9, at_ns: 1, author: "me".to_owned(), ..NewGeneration::default() };
    let model = world.store.live().clone();
    world.store.install(&new, model.clone()).unwrap();
    assert_eq!(world.store.generation(), 9);
    world.store.generation = 1;
    let fault = world.store.install(&NewGeneration { number: 10, ..new }, model).unwrap_err();
    assert_eq!(fault.code, Code::Stale);
}
