//! One record, as it is exported.

use routing::{Refund, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Names, find};
use crate::clock::rfc3339;
use crate::fault::{Fault, Outcome, nearest};
use crate::model::{Body, Kind};
use crate::store::{Db, Param, Row};

/// Which records are asked for.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Of this environment.
    pub env: Option<String>,
    /// Sent by this carrier.
    pub carrier: Option<String>,
    /// Sent by or to this account.
    pub account: Option<String>,
    /// With this message id.
    pub id: Option<String>,
    /// From or to this number.
    pub number: Option<String>,
    /// How many at most; the latest.
    pub limit: Option<u32>,
    /// Received then or later: a date or an RFC 3339 time, UTC.
    pub from: Option<String>,
    /// Received before then.
    pub to: Option<String>,
    /// Older ones than the record with this id; the Link of a page says it.
    pub before: Option<String>,
}

/// One record; the keys and their order are part of the interface.
#[derive(Debug, Serialize)]
struct Cdr {
    cdr_id: String,
    env: String,
    shard: u8,
    service: &'static str,
    ts_received: String,
    ts_accepted: Option<String>,
    ts_final: Option<String>,
    ingress: Ingress,
    carrier: Option<String>,
    customer: Option<String>,
    account_charged: Option<String>,
    cli: Address,
    cld: Called,
    message_id: Option<String>,
    data_coding: Option<u8>,
    chars: Option<i64>,
    octets: Option<i64>,
    parts: u32,
    billing_units: u32,
    decision: &'static str,
    policy: Option<String>,
    pattern: Option<String>,
    connection: Option<String>,
    account: Option<String>,
    egress: Option<Egress>,
    status: &'static str,
    error: u32,
    #[serde(flatten)]
    money: Money,
    node: String,
    receipt_taken: Option<String>,
    /// The id it had in the first environment it passed: the same in the CDRs of all.
    trace: Option<String>,
    /// How often it was given to another connection.
    reroutes: u8,
}

#[derive(Debug, Serialize)]
struct Money {
    tariff: Option<String>,
    tariff_version: Option<u32>,
    /// When the price list began that priced it; none has no beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    tariff_since: Option<String>,
    prefix: Option<String>,
    price_micros: i64,
    charge_micros: i64,
    /// What of it was given back, as its end was one after which that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_micros: Option<i64>,
    account_charge_micros: i64,
    vendor: Option<String>,
    /// What the vendor asks for it; 0 if it did not take it, or nobody said what it costs.
    vendor_cost_micros: i64,
    vendor_currency: Option<String>,
    currency: Option<String>,
    /// What is charged and not given back, less what the vendor asks; nothing where that is another
    /// currency, where nobody knows it, or where nobody pays.
    margin_micros: Option<i64>,
}

#[derive(Debug, Serialize)]
struct Ingress {
    proto: String,
    local: String,
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bind_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence_number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<String>,
}

#[derive(Debug, Serialize)]
struct Address {
    addr: String,
    ton: u8,
    npi: u8,
}

#[derive(Debug, Serialize)]
struct Called {
    #[serde(flatten)]
    address: Address,
    e164: Option<String>,
}

#[derive(Debug, Serialize)]
struct Egress {
    proto: String,
    peer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sip_status: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command_status: Option<u32>,
    attempts: u32,
    /// A try repeated one of which nobody knows how it ended.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    possible_duplicate: bool,
}

/// The records a filter lets through, oldest first, each as one line of JSON.
pub fn list(db: &Db, filter: &Filter) -> Outcome<Vec<String>> {
    Ok(page(db, filter)?.0)
}

