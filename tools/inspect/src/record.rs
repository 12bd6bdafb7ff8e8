//! A record as a line and as JSON.

use routing::journal::{Orphan, Record};
use routing::{Content, Refund, Sms, State};
use serde_json::{Value, json};

/// One line, as `tcpdump` would write it.
pub(crate) fn line(record: &Record, text: bool) -> String {
    let line = format!("{} {record}", stamp(record.at_ns()));
    match record {
        Record::Accept(sms) if text => format!("{line} {:?}", words(&sms.content)),
        Record::Replaced(one) if text => format!("{line} {:?}", words(&one.content)),
        _ => line,
    }
}

/// One JSON object.
pub(crate) fn json(record: &Record, block: u64, text: bool) -> Value {
    let mut value = match record {
        Record::Accept(sms) => accept(sms, text),
        Record::Attempt(one) => json!({
            "record": "attempt", "id": one.id.to_string(), "attempt": one.attempt,
            "via": one.via.to_string(),
        }),
        Record::Taken(one) => json!({
            "record": "taken", "id": one.id.to_string(),
            "peer_id": one.peer_id.escape_ascii().to_string(),
        }),
        Record::Replaced(one) => json!({
            "record": "replaced", "id": one.id.to_string(), "expires_ns": one.expires_ns,
            "registered_delivery": one.registered_delivery,
            "content": one.content.shape().to_string(),
        }),
        Record::Outcome(one) => json!({
            "record": "outcome", "id": one.id.to_string(), "state": one.state.word(),
            "code": one.code, "attempts": one.attempts, "via": one.via.to_string(),
        }),
        Record::Moved(one) => json!({
            "record": "moved", "id": one.sms.id.to_string(), "moves": one.sms.journey.moves,
            "tried": one.sms.journey.tried(), "to": one.sms.target.to_string(),
        }),
        Record::Left(one) => {
            json!({ "record": "left", "id": one.id.to_string(), "moves": one.moves })
        }
        Record::Ack(one) => json!({
            "record": "ack", "id": one.id.to_string(), "end": one.end.word(),
        }),
        Record::Doubt(one) => json!({ "record": "doubt", "id": one.id.to_string() }),
        Record::Orphan(one) => orphan(one),
        Record::Refused(one) => json!({
            "record": "refused", "environment": one.environment, "from": one.ingress.to_string(),
            "source": one.source.to_string(), "destination": one.destination.to_string(),
            "refusal": one.refusal.words(), "code": one.code,
        }),
        Record::Ended(one) => json!({
            "record": "ended", "id": one.id.to_string(), "state": one.state.word(),
            "code": one.code,
        }),
        Record::Spent(one) => json!({
            "record": "spent", "environment": one.environment, "carrier": one.carrier,
            "micros": one.micros,
        }),
        Record::Wake(one) => json!({
            "record": "wake", "environment": one.environment, "account": one.account,
            "push": one.push,
        }),
        Record::Contacts(one) => json!({
            "record": "contacts", "environment": one.environment, "account": one.account,
            "contacts": one.rows.iter().map(|row| json!({
                "uri": row.uri, "source": row.source.to_string(), "expires_ns": row.expires_ns,
            })).collect::<Vec<_>>(),
            "devices": one.devices.iter().map(|row| json!({
                "device": format!("{:016x}", row.device), "seen_ns": row.seen_ns, "push": row.push,
            })).collect::<Vec<_>>(),
            "owed": one.owed.iter().map(|row| json!({
                "id": row.id.to_string(), "devices": row.devices.len(),
            })).collect::<Vec<_>>(),
        }),
    };
    value["at_ns"] = record.at_ns().into();
    value["block"] = block.into();
    value
}

fn accept(sms: &Sms, text: bool) -> Value {
    let charge = &sms.charge;
    let mut value = json!({
        "record": "accept", "id": sms.id.to_string(), "environment": sms.environment,
        "generation": sms.generation, "received_ns": sms.received_ns,
        "expires_ns": sms.expires_ns, "from": sms.ingress.to_string(),
        "source": sms.source.to_string(), "destination": sms.destination.to_string(),
        "number": sms.number.to_string(), "to": sms.target.to_string(), "hops": sms.trace.hops,
        "esm_class": sms.esm_class, "registered_delivery": sms.registered_delivery,
        "content": sms.content.shape().to_string(),
        "charge": {
            "tariff": charge.tariff, "version": charge.version,
            "prefix": charge.prefix.map(|prefix| prefix.to_string()),
            "price_micros": charge.price_micros, "units": charge.units,
            "amount_micros": charge.amount_micros,
            "hold": format!("{:?}", charge.hold).to_lowercase(),
            "refund": Refund::ENDS.into_iter().filter(|end| charge.refund.is_after(*end))
                .map(State::word).collect::<Vec<_>>(),
        },
    });
    if text {
        value["text"] = words(&sms.content).into();
    }
    value
}

fn orphan(one: &Orphan) -> Value {
    json!({
        "record": "orphan", "environment": one.environment, "connection": one.connection,
        "name": format!("{:016x}", one.name), "source": one.source.to_string(),
        "reference": one.reference, "state": one.state.word(), "code": one.code,
        "answered_ns": one.at_ns, "claimed": one.claimed_ns.is_some(),
    })
}

fn words(content: &Content) -> String {
    match content {
        Content::Coded { octets, .. } => octets.escape_ascii().to_string(),
        Content::Text(text) => text.clone(),
    }
}

/// Seconds since 1970 with nanoseconds; `date -d @...` makes a day of it.
fn stamp(ns: u64) -> String {
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}
