//! What carriers paid, and what else was booked to their accounts, each by somebody for a reason.
//!
//! Nothing is ever changed or removed: what was wrong is set right by another booking. The sum of
//! a carrier's bookings is what it may spend beyond its credit; nodes learn it from a file beside
//! their plans ([`Paid`]), so that whoever pays can send a moment later, without a commit, and a
//! rollback takes no money away.

use std::collections::BTreeMap;

use routing::Paid;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cdr::Names;
use crate::clock::rfc3339;
use crate::fault::{Code, Fault, Outcome};
use crate::model::{self, Body};
use crate::money;
use crate::store::{Db, Row, given};

mod balance;

pub use balance::{Balance, balances};

/// What a booking is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Money came.
    Payment,
    /// Something was wrong, in either direction.
    Adjustment,
    /// Something is not to be paid after all.
    CreditNote,
    /// What a closed period came to beside its prices.
    Closing,
    /// What was learned of a closed period later.
    Correction,
}

/// What somebody wants to book.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Whose account.
    pub carrier: String,
    /// In which environment; needed where several have a carrier of that name.
    #[serde(default)]
    pub env: Option<String>,
    /// `payment`, `adjustment` or `credit-note`.
    pub kind: Kind,
    /// How much, in the currency of its tariff, such as `100.00`; an adjustment may take.
    pub amount: String,
    /// Why.
    pub reason: String,
}

/// A booking.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct Booked {
    /// Its number.
    pub id: u64,
    /// The environment.
    pub env: String,
    /// Whose account.
    pub carrier: String,
    /// When, RFC 3339.
    pub at: String,
    /// What it is.
    pub kind: Kind,
    /// In favour of the carrier; less than 0 is to its debit.
    pub amount_micros: i64,
    /// The same as people write it.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Who.
    pub author: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub reason: String,
}

/// A booking that is to be.
pub(crate) struct Booking {
    pub(crate) carrier: u32,
    pub(crate) kind: Kind,
    /// In favour of the carrier.
    pub(crate) micros: i64,
    pub(crate) currency: String,
    pub(crate) reason: String,
    /// The first instant of the closed period that it corrects.
    pub(crate) of: Option<i64>,
}

impl Kind {
    const ALL: [(&'static str, Self); 5] = [
        ("payment", Self::Payment),
        ("adjustment", Self::Adjustment),
        ("credit-note", Self::CreditNote),
        ("closing", Self::Closing),
        ("correction", Self::Correction),
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, kind)| *kind == self);
        known.expect("every kind has its word").0
    }

    /// Does a word name one of them?
    pub(crate) fn is_word(word: &str) -> bool {
        Self::ALL.iter().any(|(known, _)| *known == word)
    }

    fn parse(word: &str) -> Outcome<Self> {
        let known = Self::ALL.iter().find(|(known, _)| *known == word);
        known.map(|(_, kind)| *kind).ok_or_else(|| Fault::failed(format!("'{word}' is no booking")))
    }
}

impl Booking {
    /// Writes it; says under which number.
    pub(crate) fn write(
        &self,
        db: &Db,
        (author, origin): (&str, &str),
        at_ns: u64,
    ) -> Outcome<u64> {
        let sql = "INSERT INTO booking (id, carrier, at_ns, kind, amount_micros, currency, author,
                origin, reason, of_ns)
             VALUES (1 + (SELECT coalesce(max(id), 0) FROM booking), ?1, ?2, ?3, ?4, ?5, ?6, ?7,
                ?8, ?9)
             RETURNING id";
        let kind = self.kind.word();
        let given = given![
            self.carrier,
            at_ns,
            kind,
            self.micros,
            &self.currency,
            author,
            origin,
            &self.reason,
            self.of
        ];
        let id = db.one(sql, given, |row| row.get(0))?;
        id.ok_or_else(|| Fault::failed("it was not booked"))
    }
}

/// Books what somebody wants.
pub fn book(db: &Db, wish: &Wish, who: (&str, &str), at_ns: u64) -> Outcome<Booked> {
    let Wish { carrier, env, kind, amount, reason } = wish;
    let mut names = Names::new(db);
    let id = crate::settle::find(&names, carrier, env.as_deref())?;
    let (digits, sign) = match amount.strip_prefix('-') {
        Some(digits) => (digits, -1),
        None => (amount.as_str(), 1),
    };
    let micros = money::parse_micros(digits).map_err(|error| {
        Fault::new(Code::Usage, format!("'{amount}': {error}")).cure("write 100.00")
    })?;
    let micros = micros * sign;
    match kind {
        Kind::Payment | Kind::CreditNote if micros <= 0 => {
            let error = format!("a {} is more than nothing", kind.word());
            return Err(Fault::invalid(error).cure("signalbox carrier adjust takes, too"));
        }
        Kind::Adjustment if micros == 0 => return Err(Fault::invalid("this adjusts nothing")),
        Kind::Closing | Kind::Correction => {
            return Err(Fault::invalid("this is booked when a period is closed"));
        }
        Kind::Payment | Kind::CreditNote | Kind::Adjustment => {}
    }
    if reason.trim().is_empty() || reason.len() > REASON_MAX {
        return Err(Fault::invalid(format!("say why, in 1 to {REASON_MAX} characters")));
    }
    let currency = currency(&mut names, id)?;
    let sql = "SELECT currency FROM booking WHERE carrier = ?1 ORDER BY id LIMIT 1";
    let first: Option<String> = db.one(sql, given![id], |row| row.get(0))?;
    if let Some(first) = first.filter(|first| *first != currency) {
        let error = format!("the account of {carrier} is in {first}, its tariff in {currency}");
        return Err(
            Fault::invalid(error).cure("one account has one currency: make another carrier")
        );
    }
    let booking =
        Booking { carrier: id, kind: *kind, micros, currency, reason: reason.clone(), of: None };
    let id = db.whole(|db| {
        let total = total(db, booking.carrier)?;
        total.checked_add(micros).ok_or_else(|| Fault::invalid("the sum is too large"))?;
        booking.write(db, who, at_ns)
    })?;
    let read = |row: &Row<'_>| booked(row, &mut names);
    let sql = format!("{BOOKED} WHERE id = ?1");
    db.one(&sql, given![id], read)?.ok_or_else(|| Fault::failed("it was not booked"))
}

