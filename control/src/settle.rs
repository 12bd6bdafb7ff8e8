//! What a carrier owes for a period.
//!
//! The ledger says what was charged; the records say for what. Both are summed, whole hours that
//! are closed once and for all ([`charged`]), and a settlement whose sums differ is refused rather
//! than printed.

use std::collections::BTreeMap;

use routing::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::fault::{Code, Fault, Outcome, nearest};
use crate::folio::{Charged, charged};
use crate::model::{Body, Kind, Money};
use crate::money;
use crate::store::Db;

mod fees;
mod period;

pub use period::Period;

/// What is asked.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Whom to settle with.
    pub carrier: String,
    /// In which environment; needed where several have a carrier of that name.
    pub env: Option<String>,
    /// A month such as `2026-11`.
    pub month: Option<String>,
    /// The first instant: a date or an RFC 3339 time, UTC.
    pub from: Option<String>,
    /// The first instant that no longer counts.
    pub to: Option<String>,
}

/// The settlement; keys and their order are part of the interface.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Settlement {
    /// The carrier.
    pub carrier: String,
    /// The period.
    pub period: PeriodShown,
    /// Accepted and refused ones.
    pub messages_received: i64,
    /// Answered positively.
    pub messages_accepted: i64,
    /// Delivered.
    pub messages_delivered: i64,
    /// Ended otherwise than delivered or expired.
    pub messages_undelivered: i64,
    /// Expired.
    pub messages_expired: i64,
    /// Refused: nothing was stored or charged.
    pub messages_rejected: i64,
    /// Units charged.
    pub billing_units: i64,
    /// When it is charged.
    pub charge_on: String,
    /// One for each price.
    pub lines: Vec<Line>,
    /// The sum in millionths.
    pub total_micros: i64,
    /// The same as people write it.
    pub total: String,
    /// ISO 4217.
    pub currency: String,
    /// A fee that does not depend on messages.
    pub monthly_fee_micros: i64,
    /// What is to be paid.
    pub due: String,
}

/// The period of a settlement.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct PeriodShown {
    /// The first instant.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// Which of a record's times decides.
    pub basis: String,
    /// The end does not belong to it.
    pub half_open: bool,
}

/// The messages of one price.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Line {
    /// The tariff.
    pub tariff: String,
    /// Its version when they were accepted.
    pub tariff_version: u32,
    /// The prefix that gave the price.
    pub prefix: String,
    /// The price of a unit.
    pub price_micros: i64,
    /// How many units.
    pub units: i64,
    /// What they cost together.
    pub charge_micros: i64,
}

/// Settles from a store that was harvested up to now.
pub fn settle(db: &Db, question: &Question) -> Outcome<Settlement> {
    let period = Period::of(question)?;
    let mut names = Names::new(db);
    let carrier = find(&names, question)?;
    let sums = charged(db, carrier, (period.from_ns, period.to_ns))?;
    let counts = count(&sums);
    let (lines, currencies) = lines(&mut names, &sums)?;
    let total_micros = lines.iter().try_fold(0i64, |sum, line| sum.checked_add(line.charge_micros));
    let total_micros = total_micros.ok_or_else(|| Fault::failed("the sum is too large"))?;
    agree(&sums, total_micros)?;
    let Terms { charge_on, currency: own_currency, fees } = terms(&mut names, carrier)?;
    let monthly_fee_micros = fees::of(db, carrier, &period, &fees)?;
    let currency = match currencies.as_slice() {
        [] => own_currency,
        [one] => one.clone(),
        several => {
            return Err(Fault::invalid(format!(
                "the period has charges in {}; settle the time before and after the change",
                several.join(" and ")
            )));
        }
    };
    let total = money::amount(total_micros);
    let due_micros = total_micros.checked_add(monthly_fee_micros);
    let due = money::amount(due_micros.ok_or_else(|| Fault::failed("the sum is too large"))?);
    Ok(Settlement {
        carrier: question.carrier.clone(),
        period: period.shown(),
        messages_received: counts.accepted + counts.refused,
        messages_accepted: counts.accepted,
        messages_delivered: counts.delivered,
        messages_undelivered: counts.undelivered,
        messages_expired: counts.expired,
        messages_rejected: counts.refused,
        billing_units: lines.iter().map(|line| line.units).sum(),
        charge_on,
        lines,
        total_micros,
        due: format!("{due} {currency}").trim_end().to_owned(),
        total,
        currency,
        monthly_fee_micros,
    })
}

fn find(names: &Names<'_>, question: &Question) -> Outcome<u32> {
    let Question { carrier, env, .. } = question;
    let mut found = names.ids(Kind::Carrier, carrier)?;
    found.retain(|(world, _)| env.as_ref().is_none_or(|env| env == world));
    match found.as_slice() {
        [(_, id)] => Ok(*id),
        [] => {
            let all = names.all(Kind::Carrier)?;
            let fault = Fault::not_found(format!("there is no carrier {carrier}"));
            Err(match nearest(carrier, all.iter().map(String::as_str)) {
                Some(near) => fault.cure(format!("did you mean {near}?")),
                None => fault.cure("see: signalbox carrier list"),
            })
        }
        several => {
            let worlds: Vec<&str> = several.iter().map(|(world, _)| world.as_str()).collect();
            let error = format!("carrier {carrier} exists in {}", worlds.join(" and "));
            Err(Fault::new(Code::Usage, error).cure("say which: --env"))
        }
    }
}

