use serde_json::json;

use super::*;
use crate::testing::World;

const DAY_NS: u64 = 86_400_000_000_000;

/// The story, and ten numbers to give.
fn world() -> World {
    let mut world = World::story();
    world
        .draft(json!({"verb": "add", "kind": "range", "env": "env1", "name": "39100-39109",
            "fields": {"rest_days": 2}}))
        .unwrap();
    world
}

fn account(name: &str, numbers: &[&str]) -> serde_json::Value {
    json!({"verb": "put", "kind": "account", "env": "env1", "name": name,
        "fields": {"password": "pw", "numbers": numbers}})
}

fn states(world: &mut World, now_ns: u64) -> Vec<(String, State)> {
    let model = world.store.desk("me").unwrap().candidate.clone();
    let wanted = Wanted { env: "env1".to_owned(), limit: 100, ..Wanted::default() };
    let (rows, next) = list(&world.store, &model, &wanted, now_ns).unwrap();
    assert_eq!((rows.len(), next), (10, None));
    let busy = rows.into_iter().filter(|row| row.state != State::Free);
    busy.map(|row| (row.number, row.state)).collect()
}

#[test]
fn a_number_is_free_then_assigned_then_rests() {
    let mut world = world();
    assert_eq!(states(&mut world, 0), []);
    world.draft(account("2001", &["39101", "39102"])).unwrap();
    let assigned = |number: &str| (number.to_owned(), State::Assigned);
    assert_eq!(states(&mut world, 0), [assigned("39101"), assigned("39102")]);
    world.commit("two numbers").unwrap();
    world.draft(account("2001", &["39102"])).unwrap();
    world.commit("one back").unwrap();
    let mut world = world.reopened();
    let now_ns = crate::clock::unix_ns();
    let resting = ("39101".to_owned(), State::Resting);
    assert_eq!(states(&mut world, now_ns), [resting, assigned("39102")]);
    assert_eq!(states(&mut world, now_ns + 3 * DAY_NS), [assigned("39102")]);
    // Nobody else may have it yet; who had it may.
    let refused = commit(&mut world, account("2002", &["39101"])).unwrap_err();
    assert!(refused.error.contains("number 39101 of 2001 rests until"), "{refused}");
    world.draft(account("2001", &["39101", "39102"])).unwrap();
    world.commit("again").unwrap();
}

/// Drafts and commits; what is refused leaves no draft behind.
fn commit(world: &mut World, wish: serde_json::Value) -> Outcome<()> {
    world.draft(wish)?;
    let committed = world.commit("it");
    if committed.is_err() {
        world.store.discard("me")?;
    }
    committed.map(drop)
}

#[test]
fn a_number_that_moves_does_not_rest() {
    let mut world = world();
    world.draft(account("2001", &["39101"])).unwrap();
    world.commit("one").unwrap();
    world.draft(account("2001", &[])).unwrap();
    world.draft(account("2002", &["39101"])).unwrap();
    world.commit("the other").unwrap();
    let assigned = ("39101".to_owned(), State::Assigned);
    assert_eq!(states(&mut world, crate::clock::unix_ns()), [assigned]);
}

#[test]
fn where_there_is_an_inventory_numbers_are_of_it() {
    let mut world = world();
    // Another beginning is nobody's business.
    commit(&mut world, account("2001", &["3911"])).unwrap();
    let refused = commit(&mut world, account("2002", &["391099"])).unwrap_err();
    assert!(refused.error.contains("begins as range 39100-39109 and is not of it"), "{refused}");
    let clash = json!({"verb": "add", "kind": "range", "env": "env1", "name": "39109-39120"});
    world.draft(clash).unwrap();
    let refused = world.commit("both").unwrap_err();
    assert!(refused.error.contains("39109-39120"), "{refused}");
}

#[test]
fn numbers_come_in_pages() {
    let mut world = world();
    let model = world.store.desk("me").unwrap().candidate.clone();
    let mut wanted = Wanted { env: "env1".to_owned(), limit: 4, ..Wanted::default() };
    let mut all = Vec::new();
    loop {
        let (rows, next) = list(&world.store, &model, &wanted, 0).unwrap();
        all.extend(rows.into_iter().map(|row| row.number));
        match next {
            Some(next) => wanted.after = Some(next),
            None => break,
        }
    }
    assert_eq!(all.len(), 10);
    assert_eq!((all[0].as_str(), all[9].as_str()), ("39100", "39109"));
}
