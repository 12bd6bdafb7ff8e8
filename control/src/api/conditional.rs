//! What a caller has seen already, and what they saw before they act (RFC 9110 §13).
//!
//! The tag of a representation is a digest of its octets, so equal answers have equal tags, on
//! every control of a site and after a restart.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::answer::{Refused, written};
use crate::fault::{Code, Fault, Outcome};

/// The tags of what the caller saw; nothing if they do not say.
#[derive(Clone, Debug, Default)]
pub(super) struct IfMatch(Option<Vec<String>>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tags(parts, &IF_MATCH)))
    }
}

impl IfMatch {
    /// Does the caller say what they saw?
    pub(super) fn is_said(&self) -> bool {
        self.0.is_some()
    }

    /// Refuses if none of these representations is what the caller saw; there are none of what
    /// does not exist.
    pub(super) fn holds(&self, now: &[impl Serialize]) -> Outcome<()> {
        let Some(seen) = &self.0 else { return Ok(()) };
        let mut fits = !now.is_empty() && seen.iter().any(|one| one == "*");
        for value in now {
            fits |= seen.contains(&tag(&written(value)?));
        }
        if fits {
            return Ok(());
        }
        let error = "this is not what you saw: somebody, or you, changed it meanwhile";
        Err(Fault::new(Code::Changed, error)
            .cure("nothing was done; look again, and send its ETag"))
    }
}

/// The middleware: says the tag of each answer to GET, and nothing more to who has it.
pub(super) async fn known(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let has = tags(&head, &IF_NONE_MATCH).unwrap_or_default();
    let response = next.run(Request::from_parts(head, body)).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let octets: Bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return Refused(Fault::failed(error.to_string())).into_response(),
    };
    let tag = tag(&octets);
    let is_known = has.iter().any(|one| *one == tag || one == "*");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        head.headers.insert(ETAG, tag);
    }
    if is_known {
        head.status = StatusCode::NOT_MODIFIED;
        return Response::from_parts(head, Body::empty());
    }
    Response::from_parts(head, Body::from(octets))
}

/// The tag of a representation.
fn tag(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    format!("\"{}\"", hex::encode(digest.get(..TAG_LEN).unwrap_or_default()))
}

/// The tags of a header; a weak one is as good as its strong one for If-None-Match, and never
/// what If-Match wants, but ours are never weak.
fn tags(head: &Parts, name: &HeaderName) -> Option<Vec<String>> {
    let mut values = head.headers.get_all(name).iter().peekable();
    values.peek()?;
    let texts = values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    Some(texts.map(|one| one.trim().to_owned()).collect())
}

/// Nobody finds two representations with equal tags by chance.
const TAG_LEN: usize = 16;

#[cfg(test)]
mod tests;