#[derive(Default)]
struct Counts {
    accepted: i64,
    refused: i64,
    delivered: i64,
    undelivered: i64,
    expired: i64,
}

fn count(sums: &[Charged]) -> Counts {
    let mut counts = Counts::default();
    for Charged { of, messages, .. } in sums {
        if of.refused {
            counts.refused += messages;
            continue;
        }
        counts.accepted += messages;
        match State::from_number(of.state) {
            Some(State::Delivered) => counts.delivered += messages,
            Some(State::Expired) => counts.expired += messages,
            Some(State::Deleted | State::Undeliverable | State::Unknown | State::Rejected) => {
                counts.undelivered += messages;
            }
            Some(State::Enroute | State::Accepted) | None => {}
        }
    }
    counts
}

/// What the ledger charged, by price.
fn lines(names: &mut Names<'_>, sums: &[Charged]) -> Outcome<(Vec<Line>, Vec<String>)> {
    let (mut lines, mut currencies) = (Vec::<Line>::new(), Vec::new());
    // Sums of one price that ended in several ways stand beside each other but for the state.
    for sum in sums.iter().filter(|sum| sum.units > 0) {
        let currency = names.currency(sum.of.tariff, sum.generation)?.unwrap_or_default();
        if !currencies.contains(&currency) {
            currencies.push(currency);
        }
        let (tariff, of) = (names.name(Kind::Tariff, sum.of.tariff)?, &sum.of);
        let same = |line: &&mut Line| {
            (&line.tariff, line.tariff_version) == (&tariff, of.version)
                && (&line.prefix, line.price_micros) == (&of.prefix, of.price_micros)
        };
        if let Some(line) = lines.iter_mut().find(same) {
            line.units += sum.units;
            line.charge_micros = line.charge_micros.saturating_add(sum.micros);
            continue;
        }
        lines.push(Line {
            tariff,
            tariff_version: of.version,
            prefix: of.prefix.clone(),
            price_micros: of.price_micros,
            units: sum.units,
            charge_micros: sum.micros,
        });
    }
    lines.sort_by(|one, other| {
        let key = |line: &Line| (line.tariff.clone(), line.tariff_version, line.prefix.clone());
        key(one).cmp(&key(other)).then(one.price_micros.cmp(&other.price_micros))
    });
    Ok((lines, currencies))
}

/// Refuses a ledger that does not say what the records say.
fn agree(sums: &[Charged], total_micros: i64) -> Outcome<()> {
    let due = sums.iter().try_fold(0_i64, |sum, one| sum.checked_add(one.due_micros));
    let by_records = due.ok_or_else(|| Fault::failed("the sum is too large"))?;
    if by_records == total_micros {
        return Ok(());
    }
    Err(Fault::failed(format!(
        "the ledger says {} and the records say {}: this must never be",
        money::amount(total_micros),
        money::amount(by_records)
    ))
    .cure("keep the store and the journals, and report it"))
}

/// What was agreed with a carrier, as it last was.
struct Terms {
    /// When it is charged.
    charge_on: String,
    currency: String,
    /// For each month, by its units.
    fees: BTreeMap<u64, Money>,
}

fn terms(names: &mut Names<'_>, carrier: u32) -> Outcome<Terms> {
    let (env, _) = names.key(Kind::Carrier, carrier)?;
    let Some(Body::Carrier(body)) = names.body(Kind::Carrier, carrier, LATEST)? else {
        let (charge_on, currency) = ("accepted".to_owned(), String::new());
        return Ok(Terms { charge_on, currency, fees: BTreeMap::new() });
    };
    let (charge_on, tariff) = (body.charge_on.clone(), body.tariff.clone());
    let (mut currency, mut fees) = (String::new(), BTreeMap::new());
    if let Some(tariff) = tariff {
        let ids = names.ids(Kind::Tariff, &tariff)?;
        if let Some((_, id)) = ids.into_iter().find(|(world, _)| *world == env) {
            currency = names.currency(id, LATEST)?.unwrap_or_default();
            if let Some(Body::Tariff(tariff)) = names.body(Kind::Tariff, id, LATEST)? {
                fees.clone_from(&tariff.fees);
            }
        }
    }
    Ok(Terms { charge_on, currency, fees })
}

const LATEST: u64 = u64::MAX;

impl Period {
    fn shown(&self) -> PeriodShown {
        PeriodShown {
            from: rfc3339(self.from_ns as u64, 0),
            to: rfc3339(self.to_ns as u64, 0),
            basis: "ts_received".to_owned(),
            half_open: true,
        }
    }
}

#[cfg(test)]
mod tests;
