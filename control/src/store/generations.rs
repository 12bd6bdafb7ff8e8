//! Generations: which model was true from when on, by whom and why.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::params;
use serde::Serialize;

use super::Store;
use super::objects::replace;
use crate::fault::Outcome;
use crate::model::{Body, Key, Model};

/// One generation, for the history.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct GenerationRow {
    /// Its number.
    pub generation: u64,
    /// When it was committed, RFC 3339.
    pub at: String,
    /// By whom.
    pub author: String,
    /// Why.
    pub message: String,
    /// The generation whose model it brought back.
    pub of_rollback: Option<u64>,
    /// How many objects it changed.
    pub changes: u64,
}

/// A generation that is to be.
#[derive(Clone, Debug)]
pub struct NewGeneration {
    /// Its number.
    pub number: u64,
    /// When, Unix nanoseconds; stands in the plan too.
    pub at_ns: u64,
    /// By whom.
    pub author: String,
    /// Why.
    pub message: String,
    /// The generation whose model it brings back.
    pub of_rollback: Option<u64>,
    /// What becomes of which object.
    pub changes: BTreeMap<Key, Option<Arc<Body>>>,
}

impl Store {
    pub(super) fn newest_generation(&self) -> Outcome<u64> {
        let newest: Option<i64> =
            self.db.query_row("SELECT max(number) FROM generation", [], |row| row.get(0))?;
        Ok(newest.unwrap_or_default() as u64)
    }

    /// When a generation was committed, Unix nanoseconds; `None` if there is no such generation.
    pub fn generation_at_ns(&self, number: u64) -> Outcome<Option<u64>> {
        let mut statement =
            self.db.prepare_cached("SELECT at_ns FROM generation WHERE number = ?1")?;
        let mut rows = statement.query([number as i64])?;
        let row = rows.next()?;
        let at_ns: Option<i64> = row.map(|row| row.get(0)).transpose()?;
        Ok(at_ns.map(|at_ns| at_ns as u64))
    }

    /// The model a new generation would make.
    pub fn model_of(&mut self, new: &NewGeneration) -> Outcome<Model> {
        let mut model = self.live.clone();
        for (key, body) in &new.changes {
            match body {
                None => model.remove(key),
                Some(body) => {
                    let (id, version) = (self.identify(key)?, self.versions(key)? + 1);
                    let body = Arc::clone(body);
                    let entry = crate::model::Entry { id, since: new.number, version, body };
                    model.insert(key.clone(), entry);
                }
            }
        }
        Ok(model)
    }

    /// Makes a generation the live one. The author's draft ends with it, unless it brought an
    /// older generation back.
    pub fn install(&mut self, new: &NewGeneration, model: Model) -> Outcome<()> {
        let transaction = self.db.transaction()?;
        for (key, body) in &new.changes {
            replace(&transaction, key, body.as_deref(), new.number)?;
        }
        transaction.execute(
            "INSERT INTO generation (number, at_ns, author, message, of_rollback, changes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                new.number as i64,
                new.at_ns as i64,
                new.author,
                new.message,
                new.of_rollback.map(|number| number as i64),
                new.changes.len() as i64
            ],
        )?;
        if new.of_rollback.is_none() {
            transaction.execute("DELETE FROM draft WHERE author = ?1", [&new.author])?;
        }
        transaction.commit()?;
        self.live = model;
        self.generation = new.number;
        self.desks.clear();
        self.charge_on.clear();
        Ok(())
    }

    /// The latest generations, newest first.
    pub fn history(&self, limit: usize) -> Outcome<Vec<GenerationRow>> {
        let mut statement = self.db.prepare_cached(
            "SELECT number, at_ns, author, message, of_rollback, changes
             FROM generation ORDER BY number DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
            let (number, at_ns, changes): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(5)?);
            let of_rollback: Option<i64> = row.get(4)?;
            Ok(GenerationRow {
                generation: number as u64,
                at: crate::clock::rfc3339(at_ns as u64, 3),
                author: row.get(2)?,
                message: row.get(3)?,
                of_rollback: of_rollback.map(|number| number as u64),
                changes: changes as u64,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
