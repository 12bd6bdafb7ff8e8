//! What happened, and how it goes.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use routing::board::{LinkRole, LinkRow, TALLIES};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Query, lines, pretty};
use super::{Control, Peer};
use crate::cdr::{self, Names};
use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::model::Kind;
use crate::settle::{self, settle as settle_up};
use crate::store::Db;
use crate::watch::{self, NodeView};

type Shared = State<Arc<Control>>;

/// Asks the store in a thread of its own, so that the writer is not held up.
pub(crate) async fn ask<T: Send + 'static>(
    control: &Control,
    question: impl FnOnce(&Db) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let place = control.store.clone();
    let task = tokio::task::spawn_blocking(move || question(&place.reader()?));
    task.await.map_err(|error| Fault::failed(error.to_string()))?
}

/// `GET /v1/settle?carrier=TATA&month=2026-11`
pub(super) async fn settle(
    State(control): Shared,
    Query(question): Query<settle::Question>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let settlement = ask(&control, move |db| settle_up(db, &question)).await?;
    Ok(pretty(&settlement))
}

/// `GET /v1/cdr?carrier=TATA&limit=10`: one record a line.
pub(super) async fn cdr(
    State(control): Shared,
    Query(filter): Query<cdr::Filter>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    Ok(lines(&ask(&control, move |db| cdr::list(db, &filter)).await?))
}

