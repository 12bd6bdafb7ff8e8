//! Asks again in time, and publishes what has changed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::locate::{Ask, locate};
use crate::clock;
use crate::generations::republish;
use crate::model::{Model, SipUri};
use crate::names::Lead;
use crate::publish::Publisher;
use crate::store::Writer;

/// Keeps the names of all trunks resolved, for as long as control runs.
pub async fn keep(writer: &Writer, publisher: &Publisher, dns: &impl Ask) {
    let mut due = BTreeMap::<String, Instant>::new();
    loop {
        let names = writer.call(|store| Ok(places(store.live()))).await;
        let Ok(names) = names else { return };
        let now = clock::instant();
        due.retain(|place, _| names.contains(place));
        let mut fresh = Vec::new();
        for place in names {
            if due.get(&place).is_some_and(|until| *until > now) {
                continue;
            }
            let pause = match resolved(dns, &place, PATIENCE).await {
                Ok((leads, pause)) => {
                    fresh.push((place.clone(), leads));
                    pause
                }
                Err(error) => {
                    tracing::warn!(
                        place,
                        error,
                        "a trunk's name cannot be resolved; the old answer stays"
                    );
                    SOONEST
                }
            };
            due.insert(place, now + pause);
        }
        if !fresh.is_empty() {
            publish(writer, publisher, fresh).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Where a place leads, and when to ask again. An answer that takes too long is none: others wait.
async fn resolved(
    dns: &impl Ask,
    place: &str,
    patience: Duration,
) -> Result<(Vec<Lead>, Duration), String> {
    let uri: SipUri = place.parse()?;
    let found = tokio::time::timeout(patience, locate(dns, &uri)).await;
    let found = found.map_err(|_| format!("no answer about {} in time", uri.host))??;
    if found.leads.is_empty() {
        return Err(format!("{} leads to no address", uri.host));
    }
    Ok((found.leads, found.good_for.unwrap_or(SOONEST).clamp(SOONEST, LATEST)))
}

async fn publish(writer: &Writer, publisher: &Publisher, fresh: Vec<(String, Vec<Lead>)>) {
    let publisher = publisher.clone();
    let done = writer.call(move |store| {
        let fresh = store.names().fresh(fresh);
        if fresh.is_empty() { Ok(()) } else { republish(store, &publisher, fresh) }
    });
    if let Err(fault) = done.await {
        tracing::warn!(error = %fault.error, "a trunk leads elsewhere, and that is not published");
    }
}

/// The places of all trunks in use that are names.
fn places(model: &Model) -> Vec<String> {
    let connections =
        model.environments().flat_map(|(name, ..)| model.connections(name).map(|one| one.2));
    let uris = connections.filter(|one| one.enabled).flat_map(|one| &one.trunk.sip);
    let mut names: Vec<String> =
        uris.filter(|uri| uri.address().is_none()).map(ToString::to_string).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// How often it is looked for trunks that are new or old.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Nothing is asked more often than this, whatever its TTL.
const SOONEST: Duration = Duration::from_secs(30);

/// Nothing is believed for longer.
const LATEST: Duration = Duration::from_secs(3600);

/// All questions about one place.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
