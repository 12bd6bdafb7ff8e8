//! Requests with an `Idempotency-Key` are done once, however often they are sent.
//!
//! The key is written down before the request is done, and the answer when it is: whoever sends
//! it again within a day has the same answer. What was refused changed nothing, so its key is
//! forgotten. If control dies between the two, nobody can say how it ended, and that is the
//! answer; it is never done twice.

use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::answer::Refused;
use super::server::BODY_MAX;
use super::{Control, Peer};
use crate::clock;
use crate::fault::{Code, Fault, Outcome};
use crate::store::Repeat;

/// The middleware.
pub(super) async fn once(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    let looked_at = request.method() == Method::POST && !ALONE.contains(&request.uri().path());
    let key = request.headers().get(KEY).filter(|_| looked_at).cloned();
    let Some(key) = key else { return next.run(request).await };
    // Whoever asked may hang up; what was begun is brought to its end.
    let done = tokio::spawn(async move { done_once(&control, peer, &key, request, next).await });
    match done.await {
        Ok(Ok(response)) => response,
        Ok(Err(fault)) => Refused(fault).into_response(),
        Err(error) => Refused(Fault::failed(error.to_string())).into_response(),
    }
}

async fn done_once(
    control: &Control,
    peer: Peer,
    key: &HeaderValue,
    request: Request,
    next: Next,
) -> Outcome<Response> {
    let key = named(key)?;
    let (head, body) = request.into_parts();
    let body = to_bytes(body, BODY_MAX).await.map_err(|_| {
        Fault::new(Code::TooLarge, "the request is larger than 1 MiB").cure("send it in parts")
    })?;
    let mut digest = Sha256::new();
    digest.update(head.uri.to_string());
    digest.update([0]);
    digest.update(&body);
    let (author, digest) = (peer.author, hex::encode(digest.finalize()));
    let (who, known) = ((author.clone(), key.clone()), clock::unix_ns());
    let repeat = control
        .writer
        .call(move |store| store.begin_request((&who.0, &who.1), &digest, known))
        .await?;
    match repeat {
        Repeat::First => {}
        Repeat::Done(status, body) => return Ok(again(status, body)),
        Repeat::Begun => {
            let error = "this request was begun before, and it is not known how it ended";
            return Err(Fault::new(Code::Begun, error)
                .cure("ask again in a moment; if that helps not, look and use another key"));
        }
        Repeat::Other => {
            let error = format!("another request had the key {key}");
            return Err(Fault::invalid(error).cure("use a key of its own for each request"));
        }
    }
    let response = next.run(Request::from_parts(head, Body::from(body))).await;
    let (head, body) = response.into_parts();
    let octets: Bytes =
        to_bytes(body, usize::MAX).await.map_err(|error| Fault::failed(error.to_string()))?;
    let status = head.status.as_u16();
    let kept = head.status.is_success().then(|| String::from_utf8_lossy(&octets).into_owned());
    let ended = control.writer.call(move |store| match kept {
        Some(text) => store.end_request((&author, &key), status, &text),
        None => store.forget_request((&author, &key)),
    });
    ended.await?;
    Ok(Response::from_parts(head, Body::from(octets)))
}

/// The answer that was given before.
fn again(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (status, [json, (REPLAYED, HeaderValue::from_static("true"))], body).into_response()
}

fn named(key: &HeaderValue) -> Outcome<String> {
    let text = key.to_str().unwrap_or_default();
    let printable = text.bytes().all(|octet| octet.is_ascii_graphic());
    if printable && (1..=KEY_MAX).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    let error = format!("an Idempotency-Key has 1 to {KEY_MAX} printable characters");
    Err(Fault::new(Code::Usage, error))
}

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Addresses where the key is not looked at. A file that is imported twice is the same as once; a
/// second token of one name is refused, and its secret is written down nowhere.
pub(super) const ALONE: [&str; 4] = ["/v1/import", "/v1/reconcile", "/v1/table", "/v1/token"];

/// Long enough for a UUID in any spelling.
const KEY_MAX: usize = 64;
