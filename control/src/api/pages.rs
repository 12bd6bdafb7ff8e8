//! The pages for a browser: the same as the command shows, to look at.
//!
//! They are written on the server, change nothing, and ask nobody else for anything: style and
//! script are in the binary. Who has no bearer token in hand signs in with it once, and the
//! browser keeps it in a cookie that opens GET alone.

mod look;

use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Form, Router};
use maud::Markup;
use serde::Deserialize;

use super::answer::{Query, Refused};
use super::{Control, Peer, bookings, happened, model};
use crate::fault::{Code, Fault, Outcome};
use crate::model::Kind;
use crate::settle::Question;

type Shared = State<Arc<Control>>;
type From = ConnectInfo<Peer>;

/// Pages that a token opens.
pub(super) const PAGES: [&str; 7] = [
    "/",
    "/carriers",
    "/route",
    "/settlement",
    "/settlement.csv",
    "/settlement.html",
    "/settlement.xlsx",
];

/// What everybody may see: how to sign in, and how it looks.
pub(super) const OPEN: [&str; 4] = ["/login", "/logout", "/page.css", "/page.js"];

/// The addresses of the pages.
pub(super) fn routes() -> Router<Arc<Control>> {
    Router::new()
        .route("/", get(overview))
        .route("/carriers", get(carriers))
        .route("/route", get(route))
        .route("/settlement", get(settlement))
        .route("/settlement.csv", get(download))
        .route("/settlement.html", get(download))
        .route("/settlement.xlsx", get(download))
        .route("/login", get(|| async { shown(Ok(look::login())) }).post(login))
        .route("/logout", get(|| async { signed("", 0, "/login") }))
        .route("/page.css", get(|| async { file("text/css", include_str!("pages/page.css")) }))
        .route("/page.js", get(|| async { file("text/javascript", include_str!("pages/page.js")) }))
}

/// The token that a browser keeps for its user.
pub(super) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).map(str::trim);
    pairs.find_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='))
}

/// What a browser is told that may not see a page.
pub(super) fn refused(fault: Fault) -> Response {
    if fault.code == Code::Unknown {
        return sign_in();
    }
    (Refused(fault.clone()).into_response().status(), shown(Err(fault))).into_response()
}

/// Sends a browser to where its user signs in.
fn sign_in() -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, "/login")]).into_response()
}

#[derive(Deserialize)]
struct Secret {
    token: String,
}

/// `POST /login`: the next page says whether the token is good.
async fn login(Form(Secret { token }): Form<Secret>) -> Response {
    let known = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_';
    match token.trim() {
        token if !token.is_empty() && token.bytes().all(known) => signed(token, DAY_S, "/"),
        _ => sign_in(),
    }
}

fn signed(token: &str, seconds: u32, next: &'static str) -> Response {
    let cookie =
        format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    let headers = [(header::LOCATION, next.to_owned()), (header::SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

async fn overview(State(control): Shared, ConnectInfo(peer): From) -> Response {
    let page = async {
        let status = happened::summary(&control, peer.author).await?;
        let binds = happened::links(&control, None).await?;
        Ok(look::overview(&status, &binds))
    };
    shown(page.await)
}

#[derive(Deserialize)]
struct Place {
    env: Option<String>,
}

async fn carriers(
    State(control): Shared,
    ConnectInfo(peer): From,
    Query(place): Query<Place>,
) -> Response {
    let page = async {
        let env = filled(place.env);
        let mut lists = Vec::new();
        for kind in [Kind::Carrier, Kind::Connection] {
            lists.push(model::objects(&control, &peer, kind, env.clone()).await?);
        }
        let binds = happened::links(&control, env).await?;
        Ok(look::carriers(&lists, &binds))
    };
    shown(page.await)
}

#[derive(Deserialize)]
struct Asked {
    env: Option<String>,
    from: Option<String>,
    number: Option<String>,
}

/// Type a number, see the decision.
async fn route(
    State(control): Shared,
    ConnectInfo(peer): From,
    Query(asked): Query<Asked>,
) -> Response {
    let typed = look::Typed::of([asked.env, asked.from, asked.number]);
    let [env, from, number] = typed.fields().map(filled);
    let told = match number {
        Some(number) => {
            let question = model::Route { env, from, number, ..model::Route::default() };
            Some(model::explained(&control, peer.author, question).await)
        }
        None => None,
    };
    shown(Ok(look::route(&typed, told.as_ref())))
}

#[derive(Deserialize)]
struct Owed {
    env: Option<String>,
    carrier: Option<String>,
    month: Option<String>,
}

async fn settlement(State(control): Shared, Query(owed): Query<Owed>) -> Response {
    let typed = look::Typed::of([owed.env, owed.carrier, owed.month]);
    let told = match question(&typed) {
        Some(question) => Some(bookings::settled(&control, question).await),
        None => None,
    };
    shown(Ok(look::settlement(&typed, told.as_ref())))
}

/// The same as a file for a spreadsheet, or a page to be printed.
async fn download(State(control): Shared, uri: Uri, Query(owed): Query<Owed>) -> Response {
    let typed = look::Typed::of([owed.env, owed.carrier, owed.month]);
    let Some(question) = question(&typed) else {
        return shown(Err(Fault::invalid("say which carrier and which month")));
    };
    match bookings::settled(&control, question).await.and_then(|told| bookings::form(&uri, &told)) {
        Err(fault) => shown(Err(fault)),
        Ok(response) => response,
    }
}

fn question(typed: &look::Typed) -> Option<Question> {
    let [env, carrier, month] = typed.fields().map(filled);
    Some(Question { carrier: carrier?, env, month: Some(month?), from: None, to: None, zone: None })
}

/// What a form leaves empty was not said.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

/// A page, or why there is none; browsers keep neither and load nothing from elsewhere.
fn shown(page: Outcome<Markup>) -> Response {
    let page = page.unwrap_or_else(|fault| look::trouble(&fault));
    let mut response = Html(page.into_string()).into_response();
    for (name, value) in GUARDS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn file(kind: &'static str, text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=3600")];
    (headers, text).into_response()
}

const COOKIE: &str = "signalbox";

/// A working day.
const DAY_S: u32 = 12 * 3600;

const GUARDS: [(header::HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

#[cfg(test)]
mod tests;
