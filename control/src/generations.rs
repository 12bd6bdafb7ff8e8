//! Commit and roll back: the steps from a draft to a live generation.
//!
//! Order matters. The plan is compiled and written aside first, so that a full disk is found
//! while nothing is decided; then the store commits; then the plan is renamed into place. A
//! control that dies between the last two publishes at its next start what its store says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use routing::snapshot::freeze;
use schemars::JsonSchema;
use serde::Serialize;

use crate::clock;
use crate::compile::compile;
use crate::diff::{Difference, Differences, first_of};
use crate::fault::{Code, Fault, Outcome};
use crate::harm::harm;
use crate::inventory::rested;
use crate::model::{Body, Key, Kind, Model, check_since};
use crate::names::{Lead, Names};
use crate::publish::Publisher;
use crate::store::{Awaited, Drafted, NewGeneration, Planned, PlannedRow, Store};

/// Who wants a generation, and why.
#[derive(Clone, Debug, Default)]
pub struct Reason {
    /// Who.
    pub author: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub message: String,
    /// Only check and compile, and keep nothing.
    pub dry_run: bool,
    /// Do it although it looks like a mistake.
    pub force: bool,
    /// Take it back after so long unless somebody confirms it.
    pub confirm_for: Option<Duration>,
}

/// What a generation is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Of {
    /// Its author's draft.
    Draft,
    /// A planned commit.
    Plan(u64),
    /// An older generation.
    Rollback(u64),
}

type Changes = BTreeMap<Key, Option<Arc<Body>>>;

/// What became of a commit.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Committed {
    /// The generation that is live now; none if there was nothing to commit.
    pub generation: Option<u64>,
    /// When it is taken back unless it is confirmed, RFC 3339, and which generation then comes
    /// back.
    pub confirm: Option<(String, u64)>,
    /// What changed; of many changes the first 1000.
    pub changes: Vec<Difference>,
    /// How many changes there are.
    pub changed: usize,
    /// How long compiling took, in microseconds.
    pub compile_us: u64,
    /// How many objects the plan has, by kind.
    pub counts: BTreeMap<String, usize>,
    /// How large the plan is, in octets.
    pub plan_len: usize,
}

/// Makes an author's draft the live generation.
pub fn commit(store: &mut Store, publisher: &Publisher, reason: Reason) -> Outcome<Committed> {
    let draft = store.desk(&reason.author)?.draft.clone();
    fresh(store, &draft)?;
    make(store, publisher, reason, Of::Draft, changes_of(draft))
}

/// Makes a planned draft the live generation.
pub fn commit_planned(
    store: &mut Store,
    publisher: &Publisher,
    planned: Planned,
) -> Outcome<Committed> {
    let Planned { id, author, origin, message, force, draft, .. } = planned;
    fresh(store, &draft)?;
    let reason = Reason { author, origin, message, force, ..Reason::default() };
    let committed = make(store, publisher, reason, Of::Plan(id), changes_of(draft))?;
    if committed.generation.is_none() {
        // Somebody else made it so meanwhile.
        store.cancel(id, clock::unix_ns())?;
    }
    Ok(committed)
}

/// Puts an author's draft aside to be committed at a time; what would be refused now is.
pub fn commit_at(store: &mut Store, reason: Reason, due_ns: u64) -> Outcome<PlannedRow> {
    let now_ns = clock::unix_ns();
    if due_ns <= now_ns {
        return Err(Fault::invalid(format!("{} is not to come", clock::rfc3339(due_ns, 0))));
    }
    let draft = store.desk(&reason.author)?.draft.clone();
    if draft.is_empty() {
        return Err(Fault::invalid("your draft is empty: nothing to commit"));
    }
    fresh(store, &draft)?;
    let number = store.generation() + 1;
    let changes = changes_of(draft.clone());
    let new = NewGeneration { number, changes, ..NewGeneration::default() };
    let model = store.model_of(&new)?;
    sound(store.live(), &model)?;
    rested(store, &model, new.changes.iter(), now_ns)?;
    if !reason.force {
        harmless(store.live(), &model)?;
    }
    let Reason { author, origin, message, force, .. } = reason;
    let fault = String::new();
    let planned = Planned { id: 0, due_ns, author, origin, message, force, draft, fault };
    let id = store.plan(&planned)?;
    Ok(Planned { id, ..planned }.row())
}

fn changes_of(draft: BTreeMap<Key, Drafted>) -> Changes {
    draft.into_iter().map(|(key, drafted)| (key, drafted.body)).collect()
}

