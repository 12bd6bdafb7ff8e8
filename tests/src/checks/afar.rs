//! What left env1 (O1, O7): what is recorded as a success was seen at a message centre, by an app
//! or by the environment that took it, and once, unless its record says that nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use routing::journal::{Outcome, Record};
use routing::{MessageId, State};

use super::{Mercy, Seen, questions, waits};
use crate::peers::Job;
use crate::world::World;

/// How often message centres took each text; new words count as the old ones.
pub(super) fn taken_afar(world: &World) -> BTreeMap<String, usize> {
    let mut taken = BTreeMap::new();
    for got in world.smscs().flat_map(|smsc| &smsc.got).filter(|got| !got.refused) {
        let text = String::from_utf8_lossy(&got.text);
        *taken.entry(questions::original(&text).to_owned()).or_default() += 1;
    }
    taken
}

/// Each success of env1 is seen where it went.
pub(super) fn afar(world: &World, seen: &Seen<'_>, mercy: Mercy, wrongs: &mut Vec<String>) {
    let (outcomes, taken) = (outcomes(world), taken_afar(world));
    let mut equals = BTreeMap::<&str, usize>::new();
    for job in world.esmes().flat_map(|esme| &esme.jobs) {
        *equals.entry(&job.text).or_default() += 1;
    }
    let elsewhere = world.nodes[1..].iter().flat_map(|node| node.accepts());
    let passed: BTreeSet<_> = elsewhere.filter_map(|(_, sms)| sms.trace.id).collect();
    // The next environment may lose what it said yes to at once.
    let is_at_once = |job: &Job| mercy.crashes && job.esm_class & 3 == 1;
    for (esme, job) in world.esmes().flat_map(|esme| esme.jobs.iter().map(move |job| (esme, job))) {
        let Some(id) = job.id() else { continue };
        let parsed = MessageId::parse(id.as_bytes()).ok();
        let Some(outcome) = parsed.and_then(|id| outcomes.get(&id)) else { continue };
        let afar = taken.get(&job.text).copied().unwrap_or_default();
        let most = equals.get(job.text.as_str()).copied().unwrap_or_default();
        let there = afar + seen.came(job);
        let (text, state) = (&job.text, outcome.state);
        // Whoever took it and was not asked for a receipt may fail later.
        let passed = state == State::Accepted && (passed.contains(&outcome.id) || is_at_once(job));
        if state.is_success() && there == 0 && !passed {
            wrongs.push(format!("{text:?} ({id}) ended {state}, and nobody has it"));
        }
        // Who waits for the outcome may try anew what it heard nothing of.
        let again = if waits(world, esme, job) { job.sent.saturating_sub(1) as usize } else { 0 };
        if afar > 0 && there > most + again && !outcome.doubled {
            wrongs.push(format!("{text:?} ({id}) is there {there} times, and its record is sure"));
        }
    }
}

/// How the Sms of env1 ended, by the name their sender was told.
fn outcomes(world: &World) -> BTreeMap<MessageId, Outcome> {
    let mut told = BTreeMap::new();
    let mut ended = BTreeMap::new();
    for record in world.nodes[0].records() {
        match record {
            Record::Accept(sms) => drop(told.insert(sms.id, sms.told())),
            Record::Outcome(outcome) => drop(ended.entry(outcome.id).or_insert(outcome)),
            _ => {}
        }
    }
    let named = |(id, outcome)| Some((*told.get(&id)?, outcome));
    ended.into_iter().filter_map(named).collect()
}
