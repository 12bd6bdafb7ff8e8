//! Objects with the generations between which they were true.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Db, Row, Store, given};
use crate::fault::{Fault, Outcome};
use crate::model::{Body, Content, Entry, Key, Kind, Model, Table};

impl Store {
    /// The model as it was at a generation.
    pub fn model_at(&self, generation: u64) -> Outcome<Model> {
        let mut model = Model::default();
        self.lay_from(&mut model, 0, generation)?;
        Ok(model)
    }

    /// Puts on a model what is true at a generation and was not yet at an older one.
    pub(super) fn lay_from(&self, model: &mut Model, older: u64, generation: u64) -> Outcome<()> {
        let sql = "SELECT o.kind, o.env, o.key, i.id, o.from_generation, o.body, (
                SELECT count(*) FROM object AS older
                WHERE older.kind = o.kind AND older.env = o.env AND older.key = o.key
                  AND older.from_generation <= o.from_generation
             )
             FROM object AS o
             JOIN identity AS i ON i.kind = o.kind AND i.env = o.env AND i.key = o.key
             WHERE o.from_generation <= ?1 AND o.from_generation > ?2
               AND (o.to_generation IS NULL OR o.to_generation > ?1)";
        self.db.each(sql, given![generation, older], |row| {
            let key = key_of(row)?;
            let json: String = row.get(5)?;
            let body = Arc::new(Body::parse(key.kind, &json)?);
            let entry = Entry { id: row.get(3)?, since: row.get(4)?, version: row.get(6)?, body };
            model.insert(key, entry);
            Ok(())
        })
    }

    /// The id of a key, given now if it has none.
    pub(super) fn identify(&self, key: &Key) -> Outcome<u32> {
        let Key { kind, env, name } = key;
        if let Some(live) = self.live.get(key) {
            return Ok(live.id);
        }
        for _ in 0..IDENTIFY_MAX {
            let sql = "SELECT id FROM identity WHERE kind = ?1 AND env = ?2 AND key = ?3";
            if let Some(id) = self.db.one(sql, given![kind.word(), env, name], |row| row.get(0))? {
                return Ok(id);
            }
            let known = self.next_ids.borrow().get(kind).copied();
            let next: u32 = match known {
                Some(next) => next,
                None => {
                    let sql = "SELECT 1 + coalesce(max(id), 0) FROM identity WHERE kind = ?1";
                    self.db.one(sql, given![kind.word()], |row| row.get(0))?.unwrap_or(1)
                }
            };
            // Another control may take the same id: then nothing is done, and the next is tried.
            let sql = "INSERT INTO identity (kind, id, env, key) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING";
            if self.db.change(sql, given![kind.word(), next, env, name])? == 1 {
                self.next_ids.borrow_mut().insert(*kind, next + 1);
                return Ok(next);
            }
            self.next_ids.borrow_mut().remove(kind);
        }
        Err(Fault::failed(format!("no id could be given to {key}")).cure("try again"))
    }

    /// Gives what the rows of a table lead to the ids of policies, which stay with them for ever.
    pub fn identify_targets(&self, table: &Key, content: &mut Content) -> Outcome<()> {
        for target in &mut content.targets {
            let name = Table::policy_name(&table.name, &target.via);
            target.policy = self.identify(&Key::new(Kind::Policy, &table.env, &name))?;
        }
        Ok(())
    }

    /// The files of rows that any generation or draft names.
    pub(super) fn named_files(&self) -> Outcome<BTreeSet<String>> {
        let sql = "SELECT body FROM object WHERE kind = 'table'
             UNION SELECT body FROM draft WHERE kind = 'table' AND body IS NOT NULL";
        let mut names = BTreeSet::new();
        self.db.each(sql, &[], |row| {
            let json: String = row.get(0)?;
            if let Body::Table(table) = Body::parse(Kind::Table, &json)? {
                names.insert(table.content.sha256);
            }
            Ok(())
        })?;
        Ok(names)
    }

    /// The version that an object will have: of what nobody names a version of, the first.
    pub(super) fn next(&self, key: &Key) -> Outcome<u32> {
        if self.live.get(key).is_none() && key.kind == Kind::Account {
            return Ok(1);
        }
        Ok(self.versions(key)? + 1)
    }

    /// How often an object was made or changed so far.
    pub(super) fn versions(&self, key: &Key) -> Outcome<u32> {
        let Key { kind, env, name } = key;
        let sql = "SELECT count(*) FROM object WHERE kind = ?1 AND env = ?2 AND key = ?3";
        let count = self.db.one(sql, given![kind.word(), env, name], |row| row.get(0))?;
        Ok(count.unwrap_or_default())
    }

    /// The body an object had at a generation.
    pub(super) fn body_at(&self, kind: Kind, id: u32, generation: u64) -> Outcome<Option<Body>> {
        let given = given![kind.word(), id, generation];
        let json: Option<String> = self.db.one(BODY_AT, given, |row| row.get(0))?;
        Ok(json.map(|json| Body::parse(kind, &json)).transpose()?)
    }
}

/// The body an object had at a generation: its kind, its id, the generation.
pub(crate) const BODY_AT: &str = "SELECT o.body FROM object AS o
JOIN identity AS i ON i.kind = o.kind AND i.env = o.env AND i.key = o.key
WHERE i.kind = ?1 AND i.id = ?2 AND o.from_generation <= ?3
ORDER BY o.from_generation DESC LIMIT 1";

/// As many controls may give ids at the same time as never will.
const IDENTIFY_MAX: usize = 32;

/// Ends what was true of an object that is live, and begins what is to be true of it.
pub(super) fn replace(
    db: &Db,
    live: &Model,
    (key, body): (&Key, Option<&Body>),
    generation: u64,
) -> Outcome<()> {
    let Key { kind, env, name } = key;
    if live.get(key).is_some() {
        let sql = "UPDATE object SET to_generation = ?1
             WHERE kind = ?2 AND env = ?3 AND key = ?4 AND to_generation IS NULL";
        db.tell(sql, given![generation, kind.word(), env, name])?;
    }
    if let Some(body) = body {
        let sql = "INSERT INTO object (kind, env, key, from_generation, body)
             VALUES (?1, ?2, ?3, ?4, ?5)";
        db.tell(sql, given![kind.word(), env, name, generation, body.to_json()])?;
    }
    Ok(())
}

/// The key in the first three columns.
pub(super) fn key_of(row: &Row<'_>) -> Outcome<Key> {
    let word: String = row.get(0)?;
    let kind = Kind::parse(&word)
        .ok_or_else(|| Fault::failed(format!("the store holds an unknown kind '{word}'")))?;
    Ok(Key { kind, env: row.get(1)?, name: row.get(2)? })
}