/// Refuses a draft that somebody's commit overtook.
fn fresh(store: &Store, draft: &BTreeMap<Key, Drafted>) -> Outcome<()> {
    let stale: Vec<&Key> = draft
        .iter()
        .filter(|(key, drafted)| {
            store.live().get(key).map_or(0, |entry| entry.since) != drafted.base
        })
        .map(|(key, _)| key)
        .collect();
    if !stale.is_empty() {
        let list: Vec<String> = stale.iter().map(ToString::to_string).collect();
        let error = format!(
            "somebody committed since this draft was begun and changed: {}",
            list.join(", ")
        );
        return Err(Fault::new(Code::Stale, error)
            .cure("look with `signalbox diff`, then `signalbox discard` and do it again"));
    }
    Ok(())
}

/// Refuses to build on what may be taken back.
fn unawaited(store: &Store, of: Of) -> Outcome<()> {
    let Some(awaited) = store.awaited()?.filter(|_| !matches!(of, Of::Rollback(_))) else {
        return Ok(());
    };
    let Awaited { generation, back_to, until_ns, author } = awaited;
    let until = clock::rfc3339(until_ns, 0);
    Err(Fault::invalid(format!(
        "generation {generation} of {author} awaits its confirmation until {until}"
    ))
    .cure(format!("`signalbox confirm` keeps it, `signalbox rollback {back_to}` takes it back")))
}

/// Makes the model of an older generation live again, under a new number.
pub fn roll_back(
    store: &mut Store,
    publisher: &Publisher,
    to: u64,
    reason: Reason,
) -> Outcome<Committed> {
    if store.generation_at_ns(to)?.is_none() {
        return Err(
            Fault::not_found(format!("there is no generation {to}")).cure("see: signalbox history")
        );
    }
    let old = store.model_at(to)?;
    let body = |key: &Key| old.get(key).map(|entry| entry.body.clone());
    let live = store.live();
    let differ = |key: &&&Key| live.get(key).map(|entry| entry.body.clone()) != body(key);
    let keys = live.apart(&old);
    let changes = keys.iter().filter(differ).map(|key| ((*key).clone(), body(key))).collect();
    make(store, publisher, reason, Of::Rollback(to), changes)
}

fn make(
    store: &mut Store,
    publisher: &Publisher,
    reason: Reason,
    of: Of,
    changes: Changes,
) -> Outcome<Committed> {
    unawaited(store, of)?;
    let number = store.generation().max(publisher.highest()) + 1;
    let dry_run = reason.dry_run;
    let force = reason.force;
    let new = new_generation(store.generation(), number, reason, of, changes);
    let model = store.model_of(&new)?;
    let Differences { changes, count } = first_of(store.live(), &model, CHANGES_SHOWN);
    if count == 0 {
        return Ok(Committed {
            generation: None,
            confirm: None,
            changes,
            changed: 0,
            compile_us: 0,
            counts: counts(&model),
            plan_len: 0,
        });
    }
    sound(store.live(), &model)?;
    rested(store, &model, new.changes.iter(), new.at_ns)?;
    if !force {
        harmless(store.live(), &model)?;
    }
    let begun = clock::instant();
    let mut plan = compile(&model, &store.tables(), number, new.at_ns)?;
    store.names().fill(&mut plan);
    let octets = freeze(&plan);
    // A million small things are put away while the plan is written.
    std::thread::spawn(move || drop(plan));
    let compile_us = begun.elapsed().as_micros() as u64;
    let committed = Committed {
        generation: (!dry_run).then_some(number),
        confirm: new.awaited.as_ref().map(|one| (clock::rfc3339(one.until_ns, 0), one.back_to)),
        changes,
        changed: count,
        compile_us,
        counts: counts(&model),
        plan_len: octets.len(),
    };
    if dry_run {
        return Ok(committed);
    }
    let staged = publisher.stage(number, &octets).map_err(unpublished)?;
    if let Err(fault) = store.install(&new, model) {
        if let Err(error) = staged.discard() {
            tracing::warn!(%error, "a plan that was not committed stays behind");
        }
        return Err(fault);
    }
    staged.publish().map_err(|error| {
        Fault::failed(format!("generation {number} is committed but not published: {error}"))
            .cure("make room and start signalbox-control again: it publishes what is committed")
    })?;
    if let Err(error) = publisher.prune() {
        tracing::warn!(%error, "old plans stay behind");
    }
    tracing::info!(generation = number, author = new.author, "committed");
    Ok(committed)
}

