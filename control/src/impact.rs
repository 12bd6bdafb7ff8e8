//! What a draft would have changed, had it been live: the records of a period asked again.

use std::collections::BTreeMap;

use routing::snapshot::Snapshot;
use routing::{ArchivedConditions, Number};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::explain::{Answer, Question, answer};
use crate::fault::Outcome;
use crate::model::Kind;
use crate::store::{Db, given};

/// What the Sms of a period would have met.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Impact {
    /// The first instant of the period.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// How many Sms came in it.
    pub messages: u64,
    /// How many of them would go another way.
    pub moved: u64,
    /// From where to where they would move, most first.
    pub moves: Vec<Move>,
    /// What the senders would pay otherwise, by carrier; only where it differs.
    pub money: Vec<Moved>,
}

/// Sms that would go another way.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Move {
    /// The environment.
    pub env: String,
    /// Where they go as things are.
    pub from: String,
    /// Where they would go.
    pub to: String,
    /// How many.
    pub messages: u64,
}

/// Money that would be another.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Moved {
    /// The environment.
    pub env: String,
    /// Who pays.
    pub carrier: String,
    /// ISO 4217; empty if nothing was ever charged.
    pub currency: String,
    /// By the plan that is live, in millionths.
    pub live_micros: i64,
    /// By the draft.
    pub draft_micros: i64,
}

/// The plans that are compared, and the period whose records are asked again.
pub struct Comparison<'a> {
    /// What is live.
    pub live: &'a Snapshot,
    /// What would be.
    pub draft: &'a Snapshot,
    /// The first nanosecond since 1970 of the period, and the first after it.
    pub period: (u64, u64),
}

/// One kind of Sms: the same sender and the same numbers at a time that makes no difference to
/// either plan, so the same decision.
struct Kindred {
    question: Question,
    carrier: Option<String>,
    messages: u64,
    units: u64,
}

/// Asks both plans about every Sms of the period.
pub fn impact(db: &Db, comparison: &Comparison<'_>) -> Outcome<Impact> {
    let (from_ns, to_ns) = comparison.period;
    let mut moves = BTreeMap::<(String, String, String), u64>::new();
    let mut money = BTreeMap::<(String, String), (String, i64, i64)>::new();
    let (mut messages, mut moved) = (0, 0);
    for kindred in read(db, comparison)? {
        let Kindred { question, carrier, messages: count, units } = kindred;
        let (old, new) = (ask(comparison.live, &question)?, ask(comparison.draft, &question)?);
        messages += count;
        let (from, to) = (old.way(), new.way());
        if from != to {
            moved += count;
            *moves.entry((question.env.clone(), from, to)).or_default() += count;
        }
        let units = i64::try_from(units).unwrap_or(i64::MAX);
        let charge = |price: Option<i64>| price.unwrap_or(0).saturating_mul(units);
        let (old_micros, new_micros) = (charge(old.price_micros), charge(new.price_micros));
        if let Some(carrier) = carrier.filter(|_| old_micros != 0 || new_micros != 0) {
            let sum = money.entry((question.env, carrier)).or_default();
            sum.0 = new.currency.or(old.currency).unwrap_or_default();
            sum.1 = sum.1.saturating_add(old_micros);
            sum.2 = sum.2.saturating_add(new_micros);
        }
    }
    let mut moves: Vec<Move> = moves
        .into_iter()
        .map(|((env, from, to), messages)| Move { env, from, to, messages })
        .collect();
    moves.sort_by_key(|one| std::cmp::Reverse(one.messages));
    let money = money.into_iter().filter(|(_, (_, live, draft))| live != draft).map(
        |((env, carrier), (currency, live_micros, draft_micros))| Moved {
            env,
            carrier,
            currency,
            live_micros,
            draft_micros,
        },
    );
    let (from, to) = (rfc3339(from_ns, 0), rfc3339(to_ns, 0));
    Ok(Impact { from, to, messages, moved, moves, money: money.collect() })
}

/// What a plan does with it; a refusal pays nothing.
fn ask(plan: &Snapshot, question: &Question) -> Outcome<Answer> {
    let told = answer(plan, None, &[], question)?;
    let price_micros = told.price_micros.filter(|_| told.refused.is_none());
    Ok(Answer { price_micros, ..told })
}

/// How long, in nanoseconds, no decision of a plan changes because time passes: Sms of the same
/// sender to the same number in one such piece of time are asked about together.
pub(crate) fn grain(plan: &Snapshot) -> i64 {
    let environments = plan.plan().environments.iter();
    let conditions = environments.flat_map(|env| env.policies.ranked.iter().map(|one| &one.only));
    let grain = |only: &ArchivedConditions| {
        let ends = [only.from_ns.to_native(), only.until_ns.to_native()];
        match (ends.iter().all(|end| end % MINUTE == 0), ends == [0, 0]) {
            (false, _) => 1,
            (true, true) if only.windows.is_empty() => i64::MAX,
            (true, _) => MINUTE as i64,
        }
    };
    let tariffs = plan.plan().environments.iter().flat_map(|env| env.tariffs.iter());
    let changes = tariffs.map(|tariff| match (tariff.spans.len(), tariff.offsets.is_empty()) {
        (1, true) if !tariff.has_hours() => i64::MAX,
        (_, _) if tariff.spans.iter().all(|span| span.from_ns.to_native() % MINUTE == 0) => {
            MINUTE as i64
        }
        (_, _) => 1,
    });
    conditions.map(grain).chain(changes).min().unwrap_or(i64::MAX)
}

fn read(db: &Db, comparison: &Comparison<'_>) -> Outcome<Vec<Kindred>> {
    let (from_ns, to_ns) = comparison.period;
    let grain = grain(comparison.live).min(grain(comparison.draft));
    let mut names = Names::new(db);
    let sql = "SELECT environment, carrier, account_from, destination_ton, destination,
                count(*), CAST(sum(coalesce(units, 1)) AS BIGINT), source, max(received_ns)
         FROM cdr WHERE received_ns >= ?1 AND received_ns < ?2
         GROUP BY environment, carrier, account_from, destination_ton, destination, source,
                received_ns / ?3";
    let mut found = Vec::new();
    db.each(sql, given![from_ns, to_ns, grain], |row| {
        let ton = row.get::<_, Option<u8>>(3)?.unwrap_or_default();
        let destination: Option<String> = row.get(4)?;
        let digits = destination.unwrap_or_default();
        let Ok(number) = Number::normalise(ton, digits.as_bytes()) else { return Ok(()) };
        let env = names.name(Kind::Environment, row.get(0)?)?;
        let mut name = |kind, id: Option<u32>| id.map(|id| names.name(kind, id)).transpose();
        let carrier = name(Kind::Carrier, row.get(1)?)?;
        let account = name(Kind::Account, row.get(2)?)?;
        let from = carrier.clone().or(account);
        found.push(Kindred {
            question: Question {
                env,
                from,
                number: number.to_string(),
                source: row.get(7)?,
                at: Some(rfc3339(row.get(8)?, 9)),
                domain: None,
            },
            carrier,
            messages: row.get(5)?,
            units: row.get(6)?,
        });
        Ok(())
    })?;
    Ok(found)
}

/// The finest time a window of the week knows, in nanoseconds.
const MINUTE: u64 = 60_000_000_000;

#[cfg(test)]
mod tests;
