//! How answers look.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::fault::{Code, Fault};

/// What a handler returns.
pub(super) type Answer<T> = Result<T, Refused>;

/// A fault as an answer.
#[derive(Debug)]
pub struct Refused(pub Fault);

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

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = match self.0.code {
            Code::Failed => StatusCode::INTERNAL_SERVER_ERROR,
            Code::Usage => StatusCode::BAD_REQUEST,
            Code::NotFound => StatusCode::NOT_FOUND,
            Code::Stale => StatusCode::CONFLICT,
            Code::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Code::Denied => StatusCode::FORBIDDEN,
            Code::Unknown => StatusCode::UNAUTHORIZED,
            Code::Busy => StatusCode::TOO_MANY_REQUESTS,
            Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        };
        (status, Json(self.0)).into_response()
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
    let mut text = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b" "));
    if let Err(error) = value.serialize(&mut serializer) {
        return Refused(Fault::failed(error.to_string())).into_response();
    }
    text.push(b'\n');
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// One JSON value a line.
pub(super) fn lines(lines: &[String]) -> Response {
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    ([(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response()
}
