use serde_json::json;

use super::*;
use crate::testing::World;

fn names(rows: &[Value]) -> Vec<String> {
    let name = |row: &Value| format!("{}/{}", row["env"], row["name"]).replace('"', "");
    rows.iter().map(name).collect()
}

#[test]
fn pages_put_together_are_the_whole_list_with_the_draft_on_top() {
    let mut world = World::story();
    for env in ["env2", "env3"] {
        let fields = json!({"domain": format!("{env}.example")});
        world
            .draft(json!({"verb": "add", "kind": "environment", "name": env, "fields": fields}))
            .unwrap();
    }
    for (env, name) in [("env1", "0002"), ("env1", "9999"), ("env3", "1")] {
        let wish = json!({"verb": "add", "kind": "account", "env": env, "name": name,
            "fields": {"password": "pw"}});
        world.draft(wish).unwrap();
    }
    let (live, candidate) =
        (world.store.live().clone(), world.store.desk("me").unwrap().candidate.clone());
    for (kind, env) in [
        (Kind::Account, None),
        (Kind::Account, Some("env1")),
        (Kind::Account, Some("env2")),
        (Kind::Environment, None),
        (Kind::Environment, Some("env3")),
        (Kind::Policy, None),
    ] {
        let env = env.map(str::to_owned);
        let whole = Wanted { kind, env, after: None, limit: usize::MAX };
        let (whole_rows, rest) = list(&live, &candidate, &whole);
        assert_eq!(rest, None);
        for limit in 1..5 {
            let (mut found, mut after) = (Vec::new(), None);
            loop {
                let page = Wanted { after, limit, ..whole.clone() };
                let (rows, next) = list(&live, &candidate, &page);
                assert!(rows.len() <= limit);
                found.extend(rows);
                after = next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(names(&found), names(&whole_rows), "{kind:?} by {limit}");
        }
    }
    let env1 = Wanted {
        kind: Kind::Account,
        env: Some("env1".to_owned()),
        after: None,
        limit: usize::MAX,
    };
    let rows = list(&live, &candidate, &env1).0;
    assert!(names(&rows).contains(&"env1/0002".to_owned()), "{rows:?}");
    assert!(rows.iter().any(|row| row["draft"] == "added"));
}
