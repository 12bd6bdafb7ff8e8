//! What should be true: change, look, commit.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::Uri;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Answer, Body, Query, pretty};
use super::conditional::IfMatch;
use super::paging::{PAGE, PAGE_MAX, leads_on};
use super::shapes::{Discarded, Draft, Nothing};
use super::{Control, Peer};
use crate::apply::{self, Applied, Change, missing};
use crate::clock;
use crate::diff::{Difference, Differences, differ, first_of};
use crate::explain::{self, Explained, explain};
use crate::fault::{Code, Fault, Outcome};
use crate::generations::{self, Committed, PATIENCE, Reason, commit_at};
use crate::inventory;
use crate::list::{self, Wanted};
use crate::model::{Instant, Key, Kind, Model, Span, check_one};
use crate::publish::Publisher;
use crate::seal::Seal;
use crate::store::{Desk, PlannedRow, Store};
use crate::watch::{self, Adoption};

type Shared = State<Arc<Control>>;
type From = ConnectInfo<Peer>;

/// What a change came to.
#[derive(JsonSchema, Serialize)]
pub(super) struct Changed {
    /// One line, or none if the object already was so.
    pub(super) change: Option<Difference>,
    /// What the operator should know.
    pub(super) notes: Vec<String>,
    /// How many changes the author's draft has now.
    pub(super) draft_changes: usize,
}

/// `POST /v1/change`
pub(super) async fn change(
    State(control): Shared,
    ConnectInfo(peer): From,
    seen: IfMatch,
    Body(change): Body<Change>,
) -> Answer<Response> {
    let seal = control.seal.clone();
    let change = peer.within(change)?;
    let changed = control.writer.call(move |store| {
        if seen.is_said() {
            seen.holds(&shown(store, &peer.author, &change)?)?;
        }
        draft(store, &seal, &peer.author, change)
    });
    Ok(pretty(&changed.await?))
}

/// The object of a change as its author may have seen it, whole and in brief; nothing if it does
/// not exist.
fn shown(store: &mut Store, author: &str, change: &Change) -> Outcome<Vec<Value>> {
    let (live, Desk { candidate, .. }) = store.view(author)?;
    let env = match change.kind {
        Kind::Environment => String::new(),
        _ => world(candidate, Some(change.env.clone()).filter(|env| !env.is_empty()))?,
    };
    let key = Key::new(change.kind, &env, &change.name);
    Ok([false, true]
        .into_iter()
        .flat_map(|brief| list::show(live, candidate, &key, brief))
        .collect())
}

/// `POST /v1/changes`: several at once, all or none.
pub(super) async fn changes(
    State(control): Shared,
    ConnectInfo(peer): From,
    seen: IfMatch,
    Body(changes): Body<Vec<Change>>,
) -> Answer<Response> {
    let seal = control.seal.clone();
    let changes = changes.into_iter().map(|change| peer.within(change));
    let changes = changes.collect::<Outcome<Vec<Change>>>()?;
    let done = control.writer.call(move |store| {
        seen.holds(&[differing(store, &peer.author)?])?;
        store.all_or_none(|store| {
            let mut one = |change: Change| {
                let name = format!("{} {}", change.kind.word(), change.name);
                draft(store, &seal, &peer.author, change)
                    .map_err(|fault| Fault { error: format!("{name}: {}", fault.error), ..fault })
            };
            let place = |(at, change)| one(change).map_err(|fault| fault.at(at as u64));
            changes.into_iter().enumerate().map(place).collect::<Outcome<Vec<Changed>>>()
        })
    });
    Ok(pretty(&done.await?))
}

/// Puts a change on top of an author's draft.
pub(super) fn draft(
    store: &mut Store,
    seal: &Seal,
    author: &str,
    mut change: Change,
) -> Outcome<Changed> {
    let dry_run = change.dry_run;
    let candidate = &store.desk(author)?.candidate;
    if change.kind != Kind::Environment {
        let env = Some(change.env.clone()).filter(|env| !env.is_empty());
        change.env = world(candidate, env)?;
    }
    let Applied { key, body, mut notes } = apply::apply(candidate, seal, change)?;
    let before = candidate.get(&key).cloned();
    let (troubles, change) = store.try_on(author, &key, body.clone(), |tried| {
        (check_one(tried, &key), differ(&key, before.as_ref(), tried.get(&key)))
    })?;
    let (waits, wrong): (Vec<_>, Vec<_>) = troubles.into_iter().partition(|one| one.waits);
    if !wrong.is_empty() {
        let words: Vec<String> = wrong.into_iter().map(|trouble| trouble.words).collect();
        return Err(Fault::invalid(words.join("\n")));
    }
    let changed = std::iter::once((&key, &body));
    if let Some(desk) = store.known_desk(author) {
        inventory::rested(store, &desk.candidate, changed, clock::unix_ns())?;
    }
    notes.extend(waits.into_iter().map(|trouble| format!("{} yet", trouble.words)));
    if !dry_run {
        store.draft(author, key, body, clock::unix_ns())?;
    }
    let draft_changes = store.desk(author)?.draft.len();
    Ok(Changed { change, notes, draft_changes })
}

