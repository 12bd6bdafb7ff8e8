//! Stands before the handlers where people ask from afar: who is it, how often, and may they?

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::access::allowed;
use super::answer::Refused;
use super::pages::{OPEN, PAGES, cookie, refused};
use super::peer::Afar;
use super::{Control, Peer};
use crate::clock;
use crate::fault::{Code, Fault, Outcome};
use crate::store::TokenRow;

/// Guards the routes that are reached over TLS.
pub(super) struct Guard {
    control: Arc<Control>,
    paces: Mutex<HashMap<Asker, Pace>>,
}

/// Whose requests are counted together.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
enum Asker {
    /// Who has shown no token that is known.
    Stranger(IpAddr),
    /// Who looks where everybody may.
    Visitor(IpAddr),
    /// The holder of a token.
    Token(String),
}

/// How many requests may come at once, and since when that is so.
struct Pace {
    left: f64,
    since: Instant,
}

impl Guard {
    pub(super) fn new(control: Arc<Control>) -> Self {
        Self { control, paces: Mutex::default() }
    }

    /// Who asks, and what they are allowed to ask.
    async fn pass(&self, from: SocketAddr, request: &mut Request) -> Outcome<()> {
        if OPEN.contains(&request.uri().path()) {
            self.pace(Asker::Visitor(from.ip()), VISITORS)?;
            let peer = Peer { author: "nobody".to_owned(), origin: from.to_string(), env: None };
            request.extensions_mut().insert(ConnectInfo(peer));
            return Ok(());
        }
        let headers = request.headers();
        // What a browser sends by itself opens nothing that changes anything.
        let kept = cookie(headers).filter(|_| request.method().is_safe());
        let Some(secret) = bearer(headers).or(kept) else { return Err(unknown()) };
        let Some(token) = self.token(secret).await? else {
            // Guessing is slow; who guesses nothing has cost nothing.
            self.pace(Asker::Stranger(from.ip()), STRANGERS)?;
            return Err(unknown());
        };
        self.pace(Asker::Token(token.name.clone()), HOLDERS)?;
        *request.uri_mut() = allowed(&token, request.method(), request.uri())?;
        let (author, origin) = (format!("token:{}", token.name), from.to_string());
        let peer = Peer { author, origin, env: token.env };
        request.extensions_mut().insert(ConnectInfo(peer));
        Ok(())
    }

    async fn token(&self, secret: &str) -> Outcome<Option<TokenRow>> {
        let digest = digest(secret);
        self.control.writer.call(move |store| store.token(&digest)).await
    }

    /// Lets so many pass in a second, and so many at once.
    fn pace(&self, asker: Asker, (rate, burst): (f64, f64)) -> Outcome<()> {
        let now = clock::instant();
        // Whoever panicked left counts, and counts are all there is.
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        if paces.len() >= ASKERS_MAX && !paces.contains_key(&asker) {
            paces.retain(|_, pace| pace.now(now, (rate, burst)) < burst);
            if paces.len() >= ASKERS_MAX {
                return Err(too_often());
            }
        }
        let pace = paces.entry(asker).or_insert(Pace { left: burst, since: now });
        let left = pace.now(now, (rate, burst));
        *pace = Pace { left: (left - 1.0).max(0.0), since: now };
        if left < 1.0 { Err(too_often()) } else { Ok(()) }
    }
}

impl Pace {
    fn now(&self, now: Instant, (rate, burst): (f64, f64)) -> f64 {
        let passed = now.saturating_duration_since(self.since).as_secs_f64();
        (self.left + passed * rate).min(burst)
    }
}

/// The middleware.
pub(super) async fn guard(
    State(guard): State<Arc<Guard>>,
    ConnectInfo(Afar(from)): ConnectInfo<Afar>,
    mut request: Request,
    next: Next,
) -> Response {
    let page = PAGES.contains(&request.uri().path()) && bearer(request.headers()).is_none();
    match guard.pass(from, &mut request).await {
        Ok(()) => next.run(request).await,
        Err(fault) if page => refused(fault),
        Err(fault) => Refused(fault).into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(str::trim)
}

/// What a store keeps of a token.
pub(super) fn digest(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

fn unknown() -> Fault {
    Fault::new(Code::Unknown, "who asks is not known")
        .cure("send `Authorization: Bearer` with a token of `signalbox token add`")
}

fn too_often() -> Fault {
    Fault::new(Code::Busy, "too many requests").cure("ask again in a second")
}

/// Requests a second and at once, of the holder of a token.
const HOLDERS: (f64, f64) = (50.0, 100.0);

/// The same of an address without a token that is known: guessing is slow.
const STRANGERS: (f64, f64) = (1.0, 10.0);

/// The same where everybody may look: a browser fetches several things at once.
const VISITORS: (f64, f64) = (5.0, 50.0);

/// A hundred octets each: less than half a megabyte.
const ASKERS_MAX: usize = 4096;
