//! From ids back to names, of what was removed too.

use std::collections::HashMap;

use crate::fault::Outcome;
use crate::model::{Body, Kind};
use crate::store::{BODY_AT, Db, given};

/// Resolves ids and remembers what it found.
pub struct Names<'a> {
    db: &'a Db,
    keys: HashMap<(Kind, u32), (String, String)>,
    bodies: HashMap<(Kind, u32, u64), Option<Body>>,
}

impl<'a> Names<'a> {
    /// Resolves from a store.
    pub fn new(db: &'a Db) -> Self {
        Self { db, keys: HashMap::new(), bodies: HashMap::new() }
    }

    /// The name under an id; `#7` for an id this store never gave.
    pub fn name(&mut self, kind: Kind, id: u32) -> Outcome<String> {
        Ok(self.key(kind, id)?.1)
    }

    /// The environment and the name under an id.
    pub fn key(&mut self, kind: Kind, id: u32) -> Outcome<(String, String)> {
        if let Some(known) = self.keys.get(&(kind, id)) {
            return Ok(known.clone());
        }
        let sql = "SELECT env, key FROM identity WHERE kind = ?1 AND id = ?2";
        let found = self
            .db
            .one(sql, given![kind.word(), id], |row| Ok((row.get(0)?, row.get(1)?)))?
            .unwrap_or_else(|| (String::new(), format!("#{id}")));
        self.keys.insert((kind, id), found.clone());
        Ok(found)
    }

    /// The ids that a name has, with their environments.
    pub fn ids(&self, kind: Kind, name: &str) -> Outcome<Vec<(String, u32)>> {
        let sql = "SELECT env, id FROM identity WHERE kind = ?1 AND key = ?2 ORDER BY env";
        self.db.all(sql, given![kind.word(), name], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Every name of a kind.
    pub fn all(&self, kind: Kind) -> Outcome<Vec<String>> {
        let sql = "SELECT DISTINCT key FROM identity WHERE kind = ?1 ORDER BY key";
        self.db.all(sql, given![kind.word()], |row| row.get(0))
    }

    /// What an object was at a generation.
    pub fn body(&mut self, kind: Kind, id: u32, generation: u64) -> Outcome<Option<&Body>> {
        let moment = (kind, id, generation);
        if !self.bodies.contains_key(&moment) {
            let given = given![kind.word(), id, generation];
            let json: Option<String> = self.db.one(BODY_AT, given, |row| row.get(0))?;
            let body = json.map(|json| Body::parse(kind, &json)).transpose()?;
            self.bodies.insert(moment, body);
        }
        Ok(self.bodies[&moment].as_ref())
    }

    /// The currency of a tariff at a generation.
    pub fn currency(&mut self, tariff: u32, generation: u64) -> Outcome<Option<String>> {
        Ok(match self.body(Kind::Tariff, tariff, generation)? {
            Some(Body::Tariff(tariff)) => Some(tariff.currency.clone()),
            _ => None,
        })
    }
}
