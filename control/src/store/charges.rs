//! The ledger and its sums: a charge is written once, and so is what is given back of it; what
//! all of a carrier comes to stands beside them, so that nobody has to add up the whole ledger to
//! know a balance.
//!
//! Sums are committed with the charges that they are of. A batch adds what it charged in memory
//! and changes each sum once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use routing::{Refund, State};

use super::life::TOGETHER;
use super::{Db, given};
use crate::fault::{Fault, Outcome};

/// What a batch charges and gives back.
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

    /// Charges a message if its moment has come, and gives it back if it ended so; once, however
    /// often it is asked for.
    pub(super) fn charge(&mut self, id: &str) -> Outcome<()> {
        if self.db.is_shared() {
            // No answer is waited for: so a thousand charges are one journey to the server.
            return self.db.tell(&CHARGE_THERE, given![id]);
        }
        let read = |row: &super::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let written = self.db.all(&CHARGE, given![id], read)?;
        written.into_iter().try_for_each(|(carrier, micros)| self.add(carrier, micros))
    }

    /// Charges messages of which earlier batches told, as many as [`TOGETHER`]: those that are not
    /// charged as soon as they are accepted.
    pub(super) fn charge_late(&mut self, ids: &[String]) -> Outcome<()> {
        let ids: Vec<_> = ids.iter().map(super::Param::from).collect();
        let read = |row: &super::Row<'_>| Ok((row.get(0)?, row.get(1)?));
        let written = self.db.all(&CHARGE_LATE, &ids, read)?;
        written.into_iter().try_for_each(|(carrier, micros)| self.add(carrier, micros))
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

/// The same, from each entry.
pub(crate) fn charged_one_by_one(db: &Db) -> Outcome<BTreeMap<u32, i64>> {
    let sql = "SELECT carrier, CAST(sum(amount_micros) AS BIGINT) FROM ledger GROUP BY carrier";
    let rows = db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}

/// What a record `c` says is due, or NULL where nothing is, as an expression of SQL.
pub(crate) fn due() -> String {
    let (delivered, taken) = (State::Delivered as u8, State::Accepted as u8);
    format!(
        "CASE WHEN c.tariff IS NOT NULL AND (c.charge_on = 'accepted' OR c.state = {delivered}
            OR c.charge_on = 'answered' AND c.state = {taken}
            OR c.charge_on = 'submitted' AND (c.state = {taken} OR c.taken_ns IS NOT NULL)
            ) THEN c.charge_micros END"
    )
}

/// What it says is given back of that: less than nothing, or NULL where nothing is.
pub(crate) fn refunded() -> String {
    let bit = |end: State| format!("WHEN {} THEN {}", end as u8, Refund::after([end]).number());
    let bits = Refund::ENDS.map(bit).join(" ");
    let due = due();
    format!("CASE WHEN c.refund_on & CASE c.state {bits} ELSE 0 END <> 0 THEN -({due}) END")
}

/// Joins the charge `l` of a record `c`.
pub(crate) const CHARGED: &str = "LEFT JOIN ledger AS l
    ON l.carrier = c.carrier AND l.received_ns = c.received_ns
        AND l.message_id = c.id AND l.leg = 'customer' AND l.kind = 'charge'";

/// What the ledger gave back of a record `c`, or NULL. Few carriers have a rule: for the others
/// nothing is looked for.
pub(crate) const GIVEN_BACK: &str = "CASE WHEN c.refund_on IS NOT NULL THEN
    (SELECT r.amount_micros FROM ledger AS r
     WHERE r.carrier = c.carrier AND r.received_ns = c.received_ns
        AND r.message_id = c.id AND r.leg = 'customer' AND r.kind = 'refund') END";

static CHARGE: LazyLock<String> = LazyLock::new(|| booked("c.id = ?1", "c.id = ?1"));

static CHARGE_LATE: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=TOGETHER).map(|place| format!("?{place}")).collect();
    let these = format!("c.id IN ({})", places.join(", "));
    booked(
        &format!("{these} AND c.charge_on IS NOT 'accepted'"),
        &format!("{these} AND c.refund_on IS NOT NULL"),
    )
});

/// Books what is due of some records, and gives back what is to be given back of others.
fn booked(of: &str, back_of: &str) -> String {
    let entry = |kind: &str, which: &str, micros: String| {
        format!(
            "SELECT c.carrier, c.received_ns, c.id, 'customer', '{kind}', {micros}
             FROM cdr AS c WHERE {which} AND c.carrier IS NOT NULL AND {micros} IS NOT NULL"
        )
    };
    let (charge, refund) = (entry("charge", of, due()), entry("refund", back_of, refunded()));
    format!(
        "INSERT INTO ledger (carrier, received_ns, message_id, leg, kind, amount_micros)
         {charge} UNION ALL {refund} ON CONFLICT DO NOTHING RETURNING carrier, amount_micros"
    )
}

static CHARGE_THERE: LazyLock<String> = LazyLock::new(|| {
    let charge = &*CHARGE;
    format!(
        "WITH charged AS ({charge})
         INSERT INTO ledger_fresh SELECT carrier, amount_micros FROM charged"
    )
});

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
