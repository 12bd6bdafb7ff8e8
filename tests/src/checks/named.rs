//! What a next hop took and named: every next hop of these worlds says how it ended, so that none
//! of it is forgotten until its validity is over.

use std::collections::BTreeMap;

use routing::journal::Record;
use routing::{State, Target};

use crate::world::World;

/// Nothing that has a name at its next hop ends because its time is up.
pub(super) fn named(world: &World, wrongs: &mut Vec<String>) {
    for node in &world.nodes {
        let (mut expires, mut names) = (BTreeMap::new(), BTreeMap::new());
        for record in node.records() {
            match record {
                Record::Accept(sms) if matches!(sms.target, Target::Connection { .. }) => {
                    expires.insert(sms.id, sms.expires_ns);
                }
                Record::Taken(taken) => {
                    names.insert(taken.id, taken.peer_id);
                }
                _ => {}
            }
        }
        for record in node.records() {
            let Record::Outcome(outcome) = record else { continue };
            let (id, state) = (outcome.id, outcome.state);
            let is_over = expires.get(&id).is_some_and(|until| *until <= outcome.at_ns);
            if let Some(name) = names.get(&id).filter(|_| is_over && state == State::Unknown) {
                let (node, name) = (&node.name, name.escape_ascii());
                wrongs.push(format!("{node}: {id} is {name} there, and nobody heard how it ended"));
            }
        }
    }
}