/// The same, and the id before which older ones may be.
pub fn page(db: &Db, filter: &Filter) -> Outcome<(Vec<String>, Option<String>)> {
    let mut names = Names::new(db);
    let limit = filter.limit.unwrap_or(LIMIT_DEFAULT).min(LIMIT_MAX);
    let asked = asked(db, &names, filter)?;
    let mut oldest = None;
    let mut lines = Vec::new();
    let mut line = |row: &Row<'_>| {
        let record = cdr(row, &mut names)?;
        lines.push(serde_json::to_string(&record)?);
        oldest = Some(record.cdr_id);
        Ok(())
    };
    match &filter.number {
        Some(number) => {
            let wanted = find::Wanted { number: number.trim_start_matches('+'), span: asked.span };
            let most = if asked.is_plain { limit } else { LIMIT_MAX };
            let mut left = limit;
            for ids in find::ids(db, &wanted, most)?.chunks(find::AT_ONCE) {
                let given: Vec<Param<'_>> =
                    [Param::from(left)].into_iter().chain(asked.given.clone()).collect();
                let ids: Vec<String> = ids.iter().map(|id| format!("'{id}'")).collect();
                let sql = format!("{} AND id IN ({}) {NEWEST}", asked.sql, ids.join(", "));
                db.each(&sql, &given, |row| {
                    left -= 1;
                    line(row)
                })?;
                if left == 0 {
                    break;
                }
            }
        }
        None => {
            let given: Vec<Param<'_>> =
                [Param::from(limit)].into_iter().chain(asked.given).collect();
            db.each(&format!("{} {NEWEST}", asked.sql), &given, line)?;
        }
    }
    lines.reverse();
    let full = lines.len() as u64 == u64::from(limit);
    Ok((lines, oldest.filter(|_| full)))
}

/// A filter as a statement: but for the number, of which an index of its own knows the ids.
struct Asked {
    sql: String,
    /// What its places stand for, from the second on; the first is for the limit.
    given: Vec<Param<'static>>,
    /// Received at or after, and before.
    span: (i64, i64),
    /// Is there nothing but a number and a time?
    is_plain: bool,
}

fn asked(db: &Db, names: &Names<'_>, filter: &Filter) -> Outcome<Asked> {
    let env = filter.env.as_deref();
    let mut sql = "SELECT * FROM cdr WHERE received_ns IS NOT NULL".to_owned();
    let mut given = Vec::new();
    if let Some(env) = env {
        let ids = id_list(names, Kind::Environment, env, None)?;
        sql.push_str(&format!(" AND environment IN ({ids})"));
    }
    if let Some(carrier) = &filter.carrier {
        let ids = id_list(names, Kind::Carrier, carrier, env)?;
        sql.push_str(&format!(" AND carrier IN ({ids})"));
    }
    if let Some(account) = &filter.account {
        let ids = id_list(names, Kind::Account, account, env)?;
        sql.push_str(&format!(" AND (account_from IN ({ids}) OR account_to IN ({ids}))"));
    }
    if let Some(id) = &filter.id {
        given.push(Param::from(canonical(id)));
        sql.push_str(" AND id = ?2");
    }
    let mut span = find::span(filter.from.as_deref(), filter.to.as_deref())?;
    if span != find::ALWAYS {
        sql.push_str(&format!(" AND received_ns >= {} AND received_ns < {}", span.0, span.1));
    }
    if let Some(id) = &filter.before {
        let id = canonical(id);
        let sought = "SELECT received_ns FROM cdr WHERE id = ?1";
        let before: Option<i64> =
            db.one(sought, crate::store::given![id.clone()], |row| row.get(0))?.flatten();
        // Those of the same instant are told apart by their ids.
        let before = before.unwrap_or_default();
        span.1 = span.1.min(before.saturating_add(1));
        given.push(Param::from(id));
        sql.push_str(&format!(" AND (received_ns, id) < ({before}, ?{})", given.len() + 1));
    }
    let others = [&filter.env, &filter.carrier, &filter.account, &filter.id, &filter.before];
    let is_plain = others.into_iter().all(Option::is_none);
    Ok(Asked { sql, given, span, is_plain })
}

/// Message ids are written in capitals; a refusal's id begins with its node's name.
fn canonical(id: &str) -> String {
    if id.contains('-') { id.to_owned() } else { id.to_uppercase() }
}

fn id_list(names: &Names<'_>, kind: Kind, name: &str, env: Option<&str>) -> Outcome<String> {
    let ids = names.ids(kind, name)?;
    let ids: Vec<u32> = ids
        .into_iter()
        .filter(|(world, _)| env.is_none_or(|env| world == env))
        .map(|(_, id)| id)
        .collect();
    if ids.is_empty() {
        let fault = Fault::not_found(format!("there never was a {} {name}", kind.word()));
        let all = names.all(kind)?;
        return Err(match nearest(name, all.iter().map(String::as_str)) {
            Some(near) => fault.cure(format!("did you mean {near}?")),
            None => fault,
        });
    }
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    Ok(ids.join(", "))
}

