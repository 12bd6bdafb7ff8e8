use routing::snapshot::file_name;
use serde_json::json;

use super::*;
use crate::compile::{opened, snapshot};
use crate::diff::diff;
use crate::testing::World;

fn tps(tps: u32) -> serde_json::Value {
    json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA", "fields": {"tps": tps}})
}

fn published(world: &World, generation: u64) -> routing::Plan {
    let octets = world.publisher.read(generation).unwrap();
    let plan =
        compile(world.store.live(), &world.store.tables(), generation, at_ns(world, generation))
            .unwrap();
    assert_eq!(freeze(&plan), octets, "what is published is what is live");
    plan
}

fn at_ns(world: &World, generation: u64) -> u64 {
    world.store.generation_at_ns(generation).unwrap().unwrap()
}

fn reason(author: &str) -> Reason {
    let message = "why".to_owned();
    Reason { author: author.to_owned(), message, ..Reason::default() }
}

#[test]
fn a_commit_is_published_and_survives_a_restart() {
    let mut world = World::story();
    assert_eq!(world.publisher.current(), Some(1));
    world.draft(tps(5)).unwrap();
    assert_eq!(world.commit("slower").unwrap().generation, Some(2));
    assert_eq!(published(&world, 2).environments[0].carriers[0].tps, 5);
    let mut world = world.reopened();
    assert_eq!((world.store.generation(), world.publisher.current()), (2, Some(2)));
    assert_eq!(world.commit("nothing").unwrap().generation, None, "an empty draft is no commit");
    let messages: Vec<_> =
        world.store.history(u64::MAX, 9).unwrap().into_iter().map(|row| row.message).collect();
    assert_eq!(messages, ["slower", "the story"]);
}

#[test]
fn a_draft_survives_a_restart() {
    let mut world = World::story();
    world.draft(tps(5)).unwrap();
    let mut world = world.reopened();
    assert_eq!(world.commit("slower").unwrap().changes.len(), 1);
}

#[test]
fn who_comes_second_is_told_so() {
    let mut world = World::story();
    world.draft_as("anna", tps(5)).unwrap();
    world.draft_as("bert", tps(6)).unwrap();
    world
        .draft_as("carl", json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"}))
        .unwrap();
    world.commit_as("anna", "five").unwrap();
    let stale = world.commit_as("bert", "six").unwrap_err();
    assert_eq!(stale.code, Code::Stale);
    assert!(stale.error.ends_with("changed: carrier TATA of env1"), "{}", stale.error);
    assert_eq!(world.commit_as("carl", "other objects").unwrap().generation, Some(3));
    world.store.discard("bert").unwrap();
    world.draft_as("bert", tps(6)).unwrap();
    assert_eq!(world.commit_as("bert", "six").unwrap().generation, Some(4));
}

#[test]
fn a_model_that_does_not_hold_is_not_published() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
            "fields": {"tariff": "gone"}}))
        .unwrap();
    let refused = world.commit("wrong").unwrap_err();
    assert_eq!(refused.code, Code::Invalid);
    assert_eq!(refused.error, "carrier TATA of env1: there is no tariff gone in env1");
    assert_eq!((world.store.generation(), world.publisher.current()), (1, Some(1)));
}

#[test]
fn c04_a_rollback_is_a_new_generation_with_an_old_model() {
    let mut world = World::story();
    let first = world.store.live().clone();
    world.draft(tps(5)).unwrap();
    world.draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"})).unwrap();
    world.commit("less").unwrap();
    world.draft(tps(6)).unwrap();
    let World { store, publisher, .. } = &mut world;
    let back = roll_back(store, publisher, 1, reason("me")).unwrap();
    assert_eq!(back.generation, Some(3));
    assert_eq!(diff(&first, world.store.live()), []);
    let ids = |model: &Model| -> Vec<_> {
        model.iter().map(|(key, entry)| (key.clone(), entry.id)).collect()
    };
    assert_eq!(ids(&first), ids(world.store.live()), "ids are never given again");
    assert_eq!(published(&world, 3).environments[0].policies.ranked.len(), 1);
    assert_eq!(world.commit("six").unwrap_err().code, Code::Stale, "the draft was overtaken");
    let World { store, publisher, .. } = &mut world;
    assert_eq!(roll_back(store, publisher, 3, reason("me")).unwrap().generation, None);
    assert_eq!(roll_back(store, publisher, 9, reason("me")).unwrap_err().code, Code::NotFound);
    assert_eq!(world.store.history(u64::MAX, 1).unwrap()[0].of_rollback, Some(1));
}

#[test]
fn a_dry_run_keeps_nothing() {
    let mut world = World::story();
    world.draft(tps(5)).unwrap();
    let World { store, publisher, .. } = &mut world;
    let dry = Reason { dry_run: true, ..reason("me") };
    let committed = commit(store, publisher, dry).unwrap();
    assert_eq!((committed.generation, committed.changes.len()), (None, 1));
    assert_eq!((world.store.generation(), world.publisher.highest()), (1, 1));
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 1);
}

