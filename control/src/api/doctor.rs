//! What a peer really does.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use routing::board::Sight;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::answer::{Answer, Query, pretty};
use super::{Control, model};
use crate::clock;
use crate::doctor::{Finding, Patient, diagnose};
use crate::model::Kind;
use crate::watch;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Whom {
    env: Option<String>,
    name: String,
    kind: Option<Kind>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Examined {
    kind: Kind,
    env: String,
    name: String,
    links: usize,
    heard: Option<String>,
    seen: Value,
    findings: Vec<Finding>,
}

/// `GET /v1/doctor?env=env1&name=TATA`
pub(super) async fn examine(
    State(control): State<Arc<Control>>,
    Query(whom): Query<Whom>,
) -> Answer<Response> {
    let nodes = control.nodes.clone();
    let patient = control.writer.call(move |store| {
        let views = watch::read_all(&nodes);
        let env = model::world(store.live(), whom.env)?;
        Patient::find(store.live(), &views, &env, &whom.name, whom.kind)
    });
    let patient = patient.await?;
    let heard_ns = patient.sight.heard_ns.0;
    let findings = diagnose(&patient);
    Ok(pretty(&Examined {
        kind: patient.key.kind,
        heard: (heard_ns != 0).then(|| clock::rfc3339(heard_ns, 3)),
        seen: seen(&patient.sight),
        links: patient.links,
        env: patient.key.env,
        name: patient.key.name,
        findings,
    }))
}

/// The counts behind the findings.
fn seen(sight: &Sight) -> Value {
    let counts = |bag: &mut dyn Iterator<Item = (u32, u32)>, digits: usize| -> Map<String, Value> {
        bag.map(|(value, count)| (format!("0x{value:0digits$X}"), count.into())).collect()
    };
    json!({
        "binds": sight.binds.0, "interface_version": sight.version.0,
        "received": sight.received.0, "sent": sight.sent.0, "looked_into": sight.looked.0,
        "their_window_max": sight.their_window.0, "our_window_max": sight.our_window.0,
        "their_rate_max": sight.their_rate.0, "our_rate_max": sight.our_rate.0,
        "enquire_links": sight.enquires.0,
        "answer_us": [sight.answer_least_us.0, sight.answer_most_us.0],
        "unanswered": sight.unanswered.0, "receipts": sight.receipts.seen.0,
        "said": counts(&mut sight.said.iter(), 2), "told": counts(&mut sight.told.iter(), 2),
        "data_coding": counts(&mut sight.codings.iter(), 2),
        "tlvs": counts(&mut sight.tlvs.iter(), 4),
    })
}
