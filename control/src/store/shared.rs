//! What controls that share a store owe each other: to see what the others did, and to be second
//! where another one was first.
//!
//! One row counts: the generation that is live, and how often drafts changed. Before anything is
//! done with a shared store it is compared with what this control has in memory. A commit moves
//! the generation from the one it was made upon, or is refused: so two commits at the same time
//! become one after the other, in the same order for all.

use std::collections::BTreeMap;

use super::objects::key_of;
use super::{Db, Store, given};
use crate::fault::{Code, Fault, Outcome};
use crate::names::Names;

impl Store {
    /// Reads what other controls changed meanwhile; says whether another generation is live.
    pub fn catch_up(&mut self) -> Outcome<bool> {
        if !self.db.is_shared() {
            return Ok(false);
        }
        self.db.knock()?;
        let sql = "SELECT generation, drafts FROM revision WHERE one = 1";
        let found = self.db.one(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (generation, drafts): (u64, u64) = found.ok_or_else(no_revision)?;
        if self.drafts != Some(drafts) {
            self.desks.clear();
            self.drafts = Some(drafts);
        }
        if generation == self.generation {
            return Ok(false);
        }
        self.live = self.model_from_here(generation)?;
        self.names = self.known_names()?;
        self.generation = generation;
        self.desks.clear();
        self.charge_on.clear();
        Ok(true)
    }

    /// The model of a newer generation, made from the one in memory; of an older one, all of it.
    fn model_from_here(&self, generation: u64) -> Outcome<crate::model::Model> {
        if generation < self.generation {
            return self.model_at(generation);
        }
        let mut model = self.live.clone();
        let sql = "SELECT kind, env, key FROM object
             WHERE to_generation > ?1 AND to_generation <= ?2";
        self.db.each(sql, given![self.generation, generation], |row| {
            model.remove(&key_of(row)?);
            Ok(())
        })?;
        self.lay_from(&mut model, self.generation, generation)?;
        Ok(model)
    }

    /// Where the names of trunks lead.
    pub(super) fn known_names(&self) -> Outcome<Names> {
        let mut known = BTreeMap::new();
        self.db.each("SELECT name, leads FROM place", &[], |row| {
            let json: String = row.get(1)?;
            known.insert(row.get(0)?, serde_json::from_str(&json)?);
            Ok(())
        })?;
        Ok(Names::of(known))
    }

    /// Has the desks read again before they are used.
    pub(super) fn forget_desks(&mut self) {
        self.desks.clear();
        self.drafts = None;
    }

    /// We changed drafts, and that was this change of theirs.
    pub(super) fn drafts_are(&mut self, count: u64) {
        self.drafts = self.drafts.filter(|known| known + 1 == count).map(|_| count);
    }
}

/// Counts a change of drafts.
pub(super) fn count_drafts(db: &Db) -> Outcome<u64> {
    let sql = "UPDATE revision SET drafts = drafts + 1 WHERE one = 1 RETURNING drafts";
    db.one(sql, &[], |row| row.get(0))?.ok_or_else(no_revision)
}

/// Makes a generation the live one if the one it was made upon still is, and tells the others.
pub(super) fn follow(db: &Db, before: u64, number: u64) -> Outcome<()> {
    let sql = "UPDATE revision SET generation = ?2 WHERE one = 1 AND generation = ?1";
    if db.change(sql, given![before, number])? != 1 {
        return Err(Fault::new(Code::Stale, "somebody committed at the same time")
            .cure("nothing was committed; look with `signalbox diff`, and commit again"));
    }
    if db.is_shared() {
        let told = number.to_string();
        db.tell("SELECT pg_notify('signalbox', CAST(?1 AS TEXT))", given![told])?;
    }
    Ok(())
}

fn no_revision() -> Fault {
    Fault::failed("the store does not say which generation is live")
}

#[cfg(test)]
mod tests;
