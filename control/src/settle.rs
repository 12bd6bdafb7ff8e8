//! What a carrier owes for a period.
//!
//! The ledger says what was charged; the records say for what. Both are summed, whole hours that
//! are closed once and for all ([`charged`]), and a settlement whose sums differ is refused rather
//! than printed.

use routing::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account;
use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::fault::{Code, Fault, Outcome, nearest};
use crate::folio::{Charged, charged};
use crate::model::{Body, Kind, Tariff};
use crate::money;
use crate::store::Db;
use crate::zone::UTC;

mod closed;
mod forms;
mod period;
mod volume;

pub use closed::{ClosedRow, Seal, close, list as closed};
pub use forms::{XLSX, csv, html, xlsx};
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
    /// The first instant: a date, a date and an hour, or an RFC 3339 time.
    pub from: Option<String>,
    /// The first instant that no longer counts.
    pub to: Option<String>,
    /// The zone of days, hours and months; that of the carrier's tariff, if nothing is said.
    pub zone: Option<String>,
}

/// The settlement; keys and their order are part of the interface.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
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
    /// Units charged and not given back.
    pub billing_units: i64,
    /// When it is charged.
    pub charge_on: String,
    /// Units charged and given back, as the rule of that time said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded_units: i64,
    /// What was given back, in millionths; the lines and the total are without it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded_micros: i64,
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
    /// What is due beside prices and fees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extras: Vec<Extra>,
    /// What is to be paid.
    pub due: String,
    /// Who closed the period; it says the same ever after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Seal>,
}

/// Something that is due, or not due, beside the prices.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Extra {
    /// `tiers`, `minimum`, or a booking: `adjustment`, `credit-note`, `correction`.
    pub kind: String,
    /// For what.
    pub what: String,
    /// How much; less than 0 is in favour of the carrier.
    pub amount_micros: i64,
}

/// The period of a settlement.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct PeriodShown {
    /// The first instant.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// The zone of its days, if that is not UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Which of a record's times decides.
    pub basis: String,
    /// The end does not belong to it.
    pub half_open: bool,
}

/// The messages of one price.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Line {
    /// The tariff.
    pub tariff: String,
    /// Its version when they were accepted.
    pub tariff_version: u32,
    /// When the price list began that gave the price; none has no beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The prefix that gave the price.
    pub prefix: String,
    /// The price of a unit.
    pub price_micros: i64,
    /// How many units.
    pub units: i64,
    /// What they cost together.
    pub charge_micros: i64,
}

/// Settles from a store that was harvested up to now; what a closed period came to stands.
pub fn settle(db: &Db, question: &Question) -> Outcome<Settlement> {
    let mut names = Names::new(db);
    let (carrier, period, terms) = subject(&mut names, question)?;
    let Some(kept) = closed::kept(db, carrier, &period)? else {
        return fresh(db, &mut names, question, (carrier, &period, &terms));
    };
    let times = (period.from_ns, period.to_ns);
    let open_micros = closed::open_micros(db, carrier, times, &kept)?;
    if open_micros != 0 {
        let (carrier, from, to) = (&kept.carrier, &kept.period.from, &kept.period.to);
        tracing::warn!(carrier, from, to, open_micros, "a closed period is to be corrected");
    }
    Ok(kept)
}

/// Who is meant, for what time, and what was agreed.
fn subject(names: &mut Names<'_>, question: &Question) -> Outcome<(u32, Period, Terms)> {
    let carrier = find(names, &question.carrier, question.env.as_deref())?;
    let terms = terms(names, carrier)?;
    let usual = terms.tariff.as_ref().map_or(UTC, |(_, tariff)| tariff.zone.as_str());
    let period = Period::of(question, usual)?;
    Ok((carrier, period, terms))
}

