//! Tokens: made, listed, removed.

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{Answer, Body, pretty};
use super::guard::digest;
use super::model::world;
use super::shapes::{Made, Removed};
use super::{Control, Peer};
use crate::clock;
use crate::fault::{Fault, Outcome};
use crate::store::{Role, TokenRow};

type Shared = State<Arc<Control>>;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    name: String,
    role: Role,
    env: Option<String>,
}

/// `POST /v1/token`: the only time that the secret is told.
pub(super) async fn add(
    State(control): Shared,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(Wish { name, role, env }): Body<Wish>,
) -> Answer<Response> {
    named(&name)?;
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Fault::failed(error.to_string()))?;
    let secret = format!("sb_{}", hex::encode(secret));
    let (kept, at_ns) = (digest(&secret), clock::unix_ns());
    let author = peer.author;
    let token = TokenRow { name, role, env, author, at: clock::rfc3339(at_ns, 0) };
    let made = control.writer.call(move |store| {
        if let Some(env) = &token.env {
            world(store.live(), Some(env.clone()))?;
        }
        store.add_token(&token, &kept, at_ns)?;
        Ok(token)
    });
    Ok(pretty(&Made { token: made.await?, secret }))
}

fn named(name: &str) -> Outcome<()> {
    let known = |octet: u8| matches!(octet, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_');
    match (1..=32).contains(&name.len()) && name.bytes().all(known) {
        true => Ok(()),
        false => Err(Fault::invalid(format!("'{name}' is no name: use [A-Za-z0-9_-]{{1,32}}"))),
    }
}

/// `GET /v1/tokens`
pub(super) async fn list(State(control): Shared) -> Answer<Response> {
    Ok(pretty(&control.writer.call(|store| store.tokens()).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    name: String,
}

/// `POST /v1/token/remove`
pub(super) async fn remove(
    State(control): Shared,
    Body(Which { name }): Body<Which>,
) -> Answer<Response> {
    let gone = name.clone();
    control.writer.call(move |store| store.remove_token(&gone)).await?;
    Ok(pretty(&Removed { removed: name }))
}