fn cdr(row: &Row<'_>, names: &mut Names<'_>) -> Outcome<Cdr> {
    let id: String = row.get("id")?;
    let refusal: Option<u8> = row.get("refusal")?;
    let accepted = refusal.is_none();
    let mut name = |kind, column: &str| -> Outcome<Option<String>> {
        let id: Option<u32> = row.get(column)?;
        id.map(|id| names.name(kind, id)).transpose()
    };
    let carrier = name(Kind::Carrier, "carrier")?;
    let sender = name(Kind::Account, "account_from")?;
    let account = name(Kind::Account, "account_to")?;
    let policy = name(Kind::Policy, "policy")?;
    let connection = name(Kind::Connection, "connection")?;
    let env = name(Kind::Environment, "environment")?.unwrap_or_default();
    let pattern = pattern(row, names, policy.as_deref())?;
    let units = row.get::<_, Option<u32>>("units")?.unwrap_or_default();
    let state = row.get::<_, Option<u8>>("state")?.and_then(State::from_number);
    let code = row.get::<_, Option<u32>>("code")?.unwrap_or_default();
    let time = |column: &str| -> Outcome<Option<String>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(|ns| rfc3339(ns as u64, 6)))
    };
    Ok(Cdr {
        message_id: accepted.then(|| id.clone()),
        cdr_id: id,
        env,
        shard: row.get::<_, Option<u8>>("shard")?.unwrap_or_default(),
        service: "Messaging",
        ts_received: time("received_ns")?.unwrap_or_default(),
        ts_accepted: time("accepted_ns")?,
        ts_final: time("final_ns")?,
        ingress: ingress(row, names, sender)?,
        customer: carrier.clone(),
        account_charged: carrier.clone(),
        carrier,
        cli: address(row, "source")?,
        cld: Called { address: address(row, "destination")?, e164: row.get("number")? },
        data_coding: row.get("data_coding")?,
        chars: row.get("chars")?,
        octets: row.get("octets")?,
        parts: u32::from(accepted),
        billing_units: units,
        decision: match (accepted, &connection) {
            (false, _) => "reject",
            (true, None) => "local",
            (true, Some(_)) => "vendor",
        },
        policy,
        pattern,
        money: money(row, names, connection.clone())?,
        connection,
        account,
        egress: egress(row)?,
        status: match (accepted, state) {
            (false, _) => State::Rejected.word(),
            (true, None) => State::Accepted.word(),
            (true, Some(state)) => state.word(),
        },
        error: if state == Some(State::Delivered) { 0 } else { code },
        node: row.get::<_, Option<String>>("node")?.unwrap_or_default(),
        receipt_taken: time("receipt_ns")?,
        trace: row.get("trace")?,
        reroutes: row.get::<_, Option<u8>>("moves")?.unwrap_or_default(),
    })
}

/// The pattern of the policy, which most policies have as their name.
fn pattern(row: &Row<'_>, names: &mut Names<'_>, policy: Option<&str>) -> Outcome<Option<String>> {
    let (Some(name), Some(id)) = (policy, row.get::<_, Option<u32>>("policy")?) else {
        return Ok(None);
    };
    let generation = row.get::<_, Option<i64>>("generation")?.unwrap_or(i64::MAX) as u64;
    Ok(Some(match names.body(Kind::Policy, id, generation)? {
        Some(Body::Policy(policy)) => policy.pattern(name).to_owned(),
        _ => name.to_owned(),
    }))
}

