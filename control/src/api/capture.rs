//! Captures: what a person wishes to see of what passes, for a while.
//!
//! They show texts, so they are for those alone who may ask at the socket. A capture is a tap
//! ([`Tap`]) that nodes are told of beside their plans, and a file in the folder of each.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use routing::{Pattern, Tap};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, Body, Query, pretty};
use super::{Control, Peer};
use crate::clock;
use crate::fault::{Code, Fault, Outcome};

/// What is to be seen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    /// A carrier or a connection.
    peer: Option<String>,
    /// A number or a pattern, of either side.
    party: Option<String>,
    /// One Sms in so many.
    one_in: Option<u32>,
    /// For so long.
    seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    number: u64,
}

#[derive(Serialize)]
struct Begun {
    number: u64,
    until: String,
}

impl Wish {
    fn tap(self, now_ns: u64) -> Outcome<Tap> {
        let Self { peer, party, one_in, seconds } = self;
        if !(1..=SECONDS_MAX).contains(&seconds) {
            let error = format!("{seconds} seconds are no time for a capture");
            return Err(Fault::new(Code::Usage, error).cure("1 second to 1 hour"));
        }
        if peer.as_ref().is_some_and(|name| name.is_empty() || name.contains(char::is_whitespace)) {
            return Err(Fault::new(Code::Usage, "this is no name of a carrier or connection"));
        }
        let party = party.as_deref().map(|text| {
            Pattern::parse(text.strip_prefix('+').unwrap_or(text)).map_err(|error| {
                Fault::new(Code::Usage, format!("{text:?}: {error}"))
                    .cure("digits, _ for one digit, % for any number of them")
            })
        });
        Ok(Tap {
            number: now_ns / 1_000_000,
            until_ns: now_ns + u64::from(seconds) * 1_000_000_000,
            peer,
            party: party.transpose()?,
            one_in: one_in.unwrap_or(1).max(1),
        })
    }
}

/// `POST /v1/capture`
pub(super) async fn begin(
    State(control): State<Arc<Control>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Body(wish): Body<Wish>,
) -> Answer<Response> {
    let now_ns = clock::unix_ns();
    let tap = wish.tap(now_ns)?;
    let (publisher, begun) = (control.publisher.clone(), tap.clone());
    // The writer's thread does one thing after the other: no two change the file at once.
    let published = control.writer.call(move |_| {
        let mut taps = publisher.taps(now_ns);
        if taps.len() >= CAPTURES_MAX || taps.iter().any(|other| other.number == begun.number) {
            return Err(Fault::new(Code::Busy, "there are too many captures").cure("wait for one"));
        }
        taps.push(begun);
        publisher.publish_taps(&taps).map_err(|error| unwritten(&error))
    });
    published.await?;
    tracing::info!(by = peer.author, tap = %tap, "capture");
    let until = clock::rfc3339(tap.until_ns, 0);
    Ok(pretty(&Begun { number: tap.number, until }))
}

/// `POST /v1/capture/end`
pub(super) async fn end(
    State(control): State<Arc<Control>>,
    Body(which): Body<Which>,
) -> Answer<Response> {
    let publisher = control.publisher.clone();
    let published = control.writer.call(move |_| {
        let mut taps = publisher.taps(clock::unix_ns());
        taps.retain(|tap| tap.number != which.number);
        publisher.publish_taps(&taps).map_err(|error| unwritten(&error))
    });
    published.await?;
    // Nodes write what they have seen a moment later.
    tokio::time::sleep(SETTLING).await;
    Ok(pretty(&serde_json::json!({ "number": which.number })))
}

/// `GET /v1/capture?number=N`: what all nodes have seen, as one file of pcapng.
pub(super) async fn fetch(
    State(control): State<Arc<Control>>,
    Query(which): Query<Which>,
) -> Answer<Response> {
    let name = format!("{}.pcapng", which.number);
    let paths: Vec<_> =
        control.nodes.iter().map(|node| node.data.join("capture").join(&name)).collect();
    let read = tokio::task::spawn_blocking(move || {
        let mut whole = Vec::new();
        for path in paths {
            match fs::read(&path) {
                Ok(octets) => whole.extend(octets),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(whole)
    });
    let octets = read.await.map_err(std::io::Error::other).flatten();
    let octets = octets.map_err(|error| Fault::new(Code::Failed, format!("capture: {error}")))?;
    Ok(([(CONTENT_TYPE, "application/vnd.tcpdump.pcap")], octets).into_response())
}

fn unwritten(error: &std::io::Error) -> Fault {
    Fault::new(Code::Failed, format!("the taps cannot be published: {error}"))
}

const SECONDS_MAX: u32 = 3600;

/// One place is left for a node's own tap.
const CAPTURES_MAX: usize = Tap::MAX - 1;

/// More than a node's watcher and its writer take.
const SETTLING: Duration = Duration::from_millis(700);

#[cfg(test)]
mod tests;
