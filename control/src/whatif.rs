//! What would have been paid, had a draft's tariffs been those of a period: every Sms that was
//! charged and not given back, asked again, beside what was charged for it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use routing::Number;
use routing::snapshot::Snapshot;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::explain::{Answer, Question as Asked, answer};
use crate::fault::{Fault, Outcome};
use crate::impact::grain;
use crate::model::Kind;
use crate::reconcile::period_of;
use crate::settle::Period;
use crate::store::{CHARGED, Db, GIVEN_BACK, given};

/// Of which period.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// Only of this environment.
    pub env: Option<String>,
    /// Only what this carrier sent.
    pub carrier: Option<String>,
    /// A month such as `2026-11`; the last one, if nothing is said.
    pub month: Option<String>,
    /// The first instant: a date or an RFC 3339 time, UTC.
    pub from: Option<String>,
    /// The first instant that no longer counts.
    pub to: Option<String>,
}

/// What would have been paid.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct WhatIf {
    /// The first instant of the period.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// By carrier and prefix; only where the money moves.
    pub lines: Vec<Line>,
    /// All of it, by currency.
    pub totals: Vec<Total>,
}

/// The Sms of one carrier under one prefix.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Line {
    /// The environment.
    pub env: String,
    /// Who paid.
    pub carrier: String,
    /// The draft's prefix; empty where the draft has no price and would refuse.
    pub prefix: String,
    /// ISO 4217.
    pub currency: String,
    /// How many were charged.
    pub messages: i64,
    /// Their units, as they were rated.
    pub units: i64,
    /// How many of them the draft would have refused.
    pub refused: i64,
    /// What was charged, in millionths.
    pub charged_micros: i64,
    /// What the draft would have charged.
    pub draft_micros: i64,
}

/// All of one currency.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Total {
    /// ISO 4217.
    pub currency: String,
    /// How many were charged.
    pub messages: i64,
    /// What was charged, in millionths.
    pub charged_micros: i64,
    /// What the draft would have charged.
    pub draft_micros: i64,
}

/// Sms that any tariff rates alike: of one sender, to one number, in one piece of time.
struct Kindred {
    asked: Asked,
    messages: i64,
    units: i64,
    charged_micros: i64,
}

/// Asks a draft about every Sms that was charged in a period.
pub fn what_if(db: &Db, draft: &Snapshot, question: &Question, now_ns: u64) -> Outcome<WhatIf> {
    let period = period(question, now_ns)?;
    let mut lines = BTreeMap::<(String, String, String, String), Line>::new();
    kindred(db, grain(draft), &period, question, |one| {
        let told = answer(draft, None, &[], &one.asked)?;
        let line = priced(one, told);
        let Line { env, carrier, prefix, currency, .. } = &line;
        let key = (env.clone(), carrier.clone(), prefix.clone(), currency.clone());
        let sum = lines.entry(key).or_insert_with(|| Line {
            env: env.clone(),
            carrier: carrier.clone(),
            prefix: prefix.clone(),
            currency: currency.clone(),
            ..Line::default()
        });
        add(sum, &line)
    })?;
    let mut totals = BTreeMap::<String, Total>::new();
    for line in lines.values() {
        let total = totals.entry(line.currency.clone()).or_default();
        total.currency.clone_from(&line.currency);
        total.messages += line.messages;
        total.charged_micros = total.charged_micros.saturating_add(line.charged_micros);
        total.draft_micros = total.draft_micros.saturating_add(line.draft_micros);
    }
    let moves = |line: &Line| line.charged_micros != line.draft_micros;
    Ok(WhatIf {
        from: rfc3339(period.from_ns.unsigned_abs(), 0),
        to: rfc3339(period.to_ns.unsigned_abs(), 0),
        lines: lines.into_values().filter(moves).collect(),
        totals: totals.into_values().collect(),
    })
}

fn priced(one: Kindred, told: Answer) -> Line {
    let Kindred { asked, messages, units, charged_micros } = one;
    let price = told.price_micros.filter(|_| told.refused.is_none());
    Line {
        env: asked.env,
        carrier: asked.from.unwrap_or_default(),
        prefix: told.prefix.filter(|_| price.is_some()).unwrap_or_default(),
        currency: told.currency.unwrap_or_default(),
        messages,
        units,
        refused: if told.refused.is_some() { messages } else { 0 },
        charged_micros,
        draft_micros: price.unwrap_or_default().saturating_mul(units),
    }
}

fn add(sum: &mut Line, line: &Line) -> Outcome<()> {
    let both = |one: i64, other: i64| {
        one.checked_add(other).ok_or_else(|| Fault::failed("the sum is too large"))
    };
    sum.messages += line.messages;
    sum.units += line.units;
    sum.refused += line.refused;
    sum.charged_micros = both(sum.charged_micros, line.charged_micros)?;
    sum.draft_micros = both(sum.draft_micros, line.draft_micros)?;
    Ok(())
}

/// The period of a question; the calendar month before this one, if it names none.
fn period(question: &Question, now_ns: u64) -> Outcome<Period> {
    let mut asked = question.clone();
    if asked.month.is_none() && asked.from.is_none() && asked.to.is_none() {
        let now = Timestamp::from_nanosecond(now_ns.into());
        let today = now.map_err(|error| Fault::invalid(error.to_string()))?;
        let first = today.to_zoned(jiff::tz::TimeZone::UTC).date().first_of_month();
        let before = first.yesterday().map_err(|error| Fault::invalid(error.to_string()))?;
        asked.month = Some(format!("{:04}-{:02}", before.year(), before.month()));
    }
    period_of(asked.month, asked.from, asked.to)
}

/// What was charged in the period, by what a price may depend on.
fn kindred(
    db: &Db,
    grain: i64,
    period: &Period,
    question: &Question,
    mut look: impl FnMut(Kindred) -> Outcome<()>,
) -> Outcome<()> {
    let mut names = Names::new(db);
    let sql = format!(
        "SELECT c.environment, c.carrier, c.destination_ton, c.destination, c.source,
            max(c.received_ns), count(*), CAST(sum(c.units) AS BIGINT),
            CAST(sum(l.amount_micros) AS BIGINT)
         FROM cdr AS c {CHARGED}
         WHERE c.received_ns >= ?1 AND c.received_ns < ?2 AND l.amount_micros IS NOT NULL
            AND {GIVEN_BACK} IS NULL
         GROUP BY c.environment, c.carrier, c.destination_ton, c.destination, c.source,
            c.received_ns / ?3"
    );
    db.each(&sql, given![period.from_ns, period.to_ns, grain], |row| {
        let env = names.name(Kind::Environment, row.get(0)?)?;
        let carrier = names.name(Kind::Carrier, row.get(1)?)?;
        let wanted = question.env.as_ref().is_none_or(|one| one.is_empty() || *one == env)
            && question.carrier.as_ref().is_none_or(|one| *one == carrier);
        let digits: Option<String> = row.get(3)?;
        let ton = row.get::<_, Option<u8>>(2)?.unwrap_or_default();
        let number = Number::normalise(ton, digits.unwrap_or_default().as_bytes());
        let (true, Ok(number)) = (wanted, number) else { return Ok(()) };
        let asked = Asked {
            env,
            from: Some(carrier),
            number: number.to_string(),
            source: row.get(4)?,
            at: Some(rfc3339(row.get(5)?, 9)),
            domain: None,
        };
        let charged_micros = row.get(8)?;
        look(Kindred { asked, messages: row.get(6)?, units: row.get(7)?, charged_micros })
    })
}

#[cfg(test)]
mod tests;