/// `POST /v1/harvest`: comes back when everything journaled before is in the store.
pub(super) async fn harvest(State(control): Shared) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    Ok(pretty(&json!({ "harvested": true })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    env: Option<String>,
    user: Option<String>,
}

/// `GET /v1/registrations?env=env1&user=1111`
pub(super) async fn registrations(
    State(control): Shared,
    Query(whose): Query<Whose>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let rows = ask(&control, move |db| contacts(db, &whose)).await?;
    Ok(pretty(&rows))
}

#[derive(Deserialize)]
struct Contact {
    uri: String,
    local: String,
    transport: String,
    source: String,
    q: u16,
    expires_ns: u64,
    instance: String,
    reg_id: u32,
}

fn contacts(db: &Db, whose: &Whose) -> Outcome<Vec<Value>> {
    let mut names = Names::new(db);
    let now_ns = clock::unix_ns();
    let sql = "SELECT environment, account, at_ns, rows FROM contact
         ORDER BY environment, account";
    let mut shown = Vec::new();
    db.each(sql, &[], |row| {
        let env = names.name(Kind::Environment, row.get(0)?)?;
        let user = names.name(Kind::Account, row.get(1)?)?;
        let wanted = whose.env.as_ref().is_none_or(|wanted| *wanted == env)
            && whose.user.as_ref().is_none_or(|wanted| *wanted == user);
        if !wanted {
            return Ok(());
        }
        let (at_ns, json): (u64, String) = (row.get(2)?, row.get(3)?);
        let contacts: Vec<Contact> = serde_json::from_str(&json)?;
        for contact in contacts.into_iter().filter(|contact| contact.expires_ns > now_ns) {
            shown.push(json!({
                "env": env, "user": user, "contact": contact.uri, "source": contact.source,
                "local": contact.local, "transport": contact.transport,
                "registered": clock::rfc3339(at_ns, 3),
                "expires": clock::rfc3339(contact.expires_ns, 3),
                "expires_s": (contact.expires_ns - now_ns) / 1_000_000_000,
                "q": f64::from(contact.q) / 1000.0,
                "instance": contact.instance, "reg_id": contact.reg_id,
            }));
        }
        Ok(())
    })?;
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    env: Option<String>,
}

/// One SMPP link.
#[derive(Serialize)]
struct Bind {
    node: String,
    shard: u8,
    env: String,
    role: &'static str,
    name: Option<String>,
    state: &'static str,
    local: String,
    peer: String,
    since: String,
    received: u64,
    sent: u64,
    outstanding: u32,
    window: u32,
    owed: u32,
    rate_in: u32,
    rate_out: u32,
    congestion: Option<u8>,
}

/// `GET /v1/binds?env=env1`
pub(super) async fn binds(State(control): Shared, Query(place): Query<Where>) -> Answer<Response> {
    let views = watch::read_all(&control.nodes);
    let rows = ask(&control, move |db| {
        let mut names = Names::new(db);
        let mut rows = Vec::new();
        for view in views.iter().filter(|view| view.is_up()) {
            for page in &view.pages {
                for link in &page.links {
                    rows.push(bind(&mut names, view, page.shard, link)?);
                }
            }
        }
        rows.retain(|row| place.env.as_ref().is_none_or(|env| row.env == *env));
        rows.sort_by(|one, other| {
            (&one.env, one.role, &one.name, &one.peer).cmp(&(
                &other.env,
                other.role,
                &other.name,
                &other.peer,
            ))
        });
        Ok(rows)
    });
    Ok(pretty(&rows.await?))
}

fn bind(names: &mut Names<'_>, view: &NodeView, shard: u8, link: &LinkRow) -> Outcome<Bind> {
    let (role, kind) = match link.role {
        LinkRole::Carrier => ("carrier", Kind::Carrier),
        LinkRole::Connection => ("connection", Kind::Connection),
    };
    let name = (link.subject != 0).then(|| names.name(kind, link.subject)).transpose()?;
    Ok(Bind {
        node: view.name.clone(),
        shard,
        env: names.name(Kind::Environment, link.environment)?,
        role,
        name,
        state: link.state.word(),
        local: link.local.to_string(),
        peer: link.peer.to_string(),
        since: clock::rfc3339(link.since_ns, 3),
        received: link.received,
        sent: link.sent,
        outstanding: link.outstanding,
        window: link.window,
        owed: link.owed,
        rate_in: link.rate_in,
        rate_out: link.rate_out,
        congestion: link.congestion,
    })
}

/// `GET /v1/status`
pub(super) async fn status(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
) -> Answer<Response> {
    let views = watch::read_all(&control.nodes);
    let published = control.publisher.current();
    let summary = control.writer.call(move |store| {
        let live = store.live();
        let environments: Vec<Value> = live
            .environments()
            .map(|(name, _, environment)| {
                let mut row = Map::new();
                row.insert("name".to_owned(), name.into());
                row.insert("domain".to_owned(), environment.domain.clone().into());
                for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Environment) {
                    row.insert(plural(kind), live.of(kind, name).count().into());
                }
                Value::Object(row)
            })
            .collect();
        let drafts = store.draft_counts()?;
        let awaits = store.awaited()?.map(|one| {
            json!({
                "generation": one.generation, "back_to": one.back_to, "author": one.author,
                "until": clock::rfc3339(one.until_ns, 0),
            })
        });
        Ok((store.generation(), environments, drafts, awaits, store.planned()?.len()))
    });
    let (generation, environments, drafts, awaits, planned) = summary.await?;
    let nodes: Vec<Value> = views.iter().map(node).collect();
    let own = drafts.get(&peer.author).copied().unwrap_or_default();
    Ok(pretty(&json!({
        "generation": generation, "published": published, "environments": environments,
        "nodes": nodes, "author": peer.author, "draft_changes": own, "drafts": drafts,
        "awaits": awaits, "planned": planned,
    })))
}

fn node(view: &NodeView) -> Value {
    let shards: Vec<Value> = view
        .pages
        .iter()
        .map(|page| {
            let counts = TALLIES.iter().zip(&page.tallies);
            let tallies: Map<String, Value> =
                counts.map(|(name, count)| ((*name).to_owned(), (*count).into())).collect();
            let links = page.links.len();
            let sum = |part: fn(&LinkRow) -> u32| page.links.iter().map(part).map(u64::from).sum();
            let rate_in: u64 = sum(|link| link.rate_in);
            let rate_out: u64 = sum(|link| link.rate_out);
            json!({
                "shard": page.shard, "generation": page.generation,
                "adopt_us": page.adopt_ns / 1000, "links": links,
                "rate_in": rate_in, "rate_out": rate_out, "tallies": tallies,
            })
        })
        .collect();
    json!({
        "name": view.name, "up": view.is_up(), "beat_age_ms": view.age_ns.map(|ns| ns / 1_000_000),
        "pid": view.pages.first().map(|page| page.pid),
        "started": view.pages.first().map(|page| clock::rfc3339(page.started_ns, 3)),
        "shards": shards,
    })
}

fn plural(kind: Kind) -> String {
    if kind == Kind::Policy { "policies".to_owned() } else { format!("{}s", kind.word()) }
}
