//! What happened, and how it goes.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::Uri;
use axum::response::Response;
use routing::board::{LinkRole, LinkRow, Page, TALLIES};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Body, Query, lines, pretty};
use super::paging::{PAGE, PAGE_MAX, leads_on};
use super::shapes::{Awaits, Harvested, Node, Nothing, Registration, Shard, Status, World};
use super::{Control, Peer};
use crate::cdr::{self, Names};
use crate::clock;
use crate::fault::{Code, Fault, Outcome};
use crate::model::Kind;
use crate::store::{Db, given};
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

/// `GET /v1/cdr?carrier=TATA&limit=10`: one record a line.
pub(super) async fn cdr(
    State(control): Shared,
    uri: Uri,
    Query(filter): Query<cdr::Filter>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let (rows, next) = ask(&control, move |db| cdr::page(db, &filter)).await?;
    Ok(leads_on(lines(&rows), &uri, next.map(|id| ("before", id))))
}

/// `POST /v1/harvest`: comes back when everything journaled before is in the store.
pub(super) async fn harvest(State(control): Shared, Body(_): Body<Nothing>) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    Ok(pretty(&Harvested { harvested: true }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whose {
    env: Option<String>,
    user: Option<String>,
    /// Those after this one; the Link of a page says it.
    after: Option<String>,
    /// How many accounts at most; 1000, if nothing is said.
    limit: Option<u16>,
}

/// `GET /v1/registrations?env=env1&user=1111`
pub(super) async fn registrations(
    State(control): Shared,
    uri: Uri,
    Query(whose): Query<Whose>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let (rows, next) = ask(&control, move |db| contacts(db, &whose)).await?;
    Ok(leads_on(pretty(&rows), &uri, next.map(|place| ("after", place))))
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

/// Who is registered, and where to go on if there may be more.
fn contacts(db: &Db, whose: &Whose) -> Outcome<(Vec<Registration>, Option<String>)> {
    let mut names = Names::new(db);
    let now_ns = clock::unix_ns();
    let (from_env, from_account) = after(whose.after.as_deref())?;
    let limit = whose.limit.map_or(PAGE, |limit| usize::from(limit).clamp(1, PAGE_MAX));
    let sql = "SELECT environment, account, at_ns, rows FROM contact
         WHERE environment > ?1 OR (environment = ?1 AND account > ?2)
         ORDER BY environment, account";
    let (mut shown, mut accounts, mut last) = (Vec::new(), 0, None);
    db.each(sql, given![from_env, from_account], |row| {
        if accounts == limit {
            return Ok(());
        }
        let (env_id, account_id): (u32, u32) = (row.get(0)?, row.get(1)?);
        let env = names.name(Kind::Environment, env_id)?;
        let user = names.name(Kind::Account, account_id)?;
        let wanted = whose.env.as_ref().is_none_or(|wanted| *wanted == env)
            && whose.user.as_ref().is_none_or(|wanted| *wanted == user);
        if !wanted {
            return Ok(());
        }
        let (at_ns, json): (u64, String) = (row.get(2)?, row.get(3)?);
        let contacts: Vec<Contact> = serde_json::from_str(&json)?;
        let fresh = contacts.into_iter().filter(|contact| contact.expires_ns > now_ns);
        shown.extend(fresh.map(|contact| contact.shown(&env, &user, (at_ns, now_ns))));
        (accounts, last) = (accounts + 1, Some(format!("{env_id}.{account_id}")));
        Ok(())
    })?;
    Ok((shown, last.filter(|_| accounts == limit)))
}

/// The numbers of an environment and an account, as a page's Link says them.
fn after(place: Option<&str>) -> Outcome<(u32, u32)> {
    let Some(place) = place else { return Ok((0, 0)) };
    let numbers = place.split_once('.').map(|(env, account)| (env.parse(), account.parse()));
    match numbers {
        Some((Ok(env), Ok(account))) => Ok((env, account)),
        Some((_, _)) | None => {
            Err(Fault::new(Code::Usage, format!("'{place}' is no place in this list")))
        }
    }
}

impl Contact {
    fn shown(self, env: &str, user: &str, (at_ns, now_ns): (u64, u64)) -> Registration {
        Registration {
            env: env.to_owned(),
            user: user.to_owned(),
            contact: self.uri,
            source: self.source,
            local: self.local,
            transport: self.transport,
            registered: clock::rfc3339(at_ns, 3),
            expires: clock::rfc3339(self.expires_ns, 3),
            expires_s: (self.expires_ns - now_ns) / 1_000_000_000,
            q: f64::from(self.q) / 1000.0,
            instance: self.instance,
            reg_id: self.reg_id,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Where {
    env: Option<String>,
}

/// One SMPP link.
#[derive(JsonSchema, Serialize)]
pub(super) struct Bind {
    pub(super) node: String,
    pub(super) shard: u8,
    pub(super) env: String,
    pub(super) role: &'static str,
    pub(super) name: Option<String>,
    pub(super) state: &'static str,
    pub(super) local: String,
    pub(super) peer: String,
    pub(super) since: String,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) outstanding: u32,
    pub(super) window: u32,
    pub(super) owed: u32,
    pub(super) rate_in: u32,
    pub(super) rate_out: u32,
    pub(super) congestion: Option<u8>,
}

/// `GET /v1/binds?env=env1`
pub(super) async fn binds(State(control): Shared, Query(place): Query<Where>) -> Answer<Response> {
    Ok(pretty(&links(&control, place.env).await?))
}

/// The links of an environment, or of all.
pub(super) async fn links(control: &Control, env: Option<String>) -> Outcome<Vec<Bind>> {
    let views = watch::read_all(&control.nodes);
    ask(control, move |db| {
        let mut names = Names::new(db);
        let mut rows = Vec::new();
        for view in views.iter().filter(|view| view.is_up()) {
            for page in &view.pages {
                for link in &page.links {
                    rows.push(bind(&mut names, view, page.shard, link)?);
                }
            }
        }
        rows.retain(|row| env.as_ref().is_none_or(|env| row.env == *env));
        rows.sort_by(|one, other| {
            (&one.env, one.role, &one.name, &one.peer).cmp(&(
                &other.env,
                other.role,
                &other.name,
                &other.peer,
            ))
        });
        Ok(rows)
    })
    .await
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
    Ok(pretty(&summary(&control, peer.author).await?))
}

/// How it goes, as an author sees it.
pub(super) async fn summary(control: &Control, author: String) -> Outcome<Status> {
    let views = watch::read_all(&control.nodes);
    let published = control.publisher.current();
    let summary = control.writer.call(move |store| {
        let live = store.live();
        let environments: Vec<World> = live
            .environments()
            .map(|(name, _, environment)| {
                let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Environment);
                let counts = kinds.map(|kind| (plural(kind), live.of(kind, name).count()));
                World {
                    name: name.to_owned(),
                    domain: environment.domain.clone(),
                    counts: counts.collect(),
                }
            })
            .collect();
        let drafts = store.draft_counts()?;
        let awaits = store.awaited()?.map(|one| Awaits {
            generation: one.generation,
            back_to: one.back_to,
            author: one.author,
            until: clock::rfc3339(one.until_ns, 0),
        });
        Ok((store.generation(), environments, drafts, awaits, store.planned()?.len()))
    });
    let (generation, environments, drafts, awaits, planned) = summary.await?;
    Ok(Status {
        draft_changes: drafts.get(&author).copied().unwrap_or_default(),
        author,
        nodes: views.iter().map(node).collect(),
        generation,
        published,
        environments,
        drafts,
        awaits,
        planned,
    })
}

fn node(view: &NodeView) -> Node {
    Node {
        name: view.name.clone(),
        up: view.is_up(),
        beat_age_ms: view.age_ns.map(|ns| ns / 1_000_000),
        pid: view.pages.first().map(|page| page.pid),
        started: view.pages.first().map(|page| clock::rfc3339(page.started_ns, 3)),
        shards: view.pages.iter().map(shard).collect(),
    }
}

fn shard(page: &Page) -> Shard {
    let counts = TALLIES.iter().zip(&page.tallies);
    let sum = |part: fn(&LinkRow) -> u32| page.links.iter().map(part).map(u64::from).sum();
    Shard {
        shard: page.shard,
        generation: page.generation,
        adopt_us: page.adopt_ns / 1000,
        links: page.links.len(),
        rate_in: sum(|link| link.rate_in),
        rate_out: sum(|link| link.rate_out),
        tallies: counts.map(|(name, count)| ((*name).to_owned(), *count)).collect(),
    }
}

fn plural(kind: Kind) -> String {
    if kind == Kind::Policy { "policies".to_owned() } else { format!("{}s", kind.word()) }
}
