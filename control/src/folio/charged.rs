//! What a carrier's Sms of a period come to: from the sums of folios where an hour lies in the
//! period as a whole, and from the records where it does not, or where nothing is closed yet.

use std::collections::BTreeMap;

use super::fold::HOUR_NS;
use crate::fault::Outcome;
use crate::store::{CHARGED, Db, GIVEN_BACK, Row, due, given, refunded};

/// What the records of one price and one outcome come to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Charged {
    /// What they have in common.
    pub of: Terms,
    /// The latest generation that rated one of them.
    pub generation: u64,
    /// How many there are.
    pub messages: i64,
    /// Units of those that the ledger charged and did not give back.
    pub units: i64,
    /// What the ledger charged, less what it gave back.
    pub micros: i64,
    /// Units of those that it charged and gave back.
    pub refunded_units: i64,
    /// What it gave back.
    pub refunded_micros: i64,
    /// What the records say is due; anything else than that must never be.
    pub due_micros: i64,
}

/// What records that are summed together have in common.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Terms {
    /// The tariff; 0 for none.
    pub tariff: u32,
    /// Its version.
    pub version: u32,
    /// When the price list began that gave the price, Unix nanoseconds; 0 has no beginning.
    pub since_ns: i64,
    /// The prefix that gave the price.
    pub prefix: String,
    /// The price of a unit.
    pub price_micros: i64,
    /// Were they refused?
    pub refused: bool,
    /// How they ended, in SMPP's numbers; 0 for those that did not.
    pub state: u8,
}

/// Sums up a carrier's period: from an instant up to, and not with, another.
pub fn charged(db: &Db, carrier: u32, (from_ns, to_ns): (i64, i64)) -> Outcome<Vec<Charged>> {
    let (first, behind) = (from_ns.div_euclid(HOUR_NS), to_ns.div_euclid(HOUR_NS));
    let first = first + i64::from(from_ns.rem_euclid(HOUR_NS) != 0);
    let mut sums = Adding::default();
    if first >= behind {
        sums.rows(db, &RowsOf::all(carrier, (from_ns, to_ns)))?;
        return Ok(sums.done());
    }
    let (begin_ns, end_ns) = (first * HOUR_NS, behind * HOUR_NS);
    sums.rows(db, &RowsOf::all(carrier, (from_ns, begin_ns)))?;
    sums.rows(db, &RowsOf::all(carrier, (end_ns, to_ns)))?;
    let sql = "SELECT tariff, version, prefix, price_micros, refused, state, max(generation),
            CAST(sum(messages) AS BIGINT), CAST(sum(charged_units) AS BIGINT),
            CAST(sum(charged_micros) AS BIGINT), CAST(sum(charged_micros) AS BIGINT), since_ns,
            CAST(sum(refunded_units) AS BIGINT), CAST(sum(refunded_micros) AS BIGINT)
         FROM folio_sum WHERE carrier = ?1 AND hour >= ?2 AND hour < ?3
         GROUP BY 1, 2, 3, 4, 5, 6, 12";
    db.each(sql, given![carrier, first, behind], |row| sums.add(row))?;
    for folio in unsummed(db)? {
        sums.rows(db, &RowsOf { carrier, span: (begin_ns, end_ns), folio })?;
    }
    Ok(sums.done())
}

/// In which folio records may be that are in no sum: in none, or in one that is not bound.
fn unsummed(db: &Db) -> Outcome<Vec<Option<Option<u64>>>> {
    let open = db.all("SELECT number FROM folio WHERE state < 2", &[], |row| row.get(0))?;
    let open = open.into_iter().map(|number| Some(Some(number)));
    Ok(std::iter::once(Some(None)).chain(open).collect())
}

/// Which records are summed one by one.
struct RowsOf {
    carrier: u32,
    span: (i64, i64),
    /// Those of a folio, or of none; `None` for all.
    folio: Option<Option<u64>>,
}

impl RowsOf {
    fn all(carrier: u32, span: (i64, i64)) -> Self {
        Self { carrier, span, folio: None }
    }
}

/// Sums as they grow.
#[derive(Default)]
struct Adding {
    by_terms: BTreeMap<Terms, Charged>,
}

impl Adding {
    fn rows(&mut self, db: &Db, rows: &RowsOf) -> Outcome<()> {
        let (from_ns, to_ns) = rows.span;
        if from_ns >= to_ns {
            return Ok(());
        }
        let folio = match rows.folio {
            None => String::new(),
            Some(None) => " AND c.folio IS NULL".to_owned(),
            Some(Some(number)) => format!(" AND c.folio = {number}"),
        };
        let (due, refunded) = (due(), refunded());
        let sql = format!(
            "SELECT coalesce(c.tariff, 0), coalesce(c.tariff_version, 0), coalesce(c.prefix, ''),
                CASE WHEN c.tariff IS NULL THEN 0 ELSE c.price_micros END,
                CASE WHEN c.refusal IS NULL THEN 0 ELSE 1 END, coalesce(c.state, 0),
                coalesce(max(c.generation), 0), count(*),
                CAST(coalesce(sum(CASE WHEN c.booked IS NOT NULL AND c.back IS NULL THEN c.units
                    END), 0) AS BIGINT),
                CAST(coalesce(sum(c.booked), 0) + coalesce(sum(c.back), 0) AS BIGINT),
                CAST(coalesce(sum(c.due), 0) + coalesce(sum(c.refunded), 0) AS BIGINT),
                coalesce(c.tariff_since_ns, 0),
                CAST(coalesce(sum(CASE WHEN c.back IS NOT NULL THEN c.units END), 0) AS BIGINT),
                CAST(coalesce(-sum(c.back), 0) AS BIGINT)
             FROM (SELECT c.*, l.amount_micros AS booked, {GIVEN_BACK} AS back, {due} AS due,
                    {refunded} AS refunded
                 FROM cdr AS c {CHARGED}
                 WHERE c.carrier = ?1 AND c.received_ns >= ?2 AND c.received_ns < ?3{folio}) AS c
             GROUP BY 1, 2, 3, 4, 5, 6, 12"
        );
        db.each(&sql, given![rows.carrier, from_ns, to_ns], |row| self.add(row))
    }

    fn add(&mut self, row: &Row<'_>) -> Outcome<()> {
        let of = Terms {
            tariff: row.get(0)?,
            version: row.get(1)?,
            since_ns: row.get(11)?,
            prefix: row.get(2)?,
            price_micros: row.get(3)?,
            refused: row.get(4)?,
            state: row.get(5)?,
        };
        let sum =
            self.by_terms.entry(of.clone()).or_insert_with(|| Charged { of, ..Charged::default() });
        sum.generation = sum.generation.max(row.get(6)?);
        sum.messages += row.get::<_, i64>(7)?;
        sum.units += row.get::<_, i64>(8)?;
        sum.micros = sum.micros.saturating_add(row.get(9)?);
        sum.due_micros = sum.due_micros.saturating_add(row.get(10)?);
        sum.refunded_units += row.get::<_, i64>(12)?;
        sum.refunded_micros = sum.refunded_micros.saturating_add(row.get(13)?);
        Ok(())
    }

    fn done(self) -> Vec<Charged> {
        self.by_terms.into_values().collect()
    }
}
