//! How accounts stand.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::currency;
use crate::cdr::Names;
use crate::fault::{Fault, Outcome};
use crate::model::{Body, Kind};
use crate::money;
use crate::store::{Db, charged};
use crate::watch::NodeView;

/// How the account of a carrier stands.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Balance {
    /// The environment.
    pub env: String,
    /// The carrier.
    pub carrier: String,
    /// ISO 4217.
    pub currency: String,
    /// What was booked, in its favour, in millionths.
    pub booked_micros: i64,
    /// What its SMS were charged.
    pub charged_micros: i64,
    /// Booked less charged.
    pub balance_micros: i64,
    /// What is held for SMS that may still be charged.
    pub held_micros: i64,
    /// What it may owe; none is without a limit.
    pub credit_micros: Option<i64>,
    /// What it may still spend, as its bank says; none without a limit, or if its bank is down.
    pub left_micros: Option<i64>,
    /// The balance as people write it.
    pub balance: String,
    /// The same of what is held.
    pub held: String,
    /// The same of what is left.
    pub left: Option<String>,
}

/// The accounts of all carriers that have bookings or a credit, or of one.
pub fn balances(
    db: &Db,
    boards: &[NodeView],
    (carrier, env): (Option<&str>, Option<&str>),
) -> Outcome<Vec<Balance>> {
    let mut names = Names::new(db);
    let sum = |sql: &str| -> Outcome<BTreeMap<u32, i64>> {
        let rows = db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.into_iter().collect())
    };
    let booked = sum("SELECT carrier, CAST(sum(amount_micros) AS BIGINT) FROM booking GROUP BY 1")?;
    let charged = charged(db)?;
    let all: Vec<u32> =
        db.all("SELECT id FROM identity WHERE kind = 'carrier' ORDER BY env, key", &[], |row| {
            row.get(0)
        })?;
    let mut rows = Vec::new();
    for id in all {
        let (world, name) = names.key(Kind::Carrier, id)?;
        if carrier.is_some_and(|wanted| wanted != name) || env.is_some_and(|env| env != world) {
            continue;
        }
        let credit_micros = match names.body(Kind::Carrier, id, u64::MAX)? {
            Some(Body::Carrier(body)) => body.contract.credit.map(|credit| credit.micros),
            _ => None,
        };
        if carrier.is_none() && credit_micros.is_none() && !booked.contains_key(&id) {
            continue;
        }
        let of = |sums: &BTreeMap<u32, i64>| sums.get(&id).copied().unwrap_or_default();
        let (booked_micros, charged_micros) = (of(&booked), of(&charged));
        // A node that has just started says nothing yet of what was spent before.
        let taken = taken(boards, id)
            .filter(|_| credit_micros.is_some())
            .map(|taken| taken.max(charged_micros));
        let less = |one: i64, other: i64| {
            one.checked_sub(other).ok_or_else(|| Fault::failed("the sum is too large"))
        };
        let balance_micros = less(booked_micros, charged_micros)?;
        let held_micros = taken.map_or(0, |taken| taken.saturating_sub(charged_micros));
        let left_micros = taken
            .zip(credit_micros)
            .map(|(taken, credit)| credit.saturating_add(booked_micros).saturating_sub(taken));
        rows.push(Balance {
            env: world,
            carrier: name,
            currency: currency(&mut names, id).unwrap_or_default(),
            booked_micros,
            charged_micros,
            balance_micros,
            held_micros,
            credit_micros,
            left_micros,
            balance: money::amount(balance_micros),
            held: money::amount(held_micros),
            left: left_micros.map(money::amount),
        });
    }
    Ok(rows)
}

/// What a carrier has spent or holds, as its banks say.
fn taken(boards: &[NodeView], carrier: u32) -> Option<i64> {
    let live = boards.iter().filter(|view| view.is_up());
    let pages = live.flat_map(|view| &view.pages);
    if boards.iter().all(|view| view.pages.is_empty()) {
        return None;
    }
    let rows = pages.flat_map(|page| &page.credits).filter(|row| row.carrier == carrier);
    Some(rows.map(|row| row.spent_micros).sum())
}
