//! Folios in the store: what is gathered into them, under which numbers it is found, and what it
//! comes to.

use sha2::{Digest, Sha256};

use super::{Db, Row, Store, given};
use crate::fault::{Fault, Outcome};
use crate::folio::{Bound, Group, Handover, Sums, VERSION};

/// A folio as the store knows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FolioRow {
    /// Its number, from one.
    pub number: u64,
    /// The first instant of its hour or day, Unix nanoseconds.
    pub from_ns: u64,
    /// The first instant behind it.
    pub to_ns: u64,
    /// How far it is.
    pub stage: Stage,
    /// The version of its columns.
    pub version: u8,
    /// When the first of its records came in, and the last.
    pub span: Option<(i64, i64)>,
    /// Its head, as it was signed.
    pub head: Option<String>,
    /// Its signature.
    pub signature: Option<String>,
    /// The key that it was signed with.
    pub signer: Option<String>,
    /// Its manifest, as it was written.
    pub manifest: Option<String>,
}

/// By which numbering plan a folio begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Plan {
    /// None.
    Nothing,
    /// The latest that was one, if there was any.
    AsBefore,
    /// The text of this one, which was checked.
    Said(String),
}

/// How far a folio is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Stage {
    /// Records come into it.
    Gathering,
    /// It has all of them.
    Gathered,
    /// Its files are there, its sums and its head.
    Bound,
    /// Whoever was to be told has taken it.
    Shipped,
}

impl Stage {
    const ALL: [Self; 4] = [Self::Gathering, Self::Gathered, Self::Bound, Self::Shipped];
}

impl Store {
    /// The latest folio.
    pub fn last_folio(&self) -> Outcome<Option<FolioRow>> {
        Ok(folios(&self.db, "ORDER BY number DESC LIMIT 1")?.pop())
    }

    /// A folio.
    pub fn folio(&self, number: u64) -> Outcome<Option<FolioRow>> {
        Ok(folios(&self.db, &format!("WHERE number = {number}"))?.pop())
    }

    /// When the first of the records that are final and in no folio became so.
    pub fn first_open(&self) -> Outcome<Option<u64>> {
        let sql = "SELECT min(final_ns) FROM cdr WHERE folio IS NULL AND received_ns IS NOT NULL";
        Ok(self.db.one(sql, &[], |row| row.get(0))?.flatten())
    }

    /// Begins a folio, whose records belong to countries as a numbering plan says.
    pub fn begin_folio(
        &mut self,
        number: u64,
        (from_ns, to_ns): (u64, u64),
        plan: &Plan,
    ) -> Outcome<()> {
        self.db.whole(|db| {
            let plan = keep_plan(db, plan)?;
            db.tell(
                "INSERT INTO folio (number, from_ns, to_ns, state, version, numbering)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5)",
                given![number, from_ns, to_ns, VERSION, plan],
            )
        })
    }

    /// Gathers some of its records that came in at `from_ns` or later; says where to go on, or
    /// nothing if it has all of them now.
    pub fn gather(&mut self, folio: &FolioRow, from_ns: i64) -> Outcome<Option<i64>> {
        self.db.whole(|db| {
            let sql = "SELECT id, received_ns, source, destination, number FROM cdr
                 WHERE folio IS NULL AND received_ns >= ?1 AND final_ns < ?2
                 ORDER BY received_ns LIMIT ?3";
            let found = db.all(sql, given![from_ns, folio.to_ns, CHUNK], read_open)?;
            for open in &found {
                gather_one(db, folio.number, open)?;
            }
            let last = found.last().map(|open| open.received_ns);
            if found.len() == CHUNK {
                return Ok(last);
            }
            db.tell(
                "UPDATE folio SET state = 1,
                    first_ns = (SELECT min(received_ns) FROM cdr WHERE folio = ?1),
                    last_ns = (SELECT max(received_ns) FROM cdr WHERE folio = ?1)
                 WHERE number = ?1 AND state = 0",
                given![folio.number],
            )?;
            Ok(None)
        })
    }

    /// Keeps the head and the sums of a folio.
    pub fn keep_bound(&mut self, number: u64, bound: &Bound) -> Outcome<()> {
        self.db.whole(|db| {
            let kept = db.change(
                "UPDATE folio SET state = 2, head = ?2, signature = ?3, signer = ?4,
                    manifest = ?5 WHERE number = ?1 AND state = 1",
                given![number, &bound.head, &bound.signature, &bound.signer, &bound.manifest],
            )?;
            if kept == 0 {
                return Err(Fault::failed(format!("folio {number} was bound by somebody else")));
            }
            for key in &bound.keys {
                let sql = "INSERT INTO proof_key (old_key, new_key, by_old, by_new)
                     VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
                db.tell(sql, given![&key.old, &key.new, &key.by_old, &key.by_new])?;
            }
            for (group, sums) in &bound.groups {
                keep_sum(db, number, group, *sums)?;
            }
            Ok(())
        })
    }