/// The environment that is meant: the one that was named, or the only one there is.
pub(super) fn world(model: &Model, env: Option<String>) -> Outcome<String> {
    if let Some(env) = env {
        let key = Key::environment(&env);
        return if model.get(&key).is_some() { Ok(env) } else { Err(missing(model, &key)) };
    }
    let names: Vec<&str> = model.environments().map(|(name, ..)| name).collect();
    match names.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(Fault::not_found("there is no environment yet")
            .cure("make one: signalbox environment add NAME --domain DOMAIN")),
        several => Err(Fault::new(
            Code::Usage,
            format!("there are several environments: {}", several.join(", ")),
        )
        .cure("say which: --env NAME")),
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    kind: Kind,
    /// In this environment; in all of them, if nothing is said.
    env: Option<String>,
    /// Those after this one, `ENV/NAME`; the Link of a page says it.
    after: Option<String>,
    /// How many at most; 1000, if nothing is said.
    limit: Option<u16>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    kind: Kind,
    /// The environment; may be left out where there is only one.
    env: Option<String>,
    name: String,
    /// Without the settings that have their default.
    #[serde(default)]
    brief: bool,
}

/// `GET /v1/objects?kind=carrier&env=env1`
pub(super) async fn list(
    State(control): Shared,
    ConnectInfo(peer): From,
    uri: Uri,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let boards = match which.kind {
        Kind::Policy => watch::read_all(&control.nodes),
        _ => Vec::new(),
    };
    let rows = control.writer.call(move |store| {
        let (live, Desk { candidate, .. }) = store.view(&peer.author)?;
        if let Some(env) = &which.env {
            world(candidate, Some(env.clone()))?;
        }
        let Which { kind, env, after, limit } = which;
        let after = after.map(|place| match place.split_once('/') {
            Some((env, name)) => (env.to_owned(), name.to_owned()),
            None => (String::new(), place),
        });
        let limit = limit.map_or(PAGE, |limit| usize::from(limit).clamp(1, PAGE_MAX));
        Ok(list::list(live, candidate, &Wanted { kind, env, after, limit }))
    });
    let (mut rows, next) = rows.await?;
    rows.iter_mut().for_each(|row| list::tell_shadow(row, &boards));
    let next = next.map(|(env, name)| ("after", format!("{env}/{name}")));
    Ok(leads_on(pretty(&rows), &uri, next))
}

/// The first page of a kind's objects.
pub(super) async fn objects(
    control: &Control,
    peer: &Peer,
    kind: Kind,
    env: Option<String>,
) -> Outcome<Vec<Value>> {
    let author = peer.author.clone();
    let rows = control.writer.call(move |store| {
        let (live, Desk { candidate, .. }) = store.view(&author)?;
        Ok(list::list(live, candidate, &Wanted { kind, env, after: None, limit: PAGE }).0)
    });
    rows.await
}

/// `GET /v1/object?kind=carrier&env=env1&name=TATA&brief=true`
pub(super) async fn show(
    State(control): Shared,
    ConnectInfo(peer): From,
    Query(which): Query<Named>,
) -> Answer<Response> {
    let row = control.writer.call(move |store| {
        let (live, Desk { candidate, .. }) = store.view(&peer.author)?;
        let env = match which.kind {
            Kind::Environment => {
                peer.sees(&which.name)?;
                String::new()
            }
            _ => world(candidate, which.env)?,
        };
        let key = Key::new(which.kind, &env, &which.name);
        list::show(live, candidate, &key, which.brief)
    });
    Ok(pretty(&row.await?))
}

/// `GET /v1/diff`
pub(super) async fn diff(State(control): Shared, ConnectInfo(peer): From) -> Answer<Response> {
    let shown = control.writer.call(move |store| differing(store, &peer.author));
    Ok(pretty(&shown.await?))
}

