//! A record as a line and as JSON.

use routing::journal::{Record, Spent, Via, Wake};
use routing::{Content, Ingress, Sms, Target};
use serde_json::{Value, json};

/// One line, as `tcpdump` would write it.
pub(crate) fn line(record: &Record, text: bool) -> String {
    let at = stamp(record.at_ns());
    match record {
        Record::Accept(sms) => {
            let charge = &sms.charge;
            let mut line = format!(
                "{at} ACCEPT {} g{} {} {} > {} {} {} micros, {}",
                sms.id,
                sms.generation,
                from(&sms.ingress),
                sms.source,
                sms.destination,
                to(sms.target),
                charge.amount_micros,
                shape(&sms.content),
            );
            if text {
                line.push_str(&format!(" {:?}", words(&sms.content)));
            }
            line
        }
        Record::Attempt(one) => {
            format!("{at} ATTEMPT {} #{} {}", one.id, one.attempt, way(&one.via))
        }
        Record::Taken(one) => format!("{at} TAKEN {} as {}", one.id, one.peer_id.escape_ascii()),
        Record::Replaced(one) => {
            let words = if text { format!(" {:?}", words(&one.content)) } else { String::new() };
            format!("{at} REPLACED {} {}{words}", one.id, shape(&one.content))
        }
        Record::Outcome(one) => format!(
            "{at} OUTCOME {} {} code {} after {} by {}",
            one.id,
            one.state,
            one.code,
            one.attempts,
            way(&one.via)
        ),
        Record::Moved(one) => {
            let (sms, moves) = (&one.sms, one.sms.journey.moves);
            format!("{at} MOVED {} #{moves} {}", sms.id, to(sms.target))
        }
        Record::Left(one) => format!("{at} LEFT {} #{}", one.id, one.moves),
        Record::Ack(one) => format!("{at} ACK {} {}", one.id, one.end.word()),
        Record::Doubt(one) => format!("{at} DOUBT {}", one.id),
        Record::Refused(one) => format!(
            "{at} REFUSED env {} {} {} > {} {} (0x{:02X})",
            one.environment,
            from(&one.ingress),
            one.source,
            one.destination,
            one.refusal,
            one.code
        ),
        Record::Wake(one) => format!("{at} WAKE {}", woken(one)),
        Record::Contacts(one) => {
            let rows = one.rows.iter().map(|row| format!(" {} via {}", row.uri, row.source));
            format!(
                "{at} CONTACTS env {} account {}:{}",
                one.environment,
                one.account,
                rows.collect::<String>()
            )
        }
        Record::Ended(one) => {
            let (id, state, code) = (one.id, one.state.word(), one.code);
            format!("{at} ENDED {id} {state} code {code}")
        }
        Record::Spent(one) => format!("{at} SPENT {}", spent(one)),
    }
}

fn spent(one: &Spent) -> String {
    format!("env {} carrier {} {}", one.environment, one.carrier, one.micros)
}

/// One JSON object.
pub(crate) fn json(record: &Record, block: u64, text: bool) -> Value {
    let mut value = match record {
        Record::Accept(sms) => accept(sms, text),
        Record::Attempt(one) => json!({
            "record": "attempt", "id": one.id.to_string(), "attempt": one.attempt,
            "via": way(&one.via),
        }),
        Record::Taken(one) => json!({
            "record": "taken", "id": one.id.to_string(),
            "peer_id": one.peer_id.escape_ascii().to_string(),
        }),
        Record::Replaced(one) => json!({
            "record": "replaced", "id": one.id.to_string(), "expires_ns": one.expires_ns,
            "registered_delivery": one.registered_delivery, "content": shape(&one.content),
        }),
        Record::Outcome(one) => json!({
            "record": "outcome", "id": one.id.to_string(), "state": one.state.word(),
            "code": one.code, "attempts": one.attempts, "via": way(&one.via),
        }),
        Record::Moved(one) => json!({
            "record": "moved", "id": one.sms.id.to_string(), "moves": one.sms.journey.moves,
            "tried": one.sms.journey.tried(), "to": to(one.sms.target),
        }),
        Record::Left(one) => {
            json!({ "record": "left", "id": one.id.to_string(), "moves": one.moves })
        }
        Record::Ack(one) => json!({
            "record": "ack", "id": one.id.to_string(), "end": one.end.word(),
        }),
        Record::Doubt(one) => json!({ "record": "doubt", "id": one.id.to_string() }),
        Record::Refused(one) => json!({
            "record": "refused", "environment": one.environment, "from": from(&one.ingress),
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
        "expires_ns": sms.expires_ns, "from": from(&sms.ingress),
        "source": sms.source.to_string(), "destination": sms.destination.to_string(),
        "number": sms.number.to_string(), "to": to(sms.target), "hops": sms.trace.hops,
        "esm_class": sms.esm_class, "registered_delivery": sms.registered_delivery,
        "content": shape(&sms.content),
        "charge": {
            "tariff": charge.tariff, "version": charge.version,
            "prefix": charge.prefix.map(|prefix| prefix.to_string()),
            "price_micros": charge.price_micros, "units": charge.units,
            "amount_micros": charge.amount_micros,
            "hold": format!("{:?}", charge.hold).to_lowercase(),
        },
    });
    if text {
        value["text"] = words(&sms.content).into();
    }
    value
}

fn woken(wake: &Wake) -> String {
    format!("env {} account {}: {}", wake.environment, wake.account, wake.push)
}

fn from(ingress: &Ingress) -> String {
    match ingress {
        Ingress::Smpp { carrier, peer, sequence, .. } => {
            format!("carrier {carrier} {peer} seq {sequence}")
        }
        Ingress::Connection { connection, peer, sequence, .. } => {
            format!("connection {connection} {peer} seq {sequence}")
        }
        Ingress::Trunk { connection, peer, .. } => format!("connection {connection} {peer}"),
        Ingress::Sip { account, peer, .. } => format!("account {account} {peer}"),
    }
}

fn to(target: Target) -> String {
    match target {
        Target::Account(account) => format!("to account {account}"),
        Target::Connection { policy, connection } => {
            format!("by policy {policy} over connection {connection}")
        }
    }
}

fn way(via: &Via) -> String {
    match via {
        Via::Nothing => "nothing".to_owned(),
        Via::Sip(peer) => format!("sip {peer}"),
        Via::Smpp(peer) => format!("smpp {peer}"),
    }
}

/// How long it is and how it is coded, but not what it says.
fn shape(content: &Content) -> String {
    match content {
        Content::Coded { data_coding, octets, .. } => {
            format!("{} octets dc {data_coding}", octets.len())
        }
        Content::Text(text) => format!("{} octets of text", text.len()),
    }
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
