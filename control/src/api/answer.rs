//! How answers look.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::fault::{About, Code, Fault, Outcome};

/// What a handler returns.
pub(super) type Answer<T> = Result<T, Refused>;

/// A fault as an answer.
#[derive(Debug)]
pub struct Refused(pub Fault);

/// Why a request was not done: nothing was changed (RFC 9457).
#[derive(Debug, JsonSchema, Serialize)]
pub(super) struct Problem {
    /// The status in words.
    title: &'static str,
    /// The status.
    status: u16,
    /// What is wrong.
    detail: String,
    /// Its kind, for programs.
    code: Code,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
    /// Which of several changes it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<About>,
}

impl<T: Into<Fault>> From<T> for Refused {
    fn from(fault: T) -> Self {
        Self(fault.into())
    }
}

impl From<JsonRejection> for Fault {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self::new(Code::TooLarge, "the request is larger than 1 MiB")
                .cure("send it in parts; files of rows go to /v1/table");
        }
        Self::new(Code::Usage, rejection.body_text())
    }
}

impl From<QueryRejection> for Fault {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(Code::Usage, rejection.body_text())
    }
}

/// The status of each kind of fault.
fn status(code: Code) -> StatusCode {
    match code {
        Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        Code::Usage => StatusCode::BAD_REQUEST,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Method => StatusCode::METHOD_NOT_ALLOWED,
        Code::Stale | Code::Begun => StatusCode::CONFLICT,
        Code::Changed => StatusCode::PRECONDITION_FAILED,
        Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Code::Denied => StatusCode::FORBIDDEN,
        Code::Unknown => StatusCode::UNAUTHORIZED,
        Code::Busy => StatusCode::TOO_MANY_REQUESTS,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

/// What a refusal says in its headers, too.
fn said(code: Code) -> Option<(HeaderName, HeaderValue)> {
    match code {
        Code::Unknown => Some((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        Code::Busy => Some((header::RETRY_AFTER, HeaderValue::from_static("1"))),
        Code::Failed
        | Code::Usage
        | Code::NotFound
        | Code::Method
        | Code::Stale
        | Code::Begun
        | Code::Changed
        | Code::Invalid
        | Code::Denied
        | Code::TooLarge => None,
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Fault { error, code, cure, about } = self.0;
        let status = status(code);
        let title = status.canonical_reason().unwrap_or_default();
        let status_code = status.as_u16();
        let problem = Problem { title, status: status_code, detail: error, code, cure, about };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        headers.extend(said(code));
        response
    }
}

/// A JSON body whose refusal is one of ours.
pub(super) struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let Json(value) = Json::from_request(request, state).await.map_err(Fault::from)?;
        Ok(Self(value))
    }
}

/// A query string whose refusal is one of ours.
pub(super) struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        Ok(Self(query.map_err(Fault::from)?.0))
    }
}

/// JSON over several lines, indented by one space.
pub(super) fn pretty(value: &impl Serialize) -> Response {
    match written(value) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(fault) => Refused(fault).into_response(),
    }
}

/// The octets of [`pretty`].
pub(super) fn written(value: &impl Serialize) -> Outcome<Vec<u8>> {
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b" "));
    value.serialize(&mut serializer).map_err(|error| Fault::failed(error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

/// One JSON value a line.
pub(super) fn lines(lines: &[String]) -> Response {
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response()
}

const PROBLEM: &str = "application/problem+json";
