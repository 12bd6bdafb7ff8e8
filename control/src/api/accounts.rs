//! Money of the past looked at again: a carrier's own file beside our records, and a draft's
//! tariffs beside what was charged.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};

use super::answer::{Answer, Query, pretty};
use super::happened::ask;
use super::{Control, Peer};
use crate::clock;
use crate::compile::snapshot;
use crate::fault::{Code, Fault};
use crate::reconcile::{self, read, reconcile as compare};
use crate::store::Desk;
use crate::whatif;

type Shared = State<Arc<Control>>;

/// `POST /v1/reconcile?carrier=TATA&month=2026-11` with the file as the body.
pub(super) async fn reconcile(
    State(control): Shared,
    Query(question): Query<reconcile::Question>,
    body: Body,
) -> Answer<Response> {
    let body = Limited::new(body, FILE_MAX).collect().await.map_err(|error| {
        Fault::new(Code::TooLarge, format!("the file broke off, or has over 256 MiB: {error}"))
            .cure("reconcile it in parts, with --from and --to")
    })?;
    control.harvest.up_to_now().await?;
    let octets = body.to_bytes();
    let reconciled = ask(&control, move |db| {
        let text = std::str::from_utf8(&octets)
            .map_err(|error| Fault::invalid(format!("the file is no UTF-8: {error}")))?;
        let theirs = read(text, question.map.as_deref(), question.zone.as_deref())?;
        compare(db, &question, &theirs)
    });
    Ok(pretty(&reconciled.await?))
}

/// `GET /v1/what-if?month=2026-10`: your draft beside what was charged.
pub(super) async fn what_if(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Query(question): Query<whatif::Question>,
) -> Answer<Response> {
    control.harvest.up_to_now().await?;
    let draft = control.writer.call(move |store| {
        let tables = store.tables();
        let (_, Desk { candidate, .. }) = store.view(&peer.author)?;
        snapshot(candidate, &tables, 0)
    });
    let draft = draft.await?;
    let found = ask(&control, move |db| whatif::what_if(db, &draft, &question, clock::unix_ns()));
    Ok(pretty(&found.await?))
}

/// Three million rows.
const FILE_MAX: usize = 256 << 20;
