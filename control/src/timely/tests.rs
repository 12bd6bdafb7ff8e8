use serde_json::json;

use super::*;
use crate::fault::Code;
use crate::generations::{commit, commit_at};
use crate::testing::World;

const SECOND: u64 = 1_000_000_000;

fn tps(tps: u32) -> serde_json::Value {
    json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA", "fields": {"tps": tps}})
}

fn reason(message: &str) -> Reason {
    let (author, message) = ("me".to_owned(), message.to_owned());
    Reason { author, message, origin: "here".to_owned(), ..Reason::default() }
}

fn live_tps(world: &World) -> u32 {
    let key = crate::model::Key::new(crate::model::Kind::Carrier, "env1", "TATA");
    let entry = world.store.live().get(&key).unwrap();
    let crate::model::Body::Carrier(carrier) = &*entry.body else { panic!() };
    carrier.tps
}

/// Does what is due a number of seconds from now.
fn later(world: &mut World, seconds: u64) {
    let now_ns = clock::unix_ns() + seconds * SECOND;
    due(&mut world.store, &world.publisher, now_ns).unwrap();
}

/// Commits a draft that awaits a confirmation for a minute.
fn risky(world: &mut World, wish: u32) {
    world.draft(tps(wish)).unwrap();
    let reason = Reason { confirm_for: Some(Duration::from_secs(60)), ..reason("risky") };
    commit(&mut world.store, &world.publisher, reason).unwrap();
}

#[test]
fn what_nobody_confirms_is_taken_back() {
    let mut world = World::story();
    risky(&mut world, 5);
    later(&mut world, 30);
    assert_eq!((world.store.generation(), live_tps(&world)), (2, 5), "there is still time");
    let mut world = world.reopened();
    later(&mut world, 61);
    assert_eq!((world.store.generation(), live_tps(&world)), (3, 0));
    let row = &world.store.history(u64::MAX, 1).unwrap()[0];
    assert_eq!((row.author.as_str(), row.of_rollback), ("control", Some(1)));
    assert_eq!(row.message, "generation 2 was not confirmed");
    later(&mut world, 999);
    assert_eq!(world.store.generation(), 3, "once");
}

#[test]
fn what_is_confirmed_stays() {
    let mut world = World::story();
    risky(&mut world, 5);
    assert_eq!(world.store.confirm("anna").unwrap(), 2);
    later(&mut world, 999);
    assert_eq!((world.store.generation(), live_tps(&world)), (2, 5));
    assert_eq!(world.store.history(u64::MAX, 1).unwrap()[0].confirmed_by.as_deref(), Some("anna"));
    assert_eq!(world.store.confirm("anna").unwrap_err().code, Code::NotFound);
}

#[test]
fn nobody_builds_on_what_may_be_taken_back() {
    let mut world = World::story();
    risky(&mut world, 5);
    world
        .draft_as("bert", json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"}))
        .unwrap();
    let fault = world.commit_as("bert", "mine").unwrap_err();
    assert_eq!(fault.code, Code::Invalid);
    assert!(fault.error.starts_with("generation 2 of me awaits its confirmation until "));
    let World { store, publisher, .. } = &mut world;
    let back = Reason { force: true, ..reason("at once") };
    assert_eq!(roll_back(store, publisher, 1, back).unwrap().generation, Some(3));
    assert_eq!(world.store.awaited().unwrap(), None, "who rolls back need not confirm");
    assert_eq!(world.commit_as("bert", "mine").unwrap().generation, Some(4));
}

#[test]
fn a_planned_commit_is_done_when_its_time_has_come() {
    let mut world = World::story();
    world.draft(tps(5)).unwrap();
    let due_ns = clock::unix_ns() + 60 * SECOND;
    let planned = commit_at(&mut world.store, reason("tonight"), due_ns).unwrap();
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 0, "the draft is put aside");
    world.draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"})).unwrap();
    later(&mut world, 30);
    assert_eq!(world.store.generation(), 1);
    assert_eq!(world.store.planned().unwrap()[0].row(), planned);
    let mut world = world.reopened();
    later(&mut world, 61);
    assert_eq!((world.store.generation(), live_tps(&world)), (2, 5));
    assert!(world.store.planned().unwrap().is_empty());
    let row = &world.store.history(u64::MAX, 1).unwrap()[0];
    assert_eq!((row.author.as_str(), row.origin.as_str()), ("me", "here"));
    assert_eq!(row.message, "tonight");
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 1, "another draft is not ended by it");
}

#[test]
fn a_planned_commit_that_was_overtaken_is_not_done_and_says_why() {
    let mut world = World::story();
    world.draft(tps(5)).unwrap();
    let due_ns = clock::unix_ns() + 60 * SECOND;
    let id = commit_at(&mut world.store, reason("tonight"), due_ns).unwrap().id;
    world.draft_as("bert", tps(6)).unwrap();
    world.commit_as("bert", "six").unwrap();
    later(&mut world, 61);
    assert_eq!((world.store.generation(), live_tps(&world)), (2, 6));
    let planned = world.store.planned().unwrap();
    assert!(planned[0].fault.ends_with("changed: carrier TATA of env1"), "{}", planned[0].fault);
    later(&mut world, 99);
    world.store.cancel(id, 1).unwrap();
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 1, "the changes are a draft again");
    assert_eq!(world.store.cancel(id, 1).unwrap_err().code, Code::NotFound);
}

#[test]
fn what_would_be_refused_now_is_not_planned() {
    let mut world = World::story();
    world.draft(json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"})).unwrap();
    let due_ns = clock::unix_ns() + 60 * SECOND;
    let harmful = commit_at(&mut world.store, reason("oops"), due_ns).unwrap_err();
    assert_eq!(harmful.code, Code::Invalid);
    let late = Reason { force: true, ..reason("oops") };
    assert_eq!(commit_at(&mut world.store, late, 1).unwrap_err().code, Code::Invalid);
    assert_eq!(world.store.desk("me").unwrap().draft.len(), 1, "the draft is still there");
}