/// What the ledger, the records and the account say of a period.
fn fresh(
    db: &Db,
    names: &mut Names<'_>,
    question: &Question,
    (carrier, period, terms): (u32, &Period, &Terms),
) -> Outcome<Settlement> {
    let sums = charged(db, carrier, (period.from_ns, period.to_ns))?;
    let counts = count(&sums);
    let (lines, currencies) = lines(names, &sums)?;
    let total_micros = sum_of(lines.iter().map(|line| line.charge_micros))?;
    agree(&sums, total_micros)?;
    let own = terms.tariff.as_ref().map(|(id, tariff)| (*id, tariff));
    let (monthly_fee_micros, mut extras) = match own {
        Some(own) => volume::of(db, carrier, period, own)?,
        None => (0, Vec::new()),
    };
    for (kind, what, micros) in account::due_in(db, carrier, (period.from_ns, period.to_ns))? {
        // What is booked in favour of the carrier is not to be paid.
        extras.push(Extra { kind: kind.word().to_owned(), what, amount_micros: -micros });
    }
    let currency = match currencies.as_slice() {
        [] => own.map(|(_, tariff)| tariff.currency.clone()).unwrap_or_default(),
        [one] => one.clone(),
        several => {
            return Err(Fault::invalid(format!(
                "the period has charges in {}; settle the time before and after the change",
                several.join(" and ")
            )));
        }
    };
    let beside = extras.iter().map(|extra| extra.amount_micros);
    let due = money::amount(sum_of(beside.chain([total_micros, monthly_fee_micros]))?);
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
        charge_on: terms.charge_on.clone(),
        refunded_units: sums.iter().map(|sum| sum.refunded_units).sum(),
        refunded_micros: sum_of(sums.iter().map(|sum| sum.refunded_micros))?,
        lines,
        total_micros,
        due: format!("{due} {currency}").trim_end().to_owned(),
        total: money::amount(total_micros),
        currency,
        monthly_fee_micros,
        extras,
        closed: None,
    })
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A sum that is exact, or a fault.
fn sum_of(amounts: impl IntoIterator<Item = i64>) -> Outcome<i64> {
    let mut amounts = amounts.into_iter();
    let sum = amounts.try_fold(0i64, i64::checked_add);
    sum.ok_or_else(|| Fault::failed("the sum is too large"))
}

/// The carrier of a name.
pub(crate) fn find(names: &Names<'_>, carrier: &str, env: Option<&str>) -> Outcome<u32> {
    let mut found = names.ids(Kind::Carrier, carrier)?;
    found.retain(|(world, _)| env.is_none_or(|env| env == world));
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
        let since = (of.since_ns > 0).then(|| rfc3339(of.since_ns.unsigned_abs(), 0));
        let same = |line: &&mut Line| {
            (&line.tariff, line.tariff_version, &line.since) == (&tariff, of.version, &since)
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
            since,
            prefix: of.prefix.clone(),
            price_micros: of.price_micros,
            units: sum.units,
            charge_micros: sum.micros,
        });
    }
    lines.sort_by(|one, other| {
        let key = |line: &Line| (line.tariff.clone(), line.tariff_version, line.prefix.clone());
        let rest = |line: &Line| (line.price_micros, line.since.clone());
        key(one).cmp(&key(other)).then(rest(one).cmp(&rest(other)))
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
    tariff: Option<(u32, Tariff)>,
}

fn terms(names: &mut Names<'_>, carrier: u32) -> Outcome<Terms> {
    let (env, _) = names.key(Kind::Carrier, carrier)?;
    let Some(Body::Carrier(body)) = names.body(Kind::Carrier, carrier, LATEST)? else {
        return Ok(Terms { charge_on: "accepted".to_owned(), tariff: None });
    };
    let (charge_on, name) = (body.charge_on.clone(), body.tariff.clone());
    let mut tariff = None;
    if let Some(name) = name {
        let ids = names.ids(Kind::Tariff, &name)?;
        if let Some((_, id)) = ids.into_iter().find(|(world, _)| *world == env)
            && let Some(Body::Tariff(body)) = names.body(Kind::Tariff, id, LATEST)?
        {
            tariff = Some((id, body.clone()));
        }
    }
    Ok(Terms { charge_on, tariff })
}

const LATEST: u64 = u64::MAX;

#[cfg(test)]
mod tests;