/// The currency of a carrier's tariff, as it now is.
fn currency(names: &mut Names<'_>, carrier: u32) -> Outcome<String> {
    let (env, name) = names.key(model::Kind::Carrier, carrier)?;
    let tariff = match names.body(model::Kind::Carrier, carrier, u64::MAX)? {
        Some(Body::Carrier(body)) => body.tariff.clone(),
        _ => None,
    };
    let none = || Fault::invalid(format!("{name} has no tariff, and so no currency"));
    let tariff = tariff.ok_or_else(none)?;
    let ids = names.ids(model::Kind::Tariff, &tariff)?;
    let (_, id) = ids.into_iter().find(|(world, _)| *world == env).ok_or_else(none)?;
    names.currency(id, u64::MAX)?.ok_or_else(none)
}

/// The bookings of an account, or of all, oldest first.
pub fn list(db: &Db, carrier: Option<&str>, env: Option<&str>) -> Outcome<Vec<Booked>> {
    let mut names = Names::new(db);
    let mut rows = Vec::new();
    db.each(&format!("{BOOKED} ORDER BY id"), &[], |row| {
        let row = booked(row, &mut names)?;
        let wanted = carrier.is_none_or(|carrier| *carrier == row.carrier)
            && env.is_none_or(|env| *env == row.env);
        if wanted {
            rows.push(row);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// What was booked to an account in a period that is due in it: all but what came as payment.
pub(crate) fn due_in(
    db: &Db,
    carrier: u32,
    (from_ns, to_ns): (i64, i64),
) -> Outcome<Vec<(Kind, String, i64)>> {
    let sql = "SELECT kind, reason, amount_micros FROM booking
         WHERE carrier = ?1 AND at_ns >= ?2 AND at_ns < ?3
            AND kind IN ('adjustment', 'credit-note', 'correction') ORDER BY id";
    db.all(sql, given![carrier, from_ns, to_ns], |row| {
        let kind: String = row.get(0)?;
        Ok((Kind::parse(&kind)?, row.get(1)?, row.get(2)?))
    })
}

/// What was booked to correct a closed period, in favour of the carrier.
pub(crate) fn corrected(db: &Db, carrier: u32, of_ns: i64) -> Outcome<i64> {
    let sql = "SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM booking
         WHERE carrier = ?1 AND of_ns = ?2";
    Ok(db.one(sql, given![carrier, of_ns], |row| row.get(0))?.unwrap_or_default())
}

fn total(db: &Db, carrier: u32) -> Outcome<i64> {
    let sql = "SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM booking
         WHERE carrier = ?1";
    Ok(db.one(sql, given![carrier], |row| row.get(0))?.unwrap_or_default())
}

/// What nodes are to know: for each account with a booking, what it may spend beyond its credit.
pub fn paid(db: &Db) -> Outcome<Vec<Paid>> {
    let mut names = Names::new(db);
    let sql = "SELECT carrier, CAST(sum(amount_micros) AS BIGINT) FROM booking
         GROUP BY carrier ORDER BY carrier";
    let sums: BTreeMap<u32, i64> =
        db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
    let mut paid = Vec::with_capacity(sums.len());
    for (carrier, micros) in sums {
        let (env, _) = names.key(model::Kind::Carrier, carrier)?;
        for (_, environment) in names.ids(model::Kind::Environment, &env)? {
            paid.push(Paid { environment, carrier, micros });
        }
    }
    Ok(paid)
}

fn booked(row: &Row<'_>, names: &mut Names<'_>) -> Outcome<Booked> {
    let (env, carrier) = names.key(model::Kind::Carrier, row.get("carrier")?)?;
    let amount_micros = row.get("amount_micros")?;
    let kind: String = row.get("kind")?;
    Ok(Booked {
        id: row.get("id")?,
        env,
        carrier,
        at: rfc3339(row.get("at_ns")?, 3),
        kind: Kind::parse(&kind)?,
        amount_micros,
        amount: money::amount(amount_micros),
        currency: row.get("currency")?,
        author: row.get("author")?,
        origin: row.get("origin")?,
        reason: row.get("reason")?,
    })
}

const BOOKED: &str = "SELECT id, carrier, at_ns, kind, amount_micros, currency, author, origin,
    reason FROM booking";

const REASON_MAX: usize = 500;

#[cfg(test)]
mod tests;
