use routing::State;
use routing::journal::Record;
use routing::journal::Taken;
use serde_json::json;

use super::*;
use crate::compile::snapshot;
use crate::explain::answer;
use crate::fault::Code;
use crate::store::Batch;
use crate::testing::{World, life, refused, sms};

fn why(world: &World, id: &str) -> Outcome<Why> {
    let case = find(&world.store.place().reader().unwrap(), id)?;
    let model = world.store.model_at(case.generation)?;
    let plan = snapshot(&model, &world.store.tables(), case.generation)?;
    let decision = answer(&plan, None, &[], &case.question)?;
    Ok(case.decided(decision))
}

#[test]
fn the_plan_of_that_moment_is_asked_again() {
    let mut world = World::story();
    let mut batch = Batch::default();
    let one = sms(1, "2222");
    let id = one.id;
    for (at, record) in life(one, State::Delivered).into_iter().enumerate() {
        batch.handle(1, at, record);
    }
    batch.handle(1, 3, Record::Taken(Taken { id, at_ns: 3, peer_id: b"B1".to_vec() }));
    batch.handle(2, 0, refused(9));
    world.store.take(&batch).unwrap();
    let change = json!({"verb": "rm", "kind": "policy", "env": "env1", "name": "222%"});
    world.draft(change).unwrap();
    world.commit("another plan is live").unwrap();

    let told = why(&world, &id.to_string().to_lowercase()).unwrap();
    assert_eq!(told.generation, 1);
    assert_eq!(told.decision.way(), "connection env2");
    let steps: Vec<&str> = told.happened.iter().map(|step| step.what.as_str()).collect();
    let expected = [
        "AsiaCell -> 2222 came from TATA over SMPP",
        "accepted, 0.010000 USD by TATA-in",
        "tried once over connection env2, last at 127.0.0.1:5070",
        "taken there as B1",
        "ended DELIVRD",
    ];
    assert_eq!(steps, expected);
    assert_eq!(why(&world, "01J0000000000000").unwrap_err().code, Code::NotFound);
}
