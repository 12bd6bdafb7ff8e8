//! Generations: which model was true from when on, by whom and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use super::flow::{self, Awaited};
use super::objects::replace;
use super::released::release;
use super::shared::{count_drafts, follow};
use super::{Db, Row, Store, given};
use crate::fault::Outcome;
use crate::model::{Body, Key, Model};
use crate::names::Lead;

/// One generation, for the history.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
pub struct GenerationRow {
    /// Its number.
    pub generation: u64,
    /// When it was committed, RFC 3339.
    pub at: String,
    /// By whom.
    pub author: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub message: String,
    /// The generation whose model it brought back.
    pub of_rollback: Option<u64>,
    /// How many objects it changed.
    pub changes: u64,
    /// Who kept it, if it awaited a confirmation.
    pub confirmed_by: Option<String>,
}

/// A generation that is to be.
#[derive(Clone, Debug, Default)]
pub struct NewGeneration {
    /// Its number.
    pub number: u64,
    /// When, Unix nanoseconds; stands in the plan too.
    pub at_ns: u64,
    /// By whom.
    pub author: String,
    /// From where.
    pub origin: String,
    /// Why.
    pub message: String,
    /// The generation whose model it brings back.
    pub of_rollback: Option<u64>,
    /// The planned commit that it is.
    pub of_plan: Option<u64>,
    /// The confirmation it awaits.
    pub awaited: Option<Awaited>,
    /// What becomes of which object.
    pub changes: BTreeMap<Key, Option<Arc<Body>>>,
    /// Where names of trunks lead from now on.
    pub places: BTreeMap<String, Vec<Lead>>,
}

impl Store {
    pub(super) fn newest_generation(&self) -> Outcome<u64> {
        let sql = "SELECT max(number) FROM generation";
        let newest: Option<Option<u64>> = self.db.one(sql, &[], |row| row.get(0))?;
        Ok(newest.flatten().unwrap_or_default())
    }

    /// When a generation was committed, Unix nanoseconds; `None` if there is no such generation.
    pub fn generation_at_ns(&self, number: u64) -> Outcome<Option<u64>> {
        let sql = "SELECT at_ns FROM generation WHERE number = ?1";
        self.db.one(sql, given![number], |row| row.get(0))
    }

    /// The model a new generation would make.
    pub fn model_of(&mut self, new: &NewGeneration) -> Outcome<Model> {
        let mut model = self.live.clone();
        for (key, body) in &new.changes {
            match body {
                None => model.remove(key),
                Some(body) => {
                    let (id, version) = (self.identify(key)?, self.next(key)?);
                    let body = Arc::clone(body);
                    let entry = crate::model::Entry { id, since: new.number, version, body };
                    model.insert(key.clone(), entry);
                }
            }
        }
        Ok(model)
    }

    /// Makes a generation the live one. The author's draft ends with it, or the planned commit;
    /// one that brings an older generation back ends what awaits a confirmation.
    pub fn install(&mut self, new: &NewGeneration, model: Model) -> Outcome<()> {
        let before = self.generation;
        let drafts = self.db.whole(|db| {
            follow(db, before, new.number)?;
            write(db, &self.live, new)?;
            release(db, (&self.live, &model), &new.changes, new.at_ns)?;
            count_drafts(db)
        })?;
        self.live = model;
        self.generation = new.number;
        self.names.learn(&new.places);
        self.forget_desks();
        self.drafts_are(drafts);
        self.charge_on.clear();
        Ok(())
    }

    /// The latest generations before one, newest first.
    pub fn history(&self, before: u64, limit: usize) -> Outcome<Vec<GenerationRow>> {
        let sql = "SELECT number, at_ns, author, message, of_rollback, changes, origin,
                confirmed_by
             FROM generation WHERE number < ?1 ORDER BY number DESC LIMIT ?2";
        self.db.all(sql, given![before, limit], history_row)
    }

    /// One generation, and the one before it; 0 if it was the first.
    pub fn generation_row(&self, number: u64) -> Outcome<Option<(GenerationRow, u64)>> {
        let sql = "SELECT number, at_ns, author, message, of_rollback, changes, origin,
                confirmed_by
             FROM generation WHERE number = ?1";
        let Some(row) = self.db.one(sql, given![number], history_row)? else { return Ok(None) };
        let sql = "SELECT max(number) FROM generation WHERE number < ?1";
        let before: Option<Option<u64>> = self.db.one(sql, given![number], |row| row.get(0))?;
        Ok(Some((row, before.flatten().unwrap_or_default())))
    }
}

fn history_row(row: &Row<'_>) -> Outcome<GenerationRow> {
    Ok(GenerationRow {
        generation: row.get(0)?,
        at: crate::clock::rfc3339(row.get(1)?, 3),
        author: row.get(2)?,
        message: row.get(3)?,
        of_rollback: row.get(4)?,
        changes: row.get(5)?,
        origin: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        confirmed_by: row.get(7)?,
    })
}

/// Writes what a generation is made of.
fn write(db: &Db, live: &Model, new: &NewGeneration) -> Outcome<()> {
    for (key, body) in &new.changes {
        replace(db, live, (key, body.as_deref()), new.number)?;
    }
    for (place, leads) in &new.places {
        let leads = serde_json::to_string(leads)?;
        let sql = "INSERT INTO place (name, leads) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET leads = excluded.leads";
        db.tell(sql, given![place, leads])?;
    }
    db.tell(
        "INSERT INTO generation (number, at_ns, author, message, of_rollback, changes, origin)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        given![
            new.number,
            new.at_ns,
            &new.author,
            &new.message,
            new.of_rollback,
            new.changes.len(),
            &new.origin
        ],
    )?;
    match (new.of_rollback, new.of_plan) {
        (Some(_), _) => db.tell("DELETE FROM awaited", &[])?,
        (None, Some(id)) => flow::done(db, id)?,
        (None, None) => db.tell("DELETE FROM draft WHERE author = ?1", given![&new.author])?,
    }
    new.awaited.as_ref().map_or(Ok(()), |awaited| flow::await_confirmation(db, awaited))
}