/// A generation that is to follow another one.
fn new_generation(
    before: u64,
    number: u64,
    reason: Reason,
    of: Of,
    changes: Changes,
) -> NewGeneration {
    let at_ns = clock::unix_ns();
    let Reason { author, origin, message, confirm_for, .. } = reason;
    let (of_rollback, of_plan) = match of {
        Of::Draft => (None, None),
        Of::Plan(id) => (None, Some(id)),
        Of::Rollback(to) => (Some(to), None),
    };
    let awaited = confirm_for.map(|time| Awaited {
        generation: number,
        back_to: before,
        until_ns: at_ns.saturating_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        author: author.clone(),
    });
    let places = BTreeMap::new();
    NewGeneration {
        number,
        at_ns,
        author,
        origin,
        message,
        of_rollback,
        of_plan,
        awaited,
        changes,
        places,
    }
}

/// Publishes what the store says is live if that is missing; never anything lower than what is
/// already published.
pub fn resume(store: &Store, publisher: &Publisher) -> Outcome<()> {
    let (live, published) = (store.generation(), publisher.highest());
    if published > live {
        tracing::warn!(live, published, "a newer plan is published than the store knows; it stays");
        return Ok(());
    }
    let Some(at_ns) = store.generation_at_ns(live)? else { return Ok(()) };
    let octets = live_plan(store, store.names(), live, at_ns)?;
    let whole = publisher.read(live).is_ok_and(|found| found == octets);
    if whole && publisher.current() == Some(live) {
        return Ok(());
    }
    tracing::info!(generation = live, "publishing again");
    let publish = || publisher.stage(live, &octets)?.publish();
    publish().map_err(unpublished)
}

/// Publishes the live model once more: names of trunks lead elsewhere.
pub fn republish(
    store: &mut Store,
    publisher: &Publisher,
    places: BTreeMap<String, Vec<Lead>>,
) -> Outcome<()> {
    let number = store.generation().max(publisher.highest()) + 1;
    if store.generation() == 0 {
        return Ok(());
    }
    let at_ns = clock::unix_ns();
    let mut names = store.names().clone();
    names.learn(&places);
    let octets = live_plan(store, &names, number, at_ns)?;
    let staged = publisher.stage(number, &octets).map_err(unpublished)?;
    let names = places.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let (author, message) = ("control".to_owned(), format!("{names} leads elsewhere"));
    let new = NewGeneration { number, at_ns, author, message, places, ..NewGeneration::default() };
    let model = store.live().clone();
    if let Err(fault) = store.install(&new, model) {
        // What was not committed must not look as if it had been.
        drop(staged.discard());
        return Err(fault);
    }
    staged.publish().map_err(unpublished)?;
    if let Err(error) = publisher.prune() {
        tracing::warn!(%error, "old plans stay behind");
    }
    tracing::info!(generation = number, names, "published: a trunk leads elsewhere");
    Ok(())
}

/// The octets of the live model's plan.
fn live_plan(store: &Store, names: &Names, number: u64, at_ns: u64) -> Outcome<Vec<u8>> {
    let mut plan = compile(store.live(), &store.tables(), number, at_ns)?;
    names.fill(&mut plan);
    Ok(freeze(&plan))
}

/// Refuses a model that does not hold together, with everything that is wrong.
fn sound(live: &Model, model: &Model) -> Outcome<()> {
    let troubles = check_since(live, model);
    let Some((first, others)) = troubles.split_first() else { return Ok(()) };
    let mut words = first.words.clone();
    for trouble in others.iter().take(TROUBLES_SHOWN) {
        words.push('\n');
        words.push_str(&trouble.words);
    }
    if others.len() > TROUBLES_SHOWN {
        words.push_str(&format!("\nand {} more", others.len() - TROUBLES_SHOWN));
    }
    Err(Fault::invalid(words).cure("nothing was committed; change the draft and commit again"))
}

/// Refuses what is sound and looks like a mistake.
fn harmless(live: &Model, model: &Model) -> Outcome<()> {
    let harms = harm(live, model);
    if harms.is_empty() {
        return Ok(());
    }
    let cure = "nothing was committed; if it is meant, say --force";
    Err(Fault::invalid(format!("this would be harmful: {}", harms.join("\n"))).cure(cure))
}

fn counts(model: &Model) -> BTreeMap<String, usize> {
    Kind::ALL
        .into_iter()
        .map(|kind| (kind.word().to_owned(), model.of_kind(kind).count()))
        .collect()
}

fn unpublished(error: std::io::Error) -> Fault {
    Fault::failed(format!("the plan cannot be written: {error}"))
}

/// How long a commit waits for shards unless it is told otherwise.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// More of them nobody reads.
const CHANGES_SHOWN: usize = 1000;

const TROUBLES_SHOWN: usize = 19;

#[cfg(test)]
mod tests;
