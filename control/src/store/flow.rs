//! Generations that await a confirmation, and drafts that wait for their time.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Db, Drafted, Store, given};
use crate::clock::rfc3339;
use crate::fault::{Code, Fault, Outcome};
use crate::model::{Body, Key, Kind};

/// A generation that is taken back unless somebody confirms it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Awaited {
    /// The generation.
    pub generation: u64,
    /// The one that comes back.
    pub back_to: u64,
    /// When, Unix nanoseconds.
    pub until_ns: u64,
    /// Who committed it.
    pub author: String,
}

/// A draft that is committed at a time to come.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Its number.
    pub id: u64,
    /// When it is due, Unix nanoseconds.
    pub due_ns: u64,
    /// Who planned it.
    pub author: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub message: String,
    /// Do it although it looks like a mistake.
    pub force: bool,
    /// What it changes.
    pub draft: BTreeMap<Key, Drafted>,
    /// Why it was not committed when it was due; empty before.
    pub fault: String,
}

/// One planned commit, for a list.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct PlannedRow {
    /// Its number.
    pub id: u64,
    /// When it is due, RFC 3339.
    pub due: String,
    /// Who planned it.
    pub author: String,
    /// Why.
    pub message: String,
    /// How many objects it changes.
    pub changes: usize,
    /// Why it was not committed when it was due; empty before.
    pub fault: String,
}

impl Store {
    /// The generation that awaits a confirmation.
    pub fn awaited(&self) -> Outcome<Option<Awaited>> {
        let sql = "SELECT generation, back_to, until_ns, author FROM awaited";
        self.db.one(sql, &[], |row| {
            Ok(Awaited {
                generation: row.get(0)?,
                back_to: row.get(1)?,
                until_ns: row.get(2)?,
                author: row.get(3)?,
            })
        })
    }

    /// Keeps the generation that awaits a confirmation; says which one.
    pub fn confirm(&mut self, who: &str) -> Outcome<u64> {
        let awaited = self.awaited()?.ok_or_else(|| {
            Fault::not_found("nothing awaits a confirmation").cure("see: signalbox history")
        })?;
        self.db.whole(|db| {
            let sql = "DELETE FROM awaited WHERE generation = ?1";
            if db.change(sql, given![awaited.generation])? != 1 {
                return Err(Fault::new(Code::Stale, "somebody was quicker"));
            }
            let sql = "UPDATE generation SET confirmed_by = ?2 WHERE number = ?1";
            db.tell(sql, given![awaited.generation, who])
        })?;
        Ok(awaited.generation)
    }

    /// Puts an author's draft aside for its time; says under which number.
    pub fn plan(&mut self, planned: &Planned) -> Outcome<u64> {
        let Planned { due_ns, author, origin, message, force, draft, .. } = planned;
        let changes = written(draft);
        let id = self.db.whole(|db| {
            db.tell("DELETE FROM draft WHERE author = ?1", given![author])?;
            let sql = "INSERT INTO planned (id, due_ns, author, origin, message, force, changes)
                 VALUES (1 + (SELECT coalesce(max(id), 0) FROM planned), ?1, ?2, ?3, ?4, ?5, ?6)
                 RETURNING id";
            let given = given![*due_ns, author, origin, message, *force, changes];
            super::shared::count_drafts(db)?;
            db.one(sql, given, |row| row.get(0))
        })?;
        self.forget_desks();
        id.ok_or_else(|| Fault::failed("the plan was not kept"))
    }

    /// What is planned, the next one first.
    pub fn planned(&self) -> Outcome<Vec<Planned>> {
        let sql = "SELECT id, due_ns, author, origin, message, force, changes, fault
             FROM planned ORDER BY due_ns, id";
        self.db.all(sql, &[], |row| {
            let changes: String = row.get(6)?;
            Ok(Planned {
                id: row.get(0)?,
                due_ns: row.get(1)?,
                author: row.get(2)?,
                origin: row.get(3)?,
                message: row.get(4)?,
                force: row.get(5)?,
                draft: read(&changes)?,
                fault: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
            })
        })
    }

