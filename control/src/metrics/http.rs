//! The addresses that scrapers and probes ask: no secrets, no changes, and so no password.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;

use super::{families, health};
use crate::api::{Control, Refused, ask};
use crate::cdr::Names;
use crate::watch::{self, NodeView};

/// Serves `/metrics` and `/health/...` until it is dropped: no answer takes long.
pub async fn serve(control: Arc<Control>, listener: TcpListener) -> std::io::Result<()> {
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/health/shards", get(ready))
        .with_state(control);
    axum::serve(listener, routes).await
}

async fn metrics(State(control): State<Arc<Control>>) -> Result<Response, Refused> {
    let (views, published) = (boards(&control).await, published(&control));
    let page = ask(&control, move |db| {
        let mut names = Names::new(db);
        families::page(&views, published, &mut |kind, id| names.name(kind, id))
    });
    Ok(([(header::CONTENT_TYPE, FORMAT)], page.await?).into_response())
}

async fn ready(State(control): State<Arc<Control>>) -> Response {
    let health = health::look(&boards(&control).await, published(&control));
    let status = if health.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, axum::Json(health)).into_response()
}

fn published(control: &Control) -> u64 {
    control.publisher.current().unwrap_or_default()
}

async fn boards(control: &Control) -> Vec<NodeView> {
    let nodes = control.nodes.clone();
    tokio::task::spawn_blocking(move || watch::read_all(&nodes)).await.unwrap_or_default()
}

const FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
