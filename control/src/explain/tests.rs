use serde_json::json;

use super::*;
use crate::fault::Code;
use crate::testing::World;

fn ask(world: &mut World, from: Option<&str>, number: &str) -> Outcome<Explained> {
    let live = world.store.live().clone();
    let candidate = &world.store.desk("me").unwrap().candidate;
    let question = Question {
        env: "env1".to_owned(),
        from: from.map(str::to_owned),
        number: number.to_owned(),
    };
    explain(candidate, &live, &[], &question)
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