/// What an author's draft would change.
fn differing(store: &mut Store, author: &str) -> Outcome<Draft> {
    let generation = store.generation();
    let (live, desk) = store.view(author)?;
    let Differences { changes, count } = first_of(live, &desk.candidate, CHANGES_SHOWN);
    Ok(Draft { author: author.to_owned(), changes, count, live: generation })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Commit {
    message: String,
    wait_s: Option<u64>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    force: bool,
    /// How long it may be taken back, such as `10m`.
    confirm: Option<String>,
    /// When it is to be done, RFC 3339.
    at: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RollBack {
    to: u64,
    message: String,
    wait_s: Option<u64>,
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    force: bool,
}

/// A commit and what the shards made of it.
#[derive(JsonSchema, Serialize)]
#[serde(untagged)]
pub(super) enum Live {
    /// It is done; none of the shards is asked if there was nothing to commit.
    Done {
        #[serde(flatten)]
        committed: Committed,
        adoption: Option<Adoption>,
    },
    /// It waits for its time.
    Planned { planned: PlannedRow },
}

/// `POST /v1/commit`
pub(super) async fn commit(
    State(control): Shared,
    ConnectInfo(peer): From,
    seen: IfMatch,
    Body(commit): Body<Commit>,
) -> Answer<Response> {
    let Commit { message, wait_s, dry_run, force, confirm, at } = commit;
    why(&message)?;
    let confirm_for = confirm.map(|time| time.parse::<Span>()).transpose();
    let confirm_for = confirm_for.map_err(|error| Fault::invalid(format!("confirm: {error}")))?;
    let confirm_for = confirm_for.map(|span| Duration::from_millis(span.ms.into()));
    let Peer { author, origin, .. } = peer;
    let reason = Reason { author, origin, message, dry_run, force, confirm_for };
    if let Some(at) = at {
        if dry_run || confirm_for.is_some() {
            return Err(Fault::new(Code::Usage, "say either when, or how it is tried").into());
        }
        let due_ns = at.parse::<Instant>().map_err(Fault::invalid)?.0;
        let planned = control.writer.call(move |store| {
            seen.holds(&[differing(store, &reason.author)?])?;
            commit_at(store, reason, due_ns)
        });
        return Ok(pretty(&Live::Planned { planned: planned.await? }));
    }
    publish(&control, wait_s, move |store, publisher| {
        seen.holds(&[differing(store, &reason.author)?])?;
        generations::commit(store, publisher, reason)
    })
    .await
}

/// `POST /v1/rollback`
pub(super) async fn roll_back(
    State(control): Shared,
    ConnectInfo(peer): From,
    seen: IfMatch,
    Body(wish): Body<RollBack>,
) -> Answer<Response> {
    let RollBack { to, message, wait_s, dry_run, force } = wish;
    why(&message)?;
    let Peer { author, origin, .. } = peer;
    let reason = Reason { author, origin, message, dry_run, force, confirm_for: None };
    publish(&control, wait_s, move |store, publisher| {
        seen.holds(&[differing(store, &reason.author)?])?;
        generations::roll_back(store, publisher, to, reason)
    })
    .await
}

/// Nothing becomes live without a reason.
fn why(message: &str) -> Outcome<()> {
    match message.trim() {
        "" => Err(Fault::new(Code::Usage, "a commit needs a message that says why")),
        _ => Ok(()),
    }
}

async fn publish(
    control: &Control,
    wait_s: Option<u64>,
    make: impl FnOnce(&mut Store, &Publisher) -> Outcome<Committed> + Send + 'static,
) -> Answer<Response> {
    let before = watch::read_all(&control.nodes);
    let publisher = control.publisher.clone();
    let committed = control.writer.call(move |store| make(store, &publisher)).await?;
    let patience = wait_s.map_or(PATIENCE, |seconds| Duration::from_secs(seconds.min(WAIT_MAX_S)));
    let adoption = match committed.generation {
        Some(generation) => {
            let nodes = control.nodes.clone();
            Some(watch::await_adoption(nodes, before, generation, patience).await)
        }
        None => None,
    };
    Ok(pretty(&Live::Done { committed, adoption }))
}

/// `POST /v1/discard`
pub(super) async fn discard(
    State(control): Shared,
    ConnectInfo(peer): From,
    seen: IfMatch,
    Body(_): Body<Nothing>,
) -> Answer<Response> {
    let count = control.writer.call(move |store| {
        seen.holds(&[differing(store, &peer.author)?])?;
        store.discard(&peer.author)
    });
    Ok(pretty(&Discarded { discarded: count.await? }))
}

#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Route {
    pub(super) env: Option<String>,
    pub(super) from: Option<String>,
    pub(super) number: String,
    pub(super) source: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) at: Option<String>,
}

/// `GET /v1/route?env=env1&from=TATA&number=2222`
pub(super) async fn route(
    State(control): Shared,
    ConnectInfo(peer): From,
    Query(route): Query<Route>,
) -> Answer<Response> {
    Ok(pretty(&explained(&control, peer.author, route).await?))
}

/// What would become of an Sms, by an author's draft and by what is live.
pub(super) async fn explained(
    control: &Control,
    author: String,
    route: Route,
) -> Outcome<Explained> {
    let boards = watch::read_all(&control.nodes);
    let told = control.writer.call(move |store| {
        let tables = store.tables();
        let (live, Desk { candidate, .. }) = store.view(&author)?;
        let Route { env, from, number, source, domain, at } = route;
        let env = world(candidate, env)?;
        let question = explain::Question { env, from, number, source, domain, at };
        explain((candidate, live), &tables, &boards, &question)
    });
    told.await
}

/// What a person or a browser can still read.
const CHANGES_SHOWN: usize = 10_000;

/// A request that waits longer than this waits for something else than a shard.
const WAIT_MAX_S: u64 = 600;
