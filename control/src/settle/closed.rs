//! Periods that are closed: what they came to stands, whatever is learned later.
//!
//! A closed period is settled from what was kept, and held against the ledger. What the ledger
//! says otherwise by then, because records came late, is booked to the account as a correction
//! when the next period is closed: it is due in the period that is open, and the closed one
//! stays as it was printed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Period, Question, Settlement, fresh, subject, sum_of};
use crate::account::{self, Kind};
use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::fault::{Fault, Outcome};
use crate::folio::charged;
use crate::store::{Db, given};

/// When a period was closed, and by whom.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Seal {
    /// When, RFC 3339.
    pub at: String,
    /// By whom.
    pub by: String,
}

/// A closed period.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct ClosedRow {
    /// The environment.
    pub env: String,
    /// The carrier.
    pub carrier: String,
    /// The first instant.
    pub from: String,
    /// The first instant that no longer counts.
    pub to: String,
    /// What was due.
    pub due: String,
    /// When it was closed.
    pub at: String,
    /// By whom.
    pub by: String,
    /// What the ledger says now beyond that and beyond the corrections that are booked.
    pub open_micros: i64,
}

/// What was kept of a period that is closed.
pub(super) fn kept(db: &Db, carrier: u32, period: &Period) -> Outcome<Option<Settlement>> {
    let sql = "SELECT body FROM closed WHERE carrier = ?1 AND from_ns = ?2 AND to_ns = ?3";
    let given = given![carrier, period.from_ns, period.to_ns];
    let body: Option<String> = db.one(sql, given, |row| row.get(0))?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

/// What the ledger says of a closed period beyond what was kept and corrected since.
pub(super) fn open_micros(
    db: &Db,
    carrier: u32,
    (from_ns, to_ns): (i64, i64),
    kept: &Settlement,
) -> Outcome<i64> {
    let sums = charged(db, carrier, (from_ns, to_ns))?;
    let now = sum_of(sums.iter().map(|sum| sum.micros))?;
    // What a correction takes from an account, its period had come to more.
    let booked = account::corrected(db, carrier, from_ns)?;
    sum_of([now, -kept.total_micros, booked])
}

/// Closes a period of a carrier that is over.
pub fn close(
    db: &Db,
    question: &Question,
    (by, origin): (&str, &str),
    now_ns: u64,
) -> Outcome<Settlement> {
    let mut names = Names::new(db);
    let (carrier, period, terms) = subject(&mut names, question)?;
    if period.to_ns > now_ns as i64 {
        let error = format!("the period ends {}: it is not over", period.shown().to);
        return Err(Fault::invalid(error));
    }
    let sql =
        "SELECT from_ns, to_ns FROM closed WHERE carrier = ?1 AND from_ns < ?3 AND to_ns > ?2";
    let given = given![carrier, period.from_ns, period.to_ns];
    let inside = |row: &crate::store::Row<'_>| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?));
    if let Some((from_ns, to_ns)) = db.one(sql, given, inside)? {
        let (from, to) = (rfc3339(from_ns, 0), rfc3339(to_ns, 0));
        return Err(Fault::invalid(format!("{from} to {to} is closed already"))
            .cure("see: signalbox closed"));
    }
    let mut settlement = fresh(db, &mut names, question, (carrier, &period, &terms))?;
    settlement.closed = Some(Seal { at: rfc3339(now_ns, 0), by: by.to_owned() });
    let body = serde_json::to_string(&settlement)?;
    let currency = settlement.currency.clone();
    let book = |kind, micros: i64, reason: String, of: Option<i64>| {
        let currency = currency.clone();
        account::Booking { carrier, kind, micros, currency, reason, of }.write(
            db,
            (by, origin),
            now_ns,
        )
    };
    db.whole(|db| {
        for (from_ns, to_ns, earlier) in all(db, carrier)? {
            let micros = open_micros(db, carrier, (from_ns, to_ns), &earlier)?;
            if micros != 0 {
                let PeriodWords(words) = PeriodWords::of(&earlier);
                book(
                    Kind::Correction,
                    -micros,
                    format!("{words}: records that came late"),
                    Some(from_ns),
                )?;
            }
        }
        let sql = "INSERT INTO closed (carrier, from_ns, to_ns, zone, at_ns, author, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        db.tell(
            sql,
            given![carrier, period.from_ns, period.to_ns, &period.zone, now_ns, by, body],
        )?;
        let own = settlement.extras.iter().filter(|extra| !Kind::is_word(&extra.kind));
        let beside =
            sum_of(own.map(|extra| extra.amount_micros).chain([settlement.monthly_fee_micros]))?;
        if beside != 0 {
            let PeriodWords(words) = PeriodWords::of(&settlement);
            book(Kind::Closing, -beside, format!("{words}: volume, minimum and fees"), None)?;
        }
        Ok(())
    })?;
    Ok(settlement)
}

/// Every closed period, oldest first.
pub fn list(db: &Db, carrier: Option<&str>, env: Option<&str>) -> Outcome<Vec<ClosedRow>> {
    let mut names = Names::new(db);
    let mut rows = Vec::new();
    let carriers: Vec<u32> =
        db.all("SELECT DISTINCT carrier FROM closed ORDER BY carrier", &[], |row| row.get(0))?;
    for id in carriers {
        let (world, name) = names.key(crate::model::Kind::Carrier, id)?;
        if carrier.is_some_and(|wanted| wanted != name) || env.is_some_and(|env| env != world) {
            continue;
        }
        for (from_ns, to_ns, kept) in all(db, id)? {
            let open_micros = open_micros(db, id, (from_ns, to_ns), &kept)?;
            let Seal { at, by } = kept.closed.ok_or_else(unsealed)?;
            let (env, carrier) = (world.clone(), name.clone());
            let (from, to, due) = (kept.period.from, kept.period.to, kept.due);
            rows.push(ClosedRow { env, carrier, from, to, due, at, by, open_micros });
        }
    }
    Ok(rows)
}

fn all(db: &Db, carrier: u32) -> Outcome<Vec<(i64, i64, Settlement)>> {
    let sql = "SELECT from_ns, to_ns, body FROM closed WHERE carrier = ?1 ORDER BY from_ns";
    db.all(sql, given![carrier], |row| {
        let body: String = row.get(2)?;
        Ok((row.get(0)?, row.get(1)?, serde_json::from_str(&body)?))
    })
}

/// A period as an account names it.
struct PeriodWords(String);

impl PeriodWords {
    fn of(settlement: &Settlement) -> Self {
        let day = |text: &str| text.split('T').next().unwrap_or_default().to_owned();
        let (from, to) = (&settlement.period.from, &settlement.period.to);
        Self(format!("{}..{}", day(from), day(to)))
    }
}

fn unsealed() -> Fault {
    Fault::failed("a closed period does not say who closed it")
}

#[cfg(test)]
mod tests;
