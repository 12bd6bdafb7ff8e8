//! Reconciles a carrier's own file with our records: each of its rows finds ours by the message
//! id, else by number and time, and every difference is explained, so that the sum of the
//! explanations is the difference of the sums.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::fault::{Fault, Outcome};
use crate::money;
use crate::settle;
use crate::store::Db;
use crate::zone::UTC;

mod matching;
mod ours;
mod theirs;

pub use theirs::{Their, read};

use ours::Whose;

/// What is to be reconciled; the file comes beside it.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// Who sent to us.
    pub carrier: Option<String>,
    /// Or whom we gave to.
    pub connection: Option<String>,
    /// In which environment; needed where several have one of that name.
    pub env: Option<String>,
    /// A month such as `2026-11`.
    pub month: Option<String>,
    /// The first instant: a date or an RFC 3339 time.
    pub from: Option<String>,
    /// The first instant that no longer counts.
    pub to: Option<String>,
    /// Which column of the file is what: `id=MessageID,number=To,time=Date,price=Rate`.
    pub map: Option<String>,
    /// The zone of times without one; UTC, if nothing is said.
    pub zone: Option<String>,
    /// How far apart the same Sms may be in both, in seconds; 60, if nothing is said.
    pub window_s: Option<u32>,
    /// How many differences are told one by one; 100, if nothing is said.
    pub limit: Option<u32>,
}

/// What one side says.
#[derive(Clone, Copy, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Side {
    /// Rows.
    pub rows: i64,
    /// Units.
    pub units: i64,
    /// What they come to, in millionths.
    pub micros: i64,
}

/// Why both sides differ.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// We have it, they do not.
    OnlyOurs,
    /// They have it, we do not.
    OnlyTheirs,
    /// They have it, and we refused it: nothing was charged.
    Refused,
    /// They have it twice.
    Duplicate,
    /// They have it twice, and we may have sent it twice: nobody knows how a try ended.
    PossibleDuplicate,
    /// One of us counts it in the period, the other in the one beside it.
    Timing,
    /// They count other units.
    Segments,
    /// They have another price.
    Price,
}

/// All differences of one reason.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Difference {
    /// Why.
    pub reason: Reason,
    /// How many rows.
    pub rows: i64,
    /// Their units less ours.
    pub units: i64,
    /// Their amount less ours, in millionths.
    pub micros: i64,
}

/// One difference.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Detail {
    /// Why.
    pub reason: Reason,
    /// The line of their file.
    pub line: Option<u64>,
    /// Our id.
    pub id: Option<String>,
    /// The number.
    pub number: String,
    /// When, as we have it, or they.
    pub at: String,
    /// Their units less ours.
    pub units: i64,
    /// Their amount less ours, in millionths.
    pub micros: i64,
}

/// Both sides, and why they differ: `theirs` is `ours` and all differences, to the last unit.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Reconciled {
    /// With whom.
    pub with: String,
    /// The first instant of the period.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// What we say.
    pub ours: Side,
    /// What they say.
    pub theirs: Side,
    /// How many rows both have alike.
    pub alike: i64,
    /// Why they differ, in sums.
    pub differences: Vec<Difference>,
    /// Their amount less ours, as people write it.
    pub difference: String,
    /// The first differences one by one.
    pub details: Vec<Detail>,
}

/// Reconciles their rows with ours.
pub fn reconcile(db: &Db, question: &Question, theirs: &[Their]) -> Outcome<Reconciled> {
    let whose = Whose::of(db, question)?;
    let Question { month, from, to, .. } = question.clone();
    let period = period_of(month, from, to)?;
    let period = (period.from_ns, period.to_ns);
    let window_ns = i64::from(question.window_s.unwrap_or(WINDOW_S)) * 1_000_000_000;
    let ours = ours::read(db, &whose, period, window_ns.max(EDGE_NS))?;
    let bounds = matching::Bounds { period, window_ns };
    let mut found = matching::matched(&ours, theirs, bounds)?;
    let explained: i64 = found.differences.iter().map(|one| one.micros).sum();
    let difference = found.theirs.micros - found.ours.micros;
    if explained != difference {
        return Err(Fault::failed(format!(
            "the differences come to {} and not to {}: this must never be",
            money::amount(explained),
            money::amount(difference)
        ))
        .cure("keep the file, and report it"));
    }
    found.details.truncate(question.limit.unwrap_or(DETAILS) as usize);
    let shown = |ns: i64| crate::clock::rfc3339(ns.unsigned_abs(), 0);
    Ok(Reconciled {
        with: whose.name,
        from: shown(period.0),
        to: shown(period.1),
        ours: found.ours,
        theirs: found.theirs,
        alike: found.alike,
        differences: found.differences,
        difference: money::amount(difference),
        details: found.details,
    })
}

/// A period, as a settlement of it reads it.
pub(crate) fn period_of(
    month: Option<String>,
    from: Option<String>,
    to: Option<String>,
) -> Outcome<settle::Period> {
    let asked = json!({ "carrier": "", "month": month, "from": from, "to": to });
    settle::Period::of(&serde_json::from_value(asked)?, UTC)
}

const WINDOW_S: u32 = 60;

const DETAILS: u32 = 100;

/// How far behind the ends of a period ours are looked for: a day of another zone.
const EDGE_NS: i64 = 86_400_000_000_000;

#[cfg(test)]
mod tests;
