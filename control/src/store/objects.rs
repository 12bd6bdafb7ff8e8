//! Objects with the generations between which they were true.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::Store;
use crate::fault::{Fault, Outcome};
use crate::model::{Body, Content, Entry, Key, Kind, Model, Table};

impl Store {
    /// The model as it was at a generation.
    pub fn model_at(&self, generation: u64) -> Outcome<Model> {
        let mut statement = self.db.prepare_cached(
            "SELECT o.kind, o.env, o.key, i.id, o.from_generation, o.body, (
                SELECT count(*) FROM object AS older
                WHERE older.kind = o.kind AND older.env = o.env AND older.key = o.key
                  AND older.from_generation <= o.from_generation
             )
             FROM object AS o JOIN identity AS i USING (kind, env, key)
             WHERE o.from_generation <= ?1
               AND (o.to_generation IS NULL OR o.to_generation > ?1)",
        )?;
        let mut model = Model::default();
        let mut rows = statement.query([generation as i64])?;
        while let Some(row) = rows.next()? {
            let key = key_of(row)?;
            let body = Body::parse(key.kind, row.get_ref(5)?.as_str().unwrap_or_default())?;
            let since: i64 = row.get(4)?;
            let entry = Entry {
                id: row.get(3)?,
                since: since as u64,
                version: row.get(6)?,
                body: Arc::new(body),
            };
            model.insert(key, entry);
        }
        Ok(model)
    }

    /// The id of a key, given now if it has none.
    pub(super) fn identify(&self, key: &Key) -> Outcome<u32> {
        let Key { kind, env, name } = key;
        self.db
            .prepare_cached(
                "INSERT INTO identity (kind, id, env, key)
                 SELECT ?1, 1 + ifnull((SELECT max(id) FROM identity WHERE kind = ?1), 0), ?2, ?3
                 WHERE NOT EXISTS
                    (SELECT 1 FROM identity WHERE kind = ?1 AND env = ?2 AND key = ?3)",
            )?
            .execute(params![kind.word(), env, name])?;
        Ok(self
            .db
            .prepare_cached("SELECT id FROM identity WHERE kind = ?1 AND env = ?2 AND key = ?3")?
            .query_row(params![kind.word(), env, name], |row| row.get(0))?)
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
        let mut statement = self.db.prepare(
            "SELECT json_extract(body, '$.sha256') FROM object WHERE kind = 'table'
             UNION SELECT json_extract(body, '$.sha256') FROM draft
             WHERE kind = 'table' AND body IS NOT NULL",
        )?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<Result<_, _>>()?)
    }

    /// How often an object was made or changed so far.
    pub(super) fn versions(&self, key: &Key) -> Outcome<u32> {
        let Key { kind, env, name } = key;
        Ok(self
            .db
            .prepare_cached(
                "SELECT count(*) FROM object WHERE kind = ?1 AND env = ?2 AND key = ?3",
            )?
            .query_row(params![kind.word(), env, name], |row| row.get(0))?)
    }

    /// The body an object had at a generation.
    pub(super) fn body_at(&self, kind: Kind, id: u32, generation: u64) -> Outcome<Option<Body>> {
        let json: Option<String> = self
            .db
            .prepare_cached(
                "SELECT o.body FROM object AS o JOIN identity AS i USING (kind, env, key)
                 WHERE i.kind = ?1 AND i.id = ?2 AND o.from_generation <= ?3
                 ORDER BY o.from_generation DESC LIMIT 1",
            )?
            .query_row(params![kind.word(), id, generation as i64], |row| row.get(0))
            .optional()?;
        Ok(json.map(|json| Body::parse(kind, &json)).transpose()?)
    }
}

/// Ends what was true of an object, and begins what is to be true of it.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    key: &Key,
    body: Option<&Body>,
    generation: u64,
) -> Outcome<()> {
    let Key { kind, env, name } = key;
    transaction
        .prepare_cached(
            "UPDATE object SET to_generation = :generation
             WHERE kind = :kind AND env = :env AND key = :key AND to_generation IS NULL",
        )?
        .execute(named_params! {
            ":generation": generation as i64, ":kind": kind.word(), ":env": env, ":key": name,
        })?;
    if let Some(body) = body {
        transaction
            .prepare_cached(
                "INSERT INTO object (kind, env, key, from_generation, body)
                 VALUES (:kind, :env, :key, :generation, :body)",
            )?
            .execute(named_params! {
                ":generation": generation as i64, ":kind": kind.word(), ":env": env, ":key": name,
                ":body": body.to_json(),
            })?;
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