#[test]
fn c02_a_missing_plan_is_published_again_and_a_newer_one_stays() {
    let world = World::story();
    let path = world.folder.path().join("plan").join(file_name(1));
    let octets = std::fs::read(&path).unwrap();
    for broken in [None, Some(&octets[..80])] {
        std::fs::remove_file(&path).unwrap();
        if let Some(broken) = broken {
            std::fs::write(&path, broken).unwrap();
        }
        resume(&world.store, &world.publisher).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), octets);
        assert_eq!(world.publisher.current(), Some(1));
    }
    world.publisher.stage(57, &octets).unwrap().publish().unwrap();
    resume(&world.store, &world.publisher).unwrap();
    assert_eq!(world.publisher.current(), Some(57), "never lower than what is published");
    let mut world = world;
    world.draft(tps(5)).unwrap();
    assert_eq!(world.commit("onwards").unwrap().generation, Some(58));
}

#[test]
fn an_object_that_was_removed_keeps_its_id() {
    let mut world = World::story();
    let remove = json!({"verb": "rm", "kind": "account", "env": "env1", "name": "1111"});
    let add = |name: &str| {
        json!({"verb": "add", "kind": "account", "env": "env1", "name": name,
            "fields": {"password": "pw"}})
    };
    world.draft(remove).unwrap();
    world.draft(add("1112")).unwrap();
    world.commit("another").unwrap();
    world.draft(add("1111")).unwrap();
    world.commit("back").unwrap();
    let snapshot = snapshot(world.store.live(), &world.store.tables(), 3).unwrap();
    let env = snapshot.plan().environment("env1").unwrap();
    let id = |user| env.account_by_user(user).unwrap().id.to_native();
    assert_eq!((id("1111"), id("1112")), (1, 2));
}

#[test]
fn c04_what_looks_like_a_mistake_wants_to_be_forced() {
    let mut world = World::story();
    world.draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"})).unwrap();
    let fault = commit(&mut world.store, &world.publisher, reason("me")).unwrap_err();
    assert_eq!(fault.error, "this would be harmful: all policies of env1 go (1 today)");
    assert_eq!(world.publisher.current(), Some(1), "nothing was published");
    let forced = Reason { force: true, ..reason("me") };
    assert_eq!(commit(&mut world.store, &world.publisher, forced).unwrap().generation, Some(2));
}

/// Where the live plan sends a number.
fn decided(world: &World, number: &str) -> String {
    let question = crate::explain::Question {
        env: "env1".to_owned(),
        number: number.to_owned(),
        ..Default::default()
    };
    let generation = world.publisher.current().unwrap();
    let snapshot = opened(&published(world, generation), &world.store.tables()).unwrap();
    crate::explain::answer(&snapshot, None, &[], &question).unwrap().way()
}

#[test]
fn a_table_is_committed_changed_rolled_back_and_survives_a_restart() {
    let mut world = World::story();
    let connection = |name: &str| {
        json!({"verb": "add", "kind": "connection", "env": "env1", "name": name, "fields": {
            "remote": "127.0.0.9:2775", "system_id": "s", "password": "p"}})
    };
    world.draft(connection("cheap")).unwrap();
    world.import("ported", "22%,cheap\n2222,env2\n", json!({"priority": 5})).unwrap();
    assert_eq!(world.commit("ported numbers").unwrap().generation, Some(2));
    published(&world, 2);
    assert_eq!(decided(&world, "2222"), "connection env2");
    assert_eq!(decided(&world, "2223"), "connection cheap", "before '222%', which has priority 10");
    let leans = world.draft(json!({"verb": "rm", "kind": "connection", "env": "env1",
        "name": "cheap"}));
    assert!(leans.unwrap_err().error.ends_with("is in use by table ported"));
    world.import("ported", "22%,refuse\n", json!({})).unwrap();
    let words = &world.commit("other rows").unwrap().changes[0].words;
    assert!(words.contains("rows 2 -> 1, "), "{words}");
    assert!(words.ends_with("targets cheap,env2 -> refuse"), "{words}");
    assert_eq!(decided(&world, "2222"), "refused 0x0B");
    let mut world = world.reopened();
    roll_back(&mut world.store, &world.publisher, 2, reason("me")).unwrap();
    published(&world, 4);
    assert_eq!(decided(&world, "2223"), "connection cheap");
    world
        .draft(json!({"verb": "set", "kind": "table", "env": "env1", "name": "ported",
            "fields": {"shadow": true}}))
        .unwrap();
    world.commit("only look").unwrap();
    assert_eq!(decided(&world, "2223"), "connection env2", "a shadow takes nothing");
    let made_up = world.draft(json!({"verb": "set", "kind": "table", "env": "env1",
        "name": "ported", "fields": {"sha256": "00"}}));
    assert!(made_up.is_err(), "what a table holds comes as a file");
}
