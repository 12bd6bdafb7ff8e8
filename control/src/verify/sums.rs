//! Records against the ledger, the sums of folios, and their signed heads.

use std::collections::{BTreeMap, BTreeSet};

use super::Verified;
use crate::fault::Outcome;
use crate::folio::{Booked, Facts, Group, Head, Pass, Sums, is_signed, leads, records};
use crate::money;
use crate::store::{
    CHARGED, Db, FolioRow, GIVEN_BACK, Stage, charged, charged_one_by_one, due, folios as rows_of,
    given, handovers, refunded,
};

/// Passes over folios from one on, as many as are quickly done.
pub(super) fn folios(db: &Db, from: u64, found: &mut Verified) -> Outcome<()> {
    let all = rows_of(db, &format!("WHERE number + 1 >= {from} ORDER BY number"))?;
    let mut before: Option<&FolioRow> = None;
    for folio in &all {
        if folio.number >= from && folio.stage >= Stage::Bound {
            if found.records >= PORTION {
                found.next = Some(folio.number);
                return Ok(());
            }
            one(db, folio, before, found)?;
            found.folios += 1;
        }
        before = Some(folio);
    }
    Ok(())
}

fn one(db: &Db, folio: &FolioRow, before: Option<&FolioRow>, found: &mut Verified) -> Outcome<()> {
    let number = folio.number;
    let mut pass = Pass::default();
    records(db, number, |record| {
        found.records += 1;
        if let Err(fault) = pass.add(folio, &record) {
            found.fault(format!("folio {number}: {}", fault.error));
        }
        Ok(())
    })?;
    let head = folio.head.clone().unwrap_or_default();
    let previous = before.and_then(|before| before.head.as_deref()).map(Head::hash);
    if pass.head(folio, previous.unwrap_or_default()).to_string() != head {
        found.fault(format!("folio {number}: its records are not those that were signed"));
    }
    let (signature, signer) = (folio.signature.as_deref(), folio.signer.as_deref());
    if !is_signed(&head, signature.unwrap_or_default(), signer.unwrap_or_default()) {
        found.fault(format!("folio {number}: its signature does not hold"));
    }
    let earlier = before.and_then(|before| before.signer.as_deref()).or(signer);
    if !leads(&handovers(db)?, earlier.unwrap_or_default(), signer.unwrap_or_default()) {
        found.fault(format!("folio {number}: the key before did not hand over to its key"));
    }
    if pass.groups() != kept(db, number)? {
        found.fault(format!("folio {number}: its sums are not those of its records"));
    }
    Ok(())
}

/// The sums that stand in the store.
fn kept(db: &Db, folio: u64) -> Outcome<BTreeMap<Group, Sums>> {
    let sql = "SELECT carrier, hour, tariff, version, prefix, price_micros, refused, state,
            generation, messages, charged_units, charged_micros, since_ns,
            refunded_units, refunded_micros
         FROM folio_sum WHERE folio = ?1";
    let mut groups = BTreeMap::new();
    db.each(sql, given![folio], |row| {
        let facts = Facts {
            carrier: row.get(0)?,
            tariff: row.get(2)?,
            version: row.get(3)?,
            since_ns: row.get(12)?,
            prefix: row.get(4)?,
            price_micros: row.get(5)?,
            refused: row.get(6)?,
            state: row.get(7)?,
            units: 0,
            generation: row.get(8)?,
        };
        let sums = Sums {
            messages: row.get(9)?,
            charged_units: row.get(10)?,
            charged_micros: row.get(11)?,
            refunded_units: row.get(13)?,
            refunded_micros: row.get(14)?,
        };
        groups.insert(Group { hour: row.get(1)?, facts }, sums);
        Ok(())
    })?;
    Ok(groups)
}

/// What is in no folio that is bound, and the whole ledger.
pub(super) fn open(db: &Db, found: &mut Verified) -> Outcome<()> {
    let (due, refunded) = (due(), refunded());
    let sql = format!(
        "SELECT c.id, l.amount_micros, {GIVEN_BACK}, {due}, {refunded}
         FROM cdr AS c {CHARGED}
         WHERE c.received_ns IS NOT NULL AND (c.folio IS NULL
            OR c.folio IN (SELECT number FROM folio WHERE state < 2))"
    );
    let mut sum = 0_i64;
    db.each(&sql, &[], |row| {
        found.records += 1;
        let id: String = row.get(0)?;
        let booked = Booked { charge: row.get(1)?, refund: row.get(2)? };
        let due = Booked { charge: row.get(3)?, refund: row.get(4)? };
        if booked != due {
            found.fault(format!("record {id}: the ledger says {booked}, the record {due}"));
        }
        let entries = [booked.charge, booked.refund].into_iter().flatten();
        sum = entries.fold(sum, i64::saturating_add);
        Ok(())
    })?;
    let one = |sql: &str| db.one(sql, &[], |row| row.get::<_, i64>(0));
    let kept = one("SELECT CAST(coalesce(sum(charged_micros), 0) AS BIGINT) FROM folio_sum")?;
    let ledger = one("SELECT CAST(coalesce(sum(amount_micros), 0) AS BIGINT) FROM ledger
         WHERE leg = 'customer'")?;
    let (kept, ledger) = (kept.unwrap_or_default(), ledger.unwrap_or_default());
    let records = kept.saturating_add(sum);
    found.records_micros = Some(records);
    found.ledger_micros = Some(ledger);
    if records != ledger {
        let (ledger, records) = (money::amount(ledger), money::amount(records));
        found.fault(format!("the ledger says {ledger} in all, the records {records}"));
    }
    by_carrier(db, found)
}

/// What is kept of the ledger for each carrier.
fn by_carrier(db: &Db, found: &mut Verified) -> Outcome<()> {
    let (kept, ledger) = (charged(db)?, charged_one_by_one(db)?);
    let of = |sums: &BTreeMap<u32, i64>, carrier| sums.get(carrier).copied().unwrap_or_default();
    let carriers: BTreeSet<&u32> = kept.keys().chain(ledger.keys()).collect();
    for carrier in carriers {
        let (kept, ledger) = (of(&kept, carrier), of(&ledger, carrier));
        if kept != ledger {
            let (kept, ledger) = (money::amount(kept), money::amount(ledger));
            found.fault(format!(
                "carrier {carrier}: its ledger says {ledger}, and {kept} is kept of it"
            ));
        }
    }
    Ok(())
}

/// Records after which a caller hears how it goes: about a second.
const PORTION: u64 = 200_000;