fn money(row: &Row<'_>, names: &mut Names<'_>, vendor: Option<String>) -> Outcome<Money> {
    let generation = row.get::<_, Option<i64>>("generation")?.unwrap_or(i64::MAX) as u64;
    let (tariff, currency) = match row.get::<_, Option<u32>>("tariff")? {
        Some(id) => (Some(names.name(Kind::Tariff, id)?), names.currency(id, generation)?),
        None => (None, None),
    };
    let state = row.get::<_, Option<u8>>("state")?;
    let delivered = state == Some(State::Delivered as u8);
    let taken = state == Some(State::Accepted as u8);
    let is_taken = delivered || taken || row.get::<_, Option<i64>>("taken_ns")?.is_some();
    let is_due = match row.get::<_, Option<String>>("charge_on")?.as_deref() {
        Some("delivered") => delivered,
        Some("answered") => delivered || taken,
        Some("submitted") => is_taken,
        _ => true,
    };
    let charge: Option<i64> = row.get("charge_micros")?;
    let cost: Option<i64> = row.get::<_, Option<i64>>("cost_micros")?.filter(|_| is_taken);
    let vendor_currency = match row.get::<_, Option<u32>>("cost_tariff")? {
        Some(id) if is_taken => names.currency(id, u64::MAX)?,
        Some(_) | None => None,
    };
    let charge_micros = charge.filter(|_| is_due).unwrap_or_default();
    let is_comparable =
        currency.is_some() && (vendor.is_none() || !is_taken || vendor_currency == currency);
    let rule = Refund::from_number(row.get::<_, Option<u8>>("refund_on")?.unwrap_or_default());
    let end = state.and_then(State::from_number).filter(|end| rule.is_after(*end));
    let refund_micros = end.map(|_| charge_micros).filter(|_| charge.is_some() && is_due);
    let kept = charge_micros - refund_micros.unwrap_or_default();
    let margin = kept.checked_sub(cost.unwrap_or_default());
    Ok(Money {
        margin_micros: margin.filter(|_| is_comparable),
        tariff,
        tariff_version: row.get("tariff_version")?,
        tariff_since: row
            .get::<_, Option<u64>>("tariff_since_ns")?
            .filter(|ns| *ns > 0)
            .map(|ns| rfc3339(ns, 0)),
        prefix: row.get("prefix")?,
        price_micros: row.get::<_, Option<i64>>("price_micros")?.unwrap_or_default(),
        charge_micros,
        refund_micros,
        account_charge_micros: 0,
        vendor,
        vendor_cost_micros: cost.unwrap_or_default(),
        vendor_currency,
        currency,
    })
}

fn ingress(row: &Row<'_>, names: &mut Names<'_>, account: Option<String>) -> Outcome<Ingress> {
    let carrier: Option<u32> = row.get("carrier")?;
    let generation = row.get::<_, Option<i64>>("generation")?.unwrap_or(i64::MAX) as u64;
    let system_id = match carrier {
        Some(carrier) => match names.body(Kind::Carrier, carrier, generation)? {
            Some(Body::Carrier(carrier)) => Some(carrier.system_id.clone()),
            _ => None,
        },
        None => None,
    };
    let link: Option<i64> = row.get("link")?;
    Ok(Ingress {
        proto: row.get("proto")?,
        local: row.get("local")?,
        peer: row.get("peer")?,
        system_id,
        bind_id: link.map(|link| format!("b-{:04x}", link as u64)),
        sequence_number: row.get("sequence")?,
        account,
        call_id: row.get("call_id")?,
    })
}

fn address(row: &Row<'_>, column: &str) -> Outcome<Address> {
    Ok(Address {
        addr: row.get(column)?,
        ton: row.get(format!("{column}_ton").as_str())?,
        npi: row.get(format!("{column}_npi").as_str())?,
    })
}

/// The last way it took: of the ending if that took one, else of the latest try.
fn egress(row: &Row<'_>) -> Outcome<Option<Egress>> {
    let tried = row.get::<_, Option<u32>>("attempt")?.unwrap_or_default();
    let attempts = row.get::<_, Option<u32>>("attempts")?.unwrap_or_default().max(tried);
    let last: Option<String> = row.get("final_proto")?;
    let (proto, peer) = match last {
        Some(proto) => (Some(proto), row.get("final_peer")?),
        None => (row.get("attempt_proto")?, row.get("attempt_peer")?),
    };
    let Some(proto) = proto else { return Ok(None) };
    let code: Option<u32> = row.get("code")?;
    let delivered = row.get::<_, Option<u8>>("state")? == Some(State::Delivered as u8);
    let sip = proto == "sip";
    Ok(Some(Egress {
        peer,
        peer_message_id: row.get("peer_id")?,
        sip_status: code
            .filter(|_| sip)
            .map(|code| if delivered && code == 0 { 200 } else { code }),
        command_status: code.filter(|_| !sip),
        attempts,
        possible_duplicate: row.get::<_, Option<bool>>("doubled")?.unwrap_or_default(),
        proto,
    }))
}

const NEWEST: &str = "ORDER BY received_ns DESC, id DESC LIMIT ?1";

/// How many records are shown unless more are asked for.
const LIMIT_DEFAULT: u32 = 100;

/// How many are told at once: a hundred megabytes.
const LIMIT_MAX: u32 = 100_000;
