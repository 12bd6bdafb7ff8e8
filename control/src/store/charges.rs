//! The ledger and its sums: a charge is written once, and what all charges of a carrier come to
//! stands beside them, so that nobody has to add up the whole ledger to know a balance.
//!
//! Sums are committed with the charges that they are of. A batch adds what it charged in memory
//! and changes each sum once.

use std::collections::BTreeMap;

use super::{Db, given};
use crate::fault::{Fault, Outcome};

/// What a batch charges.
pub(super) struct Charges<'a> {
    db: &'a Db,
    /// By carrier, in millionths; on a server they wait in a table of its own instead.
    fresh: BTreeMap<u32, i64>,
    /// Must all be added up again?
    doubted: bool,
}

impl<'a> Charges<'a> {
    pub(super) fn begin(db: &'a Db) -> Outcome<Self> {
        if db.is_shared() {
            db.script(FRESH)?;
        }
        Ok(Self { db, fresh: BTreeMap::new(), doubted: false })
    }

    /// Charges a message if its moment has come; once, however often it is asked for.
    pub(super) fn charge(&mut self, id: &str) -> Outcome<()> {
        let (delivered, taken) = (routing::State::Delivered as u8, routing::State::Accepted as u8);
        let given = given![id, delivered, taken];
        if self.db.is_shared() {
            // No answer is waited for: so a thousand charges are one journey to the server.
            let sql = format!(
                "WITH charged AS ({CHARGE} RETURNING carrier, amount_micros)
                 INSERT INTO ledger_fresh SELECT carrier, amount_micros FROM charged"
            );
            return self.db.tell(&sql, given);
        }
        let sql = format!("{CHARGE} RETURNING carrier, amount_micros");
        match self.db.one(&sql, given, |row| Ok((row.get(0)?, row.get(1)?)))? {
            Some((carrier, micros)) => self.add(carrier, micros),
            None => Ok(()),
        }
    }

    /// Adds what was written into the ledger.
    pub(super) fn add(&mut self, carrier: u32, micros: i64) -> Outcome<()> {
        let sum = self.fresh.entry(carrier).or_default();
        let more = sum.checked_add(micros);
        *sum = more.ok_or_else(|| Fault::failed("the sum is too large"))?;
        Ok(())
    }

    /// Nobody knows what was written: all is added up again at the end.
    pub(super) fn doubt(&mut self) {
        self.doubted = true;
    }

    /// Brings the sums up to date.
    pub(super) fn end(self) -> Outcome<()> {
        if self.db.is_shared() {
            return self.db.tell(ADD_FRESH, &[]);
        }
        if self.doubted {
            return self.db.script(ADD_UP);
        }
        let mut sums = self.fresh.iter().filter(|(_, micros)| **micros != 0);
        sums.try_for_each(|(carrier, micros)| self.db.tell(ADD, given![*carrier, *micros]))
    }
}

/// What the ledger has for each carrier, in millionths.
pub(crate) fn charged(db: &Db) -> Outcome<BTreeMap<u32, i64>> {
    let sql = "SELECT carrier, amount_micros FROM ledger_sum";
    let rows = db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// The same, from each charge.
pub(crate) fn charged_one_by_one(db: &Db) -> Outcome<BTreeMap<u32, i64>> {
    let sql = "SELECT carrier, CAST(sum(amount_micros) AS BIGINT) FROM ledger GROUP BY carrier";
    let rows = db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

const CHARGE: &str = "INSERT INTO ledger
        (carrier, received_ns, message_id, leg, kind, amount_micros)
     SELECT carrier, received_ns, id, 'customer', 'charge', charge_micros
     FROM cdr WHERE id = ?1 AND carrier IS NOT NULL AND tariff IS NOT NULL
        AND (charge_on = 'accepted' OR state = ?2
            OR charge_on = 'answered' AND state = ?3
            OR charge_on = 'submitted' AND (state = ?3 OR taken_ns IS NOT NULL))
     ON CONFLICT DO NOTHING";

/// Where a server keeps what a batch charged until the batch is committed.
const FRESH: &str = "SET LOCAL client_min_messages = warning;
     CREATE TEMPORARY TABLE IF NOT EXISTS ledger_fresh
        (carrier BIGINT NOT NULL, amount_micros BIGINT NOT NULL) ON COMMIT DELETE ROWS";

/// In the order of carriers, so that two who write wait for each other and for nothing else.
const ADD_FRESH: &str = "INSERT INTO ledger_sum (carrier, amount_micros)
     SELECT carrier, CAST(sum(amount_micros) AS BIGINT) FROM ledger_fresh
     GROUP BY carrier ORDER BY carrier
     ON CONFLICT (carrier) DO UPDATE
        SET amount_micros = ledger_sum.amount_micros + excluded.amount_micros";

const ADD: &str = "INSERT INTO ledger_sum (carrier, amount_micros) VALUES (?1, ?2)
     ON CONFLICT (carrier) DO UPDATE
        SET amount_micros = ledger_sum.amount_micros + excluded.amount_micros";

const ADD_UP: &str = "DELETE FROM ledger_sum;
     INSERT INTO ledger_sum (carrier, amount_micros)
        SELECT carrier, sum(amount_micros) FROM ledger GROUP BY carrier";
