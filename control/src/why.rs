//! Why an Sms went where it went: its record, and its decision taken again by the plan of that
//! moment.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::cdr::{self, Filter};
use crate::explain::{Answer, Question};
use crate::fault::{Fault, Outcome};
use crate::store::{Db, given};

/// What is known of an Sms, and why it was so.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Why {
    /// Its id.
    pub id: String,
    /// The generation that decided.
    pub generation: u64,
    /// What happened to it, in the order of time.
    pub happened: Vec<Step>,
    /// The decision as that generation takes it. How connections stood then is not kept: all of
    /// them count as ready.
    pub decision: Answer,
    /// Its record.
    pub record: Value,
}

/// One thing that happened.
#[derive(Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Step {
    /// When, RFC 3339; empty if no time was kept.
    pub at: String,
    /// What, in words.
    pub what: String,
}

/// An Sms as a story.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Traced {
    /// Its id.
    pub id: String,
    /// The environment.
    pub env: String,
    /// How it stands, or stood when it ended.
    pub status: String,
    /// What happened to it, in the order of time.
    pub happened: Vec<Step>,
}

/// The latest Sms that a filter lets through, oldest first.
pub fn trace(db: &Db, filter: &Filter) -> Outcome<Vec<Traced>> {
    let told = |line: String| -> Outcome<Traced> {
        let record: Value = serde_json::from_str(&line)?;
        let text = |key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let happened = happened(&record);
        Ok(Traced { id: text("cdr_id"), env: text("env"), status: text("status"), happened })
    };
    cdr::list(db, filter)?.into_iter().map(told).collect()
}

/// An Sms of the store, ready to be asked about again.
pub struct Case {
    record: Value,
    /// The generation that decided.
    pub generation: u64,
    /// What was asked then.
    pub question: Question,
}

/// Finds an Sms.
pub fn find(db: &Db, id: &str) -> Outcome<Case> {
    let filter = Filter { id: Some(id.to_owned()), ..Filter::default() };
    let line = cdr::list(db, &filter)?.into_iter().next();
    let line = line.ok_or_else(|| {
        Fault::not_found(format!("there is no record {id}"))
            .cure("ids are those of `signalbox cdr list`; what is older than the store is gone")
    })?;
    let record: Value = serde_json::from_str(&line)?;
    let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let question = Question {
        env: text("/env").unwrap_or_default(),
        from: text("/carrier").or_else(|| text("/ingress/account")),
        number: text("/cld/addr").unwrap_or_default(),
        source: text("/cli/addr").filter(|source| !source.is_empty()),
        domain: None,
        at: text("/ts_received"),
    };
    let generation = generation(db, &text("/cdr_id").unwrap_or_default())?;
    Ok(Case { record, generation, question })
}

/// The generation in the record; for a refusal, which names none, the latest one before it.
fn generation(db: &Db, id: &str) -> Outcome<u64> {
    let sql = "SELECT coalesce(generation,
            (SELECT max(number) FROM generation WHERE at_ns <= cdr.received_ns))
         FROM cdr WHERE id = ?1";
    let found: Option<Option<u64>> = db.one(sql, given![id], |row| row.get(0))?;
    Ok(found.flatten().unwrap_or_default())
}

impl Case {
    /// The case with its decision.
    pub fn decided(self, decision: Answer) -> Why {
        let Self { record, generation, .. } = self;
        let id = record["cdr_id"].as_str().unwrap_or_default().to_owned();
        Why { id, generation, happened: happened(&record), decision, record }
    }
}

/// The record as a story.
fn happened(record: &Value) -> Vec<Step> {
    let text = |pointer: &str| {
        record.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let number = |pointer: &str| record.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
    let step = |at: String, what: String| Step { at, what };
    let sender =
        [text("/carrier"), text("/ingress/account")].into_iter().find(|one| !one.is_empty());
    let mut steps = vec![step(
        text("/ts_received"),
        format!(
            "{} -> {} came from {} over {}",
            text("/cli/addr"),
            text("/cld/addr"),
            sender.unwrap_or_else(|| "nobody known".to_owned()),
            text("/ingress/proto").to_uppercase()
        ),
    )];
    if text("/message_id").is_empty() {
        steps.push(step(text("/ts_received"), format!("refused with 0x{:02X}", number("/error"))));
        return steps;
    }
    let charge = record["charge_micros"].as_i64().unwrap_or(0);
    let price = match text("/tariff").as_str() {
        "" => "free of charge".to_owned(),
        tariff => format!("{} {} by {tariff}", crate::money::price(charge), text("/currency")),
    };
    steps.push(step(text("/ts_accepted"), format!("accepted, {price}")));
    if number("/egress/attempts") > 0 {
        let times = match number("/egress/attempts") {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        let over = match (text("/connection"), text("/account")) {
            (connection, _) if !connection.is_empty() => format!("connection {connection}"),
            (_, account) => format!("the app of {account}"),
        };
        let peer = text("/egress/peer");
        steps.push(step(String::new(), format!("tried {times} over {over}, last at {peer}")));
    }
    let theirs = text("/egress/peer_message_id");
    if !theirs.is_empty() {
        steps.push(step(String::new(), format!("taken there as {theirs}")));
    }
    let ended = text("/ts_final");
    if !ended.is_empty() {
        let code = match number("/error") {
            0 => String::new(),
            code => format!(" ({code})"),
        };
        steps.push(step(ended, format!("ended {}{code}", text("/status"))));
    }
    if let Some(micros) = record["refund_micros"].as_i64() {
        let amount = crate::money::price(micros);
        steps.push(step(String::new(), format!("given back, {amount} {}", text("/currency"))));
    }
    let receipt = text("/receipt_taken");
    if !receipt.is_empty() {
        steps.push(step(receipt, "the sender took its receipt".to_owned()));
    }
    steps
}

#[cfg(test)]
mod tests;
