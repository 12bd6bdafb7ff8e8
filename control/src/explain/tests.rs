use serde_json::json;

use super::*;
use crate::fault::Code;
use crate::testing::World;

fn ask(world: &mut World, from: Option<&str>, number: &str) -> Outcome<Explained> {
    let live = world.store.live().clone();
    let tables = world.store.tables();
    let candidate = &world.store.desk("me").unwrap().candidate;
    let question = Question {
        env: "env1".to_owned(),
        from: from.map(str::to_owned),
        number: number.to_owned(),
        ..Question::default()
    };
    explain((candidate, &live), &tables, &[], &question)
}

#[test]
fn each_number_is_told_where_it_leads() {
    let mut world = World::story();
    for (from, number, words) in [
        (
            Some("TATA"),
            "+1111",
            "local account 1111 of env1, policies not consulted  1 unit  TATA-in '1' 0.010000 USD",
        ),
        (
            Some("TATA"),
            "2222",
            "no account in env1 -> policy '222%' -> connection env2 (not up)  1 unit  TATA-in \
             '2' 0.010000 USD",
        ),
        (
            Some("1111"),
            "002222",
            "no account in env1 -> policy '222%' -> connection env2 (not up)  free of charge",
        ),
        (None, "999", "no account in env1 -> no policy matches -> refused 0x0B"),
    ] {
        let explained = ask(&mut world, from, number).unwrap();
        assert_eq!(explained.live.words, words);
        assert!(!explained.changes);
    }
    assert_eq!(ask(&mut world, Some("TATTA"), "1111").unwrap_err().code, Code::NotFound);
    assert_eq!(ask(&mut world, None, "abc").unwrap_err().code, Code::Invalid);
}

#[test]
fn a_draft_that_changes_the_answer_says_so() {
    let mut world = World::story();
    world
        .draft(json!({"verb": "add", "kind": "policy", "env": "env1", "name": "9%",
            "fields": {"via": ["env2"]}}))
        .unwrap();
    let explained = ask(&mut world, Some("TATA"), "999").unwrap();
    assert!(explained.changes);
    assert_eq!(explained.live.refused, Some(0x0B));
    assert_eq!(
        explained.draft.words,
        "no account in env1 -> policy '9%' -> connection env2 (not up) -> TATA-in has no price \
         -> refused 0x0B"
    );
}

fn policy(name: &str, fields: &serde_json::Value) -> serde_json::Value {
    json!({"verb": "add", "kind": "policy", "env": "env1", "name": name, "fields": fields})
}

fn rules(answer: &Answer) -> Vec<String> {
    answer.considered.iter().map(|one| format!("{}: {}", one.rule, one.fate)).collect()
}

#[test]
fn every_rule_that_was_considered_says_why_it_lost() {
    let mut world = World::story();
    for (name, fields) in [
        ("viber", json!({"pattern": "222%", "via": ["refuse"], "priority": 1, "source": "Viber%"})),
        (
            "old",
            json!({"pattern": "222%", "via": ["env2"], "priority": 2,
            "valid_until": "2020-01-01T00:00:00Z"}),
        ),
        ("trial", json!({"pattern": "2%", "via": ["env2"], "priority": 3, "shadow": true})),
        ("last", json!({"pattern": "%", "via": ["env2"], "priority": 99})),
    ] {
        world.draft(policy(name, &fields)).unwrap();
    }
    let explained = ask(&mut world, Some("TATA"), "2222").unwrap();
    let expected = [
        "policy 'viber' priority 1: is for callers like viber%",
        "policy 'old' priority 2: does not count at this time",
        "policy 'trial' priority 3: would decide, but is a shadow: it only counts",
        "policy '222%' priority 10: decides",
        "  connection env2: taken",
        "policy 'last' priority 99: comes after",
    ];
    assert_eq!(rules(&explained.draft), expected);
    assert_eq!(explained.draft.shadow.as_deref(), Some("trial"));
    let question = Question {
        env: "env1".to_owned(),
        from: Some("TATA".to_owned()),
        number: "2222".to_owned(),
        source: Some("Viber".to_owned()),
        ..Question::default()
    };
    let live = world.store.live().clone();
    let tables = world.store.tables();
    let candidate = &world.store.desk("me").unwrap().candidate;
    let explained = explain((candidate, &live), &tables, &[], &question).unwrap();
    assert_eq!(explained.draft.refused, Some(0x0B));
    assert_eq!(
        rules(&explained.draft)[..2],
        ["policy 'viber' priority 1: decides", "  refuse: taken"]
    );
}

#[test]
fn lists_rules_and_costs_are_told() {
    let mut world = World::story();
    for wish in [
        json!({"verb": "add", "kind": "list", "env": "env1", "name": "spam",
            "fields": {"entries": ["LOAN", "666%"]}}),
        json!({"verb": "add", "kind": "tariff", "env": "env1", "name": "dear",
            "fields": {"currency": "USD", "prices": {"*": "0.05"}}}),
        json!({"verb": "set", "kind": "carrier", "env": "env1", "name": "TATA",
            "fields": {"rewrites": ["called 9% strip=1"]}}),
        json!({"verb": "set", "kind": "connection", "env": "env1", "name": "env2",
            "fields": {"cost": "dear"}}),
        json!({"verb": "set", "kind": "environment", "name": "env1",
            "fields": {"screens": ["block called spam"]}}),
    ] {
        world.draft(wish).unwrap();
    }
    let explained = ask(&mut world, Some("TATA"), "92222").unwrap();
    assert_eq!(explained.draft.rewritten, ["number 92222 becomes 2222"]);
    assert_eq!(
        rules(&explained.draft)[1],
        "  connection env2: below cost: sold at 0.010000, costs 0.050000 (--below-cost allows it)"
    );
    assert_eq!(explained.draft.decision, "reject");
    let blocked = ask(&mut world, Some("TATA"), "6661").unwrap().draft;
    assert_eq!(blocked.words, "list spam holds the called number back -> refused 0x0B");
    let refused = world.draft(json!({"verb": "rm", "kind": "list", "env": "env1", "name": "spam"}));
    assert_eq!(refused.unwrap_err().error, "list spam of env1 is in use by environment env1");
}

#[test]
fn the_row_of_a_table_that_won_is_told() {
    let mut world = World::story();
    world.import("ported", "44%,env2\n4412%,refuse\n", json!({"priority": 5})).unwrap();
    let told = ask(&mut world, None, "44123").unwrap().draft;
    assert_eq!(told.row.as_deref(), Some("4412% in line 2"));
    assert!(
        told.words.contains("policy '@ported refuse' by 4412% in line 2 -> "),
        "{}",
        told.words
    );
    let told = ask(&mut world, None, "2222").unwrap().draft;
    assert_eq!((told.policy.as_deref(), told.row), (Some("222%"), None));
}
