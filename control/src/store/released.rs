//! Numbers that were given back: whose they were, and since when they rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Db, Store, given};
use crate::fault::Outcome;
use crate::model::{Body, Key, Model};

/// A number that was given back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Released {
    /// The account that had it.
    pub holder: String,
    /// When it lost it, Unix nanoseconds.
    pub at_ns: u64,
}

impl Store {
    /// The last time that a number was given back, if it ever was.
    pub fn released(&self, env: &str, number: &str) -> Outcome<Option<Released>> {
        let sql = "SELECT holder, at_ns FROM released WHERE env = ?1 AND number = ?2";
        let read = |row: &super::Row<'_>| Ok(Released { holder: row.get(0)?, at_ns: row.get(1)? });
        self.db.one(sql, given![env, number], read)
    }

    /// The numbers of an environment that were given back since an instant, from a number on.
    pub fn released_since(&self, env: &str, at_ns: u64) -> Outcome<BTreeMap<String, Released>> {
        let sql = "SELECT number, holder, at_ns FROM released WHERE env = ?1 AND at_ns > ?2";
        let mut found = BTreeMap::new();
        self.db.each(sql, given![env, at_ns], |row| {
            found.insert(row.get(0)?, Released { holder: row.get(1)?, at_ns: row.get(2)? });
            Ok(())
        })?;
        Ok(found)
    }
}

/// Writes down the numbers of the inventory that accounts have no longer.
pub(super) fn release(
    db: &Db,
    (live, next): (&Model, &Model),
    changes: &BTreeMap<Key, Option<Arc<Body>>>,
    at_ns: u64,
) -> Outcome<()> {
    for key in changes.keys() {
        let Some(Body::Account(account)) = live.get(key).map(|entry| &*entry.body) else {
            continue;
        };
        for number in &account.numbers {
            let kept = next.claimants(&key.env, number).next().is_some();
            if !kept && live.range_of(&key.env, number).is_some() {
                db.tell(RELEASE, given![&key.env, number, &key.name, at_ns])?;
            }
        }
    }
    Ok(())
}

const RELEASE: &str = "INSERT INTO released (env, number, holder, at_ns) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (env, number) DO UPDATE SET holder = excluded.holder, at_ns = excluded.at_ns";