    /// The first planned commit whose time has come and that did not fail yet.
    pub fn due(&self, now_ns: u64) -> Outcome<Option<Planned>> {
        let sql = "SELECT count(*) FROM planned WHERE due_ns <= ?1 AND fault IS NULL";
        if self.db.one(sql, given![now_ns], |row| row.get::<_, u64>(0))? == Some(0) {
            return Ok(None);
        }
        let ready = |one: &Planned| one.due_ns <= now_ns && one.fault.is_empty();
        Ok(self.planned()?.into_iter().find(ready))
    }

    /// Writes why a planned commit was not done.
    pub fn not_done(&mut self, id: u64, fault: &str) -> Outcome<()> {
        self.db.tell("UPDATE planned SET fault = ?2 WHERE id = ?1", given![id, fault])
    }

    /// Forgets a planned commit. Its changes are in its author's draft again, but where that
    /// has meanwhile another one for the same object.
    pub fn cancel(&mut self, id: u64, at_ns: u64) -> Outcome<Planned> {
        let found = self.planned()?.into_iter().find(|one| one.id == id);
        let planned = found.ok_or_else(|| {
            Fault::not_found(format!("no commit {id} is planned")).cure("see: signalbox planned")
        })?;
        self.db.whole(|db| {
            done(db, id)?;
            for (Key { kind, env, name }, Drafted { base, body }) in &planned.draft {
                let json = body.as_ref().map(|body| body.to_json());
                let sql = "INSERT INTO draft (author, kind, env, key, base, body, at_ns)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
                let author = &planned.author;
                db.tell(sql, given![author, kind.word(), env, name, *base, json, at_ns])?;
            }
            super::shared::count_drafts(db)
        })?;
        self.forget_desks();
        Ok(planned)
    }
}

/// A planned commit is over: it was done, or cancelled, by us and by nobody else.
pub(super) fn done(db: &Db, id: u64) -> Outcome<()> {
    match db.change("DELETE FROM planned WHERE id = ?1", given![id])? {
        0 => Err(Fault::new(Code::Stale, format!("the planned commit {id} is over"))),
        _ => Ok(()),
    }
}

/// Writes that a generation awaits a confirmation.
pub(super) fn await_confirmation(db: &Db, awaited: &Awaited) -> Outcome<()> {
    let Awaited { generation, back_to, until_ns, author } = awaited;
    let sql = "INSERT INTO awaited (generation, back_to, until_ns, author)
         VALUES (?1, ?2, ?3, ?4)";
    db.tell(sql, given![*generation, *back_to, *until_ns, author])
}

impl Planned {
    /// As a list shows it.
    pub fn row(&self) -> PlannedRow {
        PlannedRow {
            id: self.id,
            due: rfc3339(self.due_ns, 0),
            author: self.author.clone(),
            message: self.message.clone(),
            changes: self.draft.len(),
            fault: self.fault.clone(),
        }
    }
}

type Written = (Kind, String, String, u64, Option<String>);

fn written(draft: &BTreeMap<Key, Drafted>) -> String {
    let rows = draft.iter().map(|(Key { kind, env, name }, Drafted { base, body })| {
        (kind.word(), env, name, base, body.as_ref().map(|body| body.to_json()))
    });
    serde_json::to_string(&rows.collect::<Vec<_>>()).expect("texts and integers are JSON")
}

fn read(json: &str) -> Outcome<BTreeMap<Key, Drafted>> {
    let rows: Vec<Written> = serde_json::from_str(json)?;
    let drafted = |(kind, env, name, base, body): Written| {
        let body = body.map(|json| Body::parse(kind, &json)).transpose()?.map(Arc::new);
        Ok((Key { kind, env, name }, Drafted { base, body }))
    };
    rows.into_iter().map(drafted).collect()
}