    /// Whoever was to be told has taken it.
    pub fn keep_shipped(&mut self, number: u64) -> Outcome<()> {
        let sql = "UPDATE folio SET state = 3 WHERE number = ?1 AND state = 2";
        self.db.tell(sql, given![number])
    }
}

#[cfg(test)]
impl Store {
    /// Changes a row that nobody may change.
    pub(crate) fn spoil(&mut self, sql: &str, id: &str) -> Outcome<()> {
        self.db.tell(sql, given![id])
    }
}

/// All folios, or those that a condition lets through.
pub(crate) fn folios(db: &Db, which: &str) -> Outcome<Vec<FolioRow>> {
    let sql = format!(
        "SELECT number, from_ns, to_ns, state, first_ns, last_ns, head, signature, signer,
            manifest, version FROM folio {which}"
    );
    db.all(&sql, &[], |row| {
        let state: u8 = row.get(3)?;
        let stage = Stage::ALL.get(usize::from(state)).copied();
        let (first, last): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
        Ok(FolioRow {
            number: row.get(0)?,
            from_ns: row.get(1)?,
            to_ns: row.get(2)?,
            stage: stage.ok_or_else(|| Fault::failed(format!("a folio in state {state}")))?,
            span: first.zip(last),
            head: row.get(6)?,
            signature: row.get(7)?,
            signer: row.get(8)?,
            manifest: row.get(9)?,
            version: row.get(10)?,
        })
    })
}

/// The keys that handed over, oldest first.
pub(crate) fn handovers(db: &Db) -> Outcome<Vec<Handover>> {
    let sql = "SELECT old_key, new_key, by_old, by_new FROM proof_key";
    let mut rest = db.all(sql, &[], |row| {
        let (old, new) = (row.get(0)?, row.get(1)?);
        Ok(Handover { old, new, by_old: row.get(2)?, by_new: row.get(3)? })
    })?;
    let mut chain: Vec<Handover> = Vec::new();
    // The oldest is the one that nobody handed over to; each of the others follows one.
    while let Some(at) = rest.iter().position(|one| match chain.last() {
        Some(last) => last.new == one.old,
        None => !rest.iter().any(|other| other.new == one.old),
    }) {
        chain.push(rest.swap_remove(at));
    }
    Ok(chain)
}

/// The number of a plan, which is kept if it is another one than the latest.
fn keep_plan(db: &Db, plan: &Plan) -> Outcome<Option<u64>> {
    let sql = "SELECT number, digest FROM numbering ORDER BY number DESC LIMIT 1";
    let latest: Option<(u64, String)> = db.one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let text = match plan {
        Plan::Nothing => return Ok(None),
        Plan::AsBefore => return Ok(latest.map(|(number, _)| number)),
        Plan::Said(text) => text,
    };
    let digest = hex::encode(Sha256::digest(text));
    let number = match latest {
        Some((number, kept)) if kept == digest => return Ok(Some(number)),
        Some((number, _)) => number + 1,
        None => 1,
    };
    let sql = "INSERT INTO numbering (number, digest, body) VALUES (?1, ?2, ?3)";
    db.tell(sql, given![number, digest, text])?;
    Ok(Some(number))
}

/// A record that is to be gathered.
struct Open {
    id: String,
    received_ns: i64,
    /// Source, destination, and the destination in plain digits.
    numbers: [Option<String>; 3],
}

fn read_open(row: &Row<'_>) -> Outcome<Open> {
    let numbers = [row.get(2)?, row.get(3)?, row.get(4)?];
    Ok(Open { id: row.get(0)?, received_ns: row.get(1)?, numbers })
}

fn gather_one(db: &Db, folio: u64, open: &Open) -> Outcome<()> {
    db.tell("UPDATE cdr SET folio = ?1 WHERE id = ?2", given![folio, &open.id])?;
    for (at, number) in open.numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        if !number.is_empty() && !open.numbers[..at].contains(&Some(number.clone())) {
            db.tell(
                "INSERT INTO folio_number (folio, number, received_ns, id)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                given![folio, number, open.received_ns, &open.id],
            )?;
        }
    }
    Ok(())
}

fn keep_sum(db: &Db, folio: u64, group: &Group, sums: Sums) -> Outcome<()> {
    let facts = &group.facts;
    db.tell(
        "INSERT INTO folio_sum (carrier, hour, folio, tariff, version, since_ns, prefix,
            price_micros, refused, state, generation, messages, charged_units, charged_micros,
            refunded_units, refunded_micros)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        given![
            facts.carrier,
            group.hour,
            folio,
            facts.tariff,
            facts.version,
            facts.since_ns,
            &facts.prefix,
            facts.price_micros,
            facts.refused,
            facts.state,
            facts.generation,
            sums.messages,
            sums.charged_units,
            sums.charged_micros,
            sums.refunded_units,
            sums.refunded_micros,
        ],
    )
}

/// Records that are gathered at once: some tens of milliseconds of the store's thread.
const CHUNK: usize = 4096;
