//! Drafts: what somebody wants to be true, and does not say aloud before commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::objects::key_of;
use super::shared::count_drafts;
use super::{Store, given};
use crate::fault::Outcome;
use crate::model::{Body, Entry, Key, Model};

/// One author's draft and the model it would make.
#[derive(Clone, Debug, Default)]
pub struct Desk {
    /// The changes.
    pub draft: BTreeMap<Key, Drafted>,
    /// The live model with the changes on it.
    pub candidate: Model,
}

/// One change of a draft.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Drafted {
    /// The generation that made the object what it was when the change began; 0 if there was none.
    pub base: u64,
    /// What it is to be; `None` removes it.
    pub body: Option<Arc<Body>>,
}

impl Store {
    /// The desk of an author.
    pub fn desk(&mut self, author: &str) -> Outcome<&Desk> {
        if !self.desks.contains_key(author) {
            let desk = self.load_desk(author)?;
            self.desks.insert(author.to_owned(), desk);
        }
        Ok(&self.desks[author])
    }

    /// The same, if it is in memory; a copy of it would have all that is drafted next copied.
    pub fn known_desk(&self, author: &str) -> Option<&Desk> {
        self.desks.get(author)
    }

    fn load_desk(&self, author: &str) -> Outcome<Desk> {
        let mut desk = Desk { draft: BTreeMap::new(), candidate: self.live.clone() };
        let sql = "SELECT kind, env, key, base, body FROM draft WHERE author = ?1";
        self.db.each(sql, given![author], |row| {
            let key = key_of(row)?;
            let json: Option<String> = row.get(4)?;
            let body = json.map(|json| Body::parse(key.kind, &json)).transpose()?.map(Arc::new);
            self.lay(&mut desk.candidate, &key, body.clone())?;
            desk.draft.insert(key, Drafted { base: row.get(3)?, body });
            Ok(())
        })?;
        Ok(desk)
    }

    /// Puts a change on top of a model.
    fn lay(&self, model: &mut Model, key: &Key, body: Option<Arc<Body>>) -> Outcome<()> {
        match body {
            None => model.remove(key),
            Some(body) => {
                let entry = match self.live.get(key) {
                    Some(live) if live.body == body => live.clone(),
                    _ => {
                        Entry { id: self.identify(key)?, since: 0, version: self.next(key)?, body }
                    }
                };
                model.insert(key.clone(), entry);
            }
        }
        Ok(())
    }

    /// The live model and the desk of an author.
    pub fn view(&mut self, author: &str) -> Outcome<(&Model, &Desk)> {
        self.desk(author)?;
        Ok((&self.live, &self.desks[author]))
    }

    /// Looks at the model an author's draft would make with one change more; nothing is kept.
    pub fn try_on<T>(
        &mut self,
        author: &str,
        key: &Key,
        body: Option<Arc<Body>>,
        look: impl FnOnce(&Model) -> T,
    ) -> Outcome<T> {
        self.desk(author)?;
        let candidate = &mut self.desks.get_mut(author).expect("desk() put it in").candidate;
        let before = candidate.get(key).cloned();
        match body {
            None => candidate.remove(key),
            Some(body) => {
                candidate.insert(key.clone(), Entry { id: 0, since: 0, version: 0, body });
            }
        }
        let seen = look(candidate);
        match before {
            None => candidate.remove(key),
            Some(before) => candidate.insert(key.clone(), before),
        }
        Ok(seen)
    }

    /// Adds a change to an author's draft; one that leads back to what is live leaves it.
    pub fn draft(
        &mut self,
        author: &str,
        key: Key,
        body: Option<Arc<Body>>,
        at_ns: u64,
    ) -> Outcome<()> {
        let live = self.live.get(&key).map(|entry| (entry.since, entry.body.clone()));
        let begun = self.desk(author)?.draft.get(&key).map(|drafted| drafted.base);
        let base = begun.unwrap_or_else(|| live.as_ref().map_or(0, |(since, _)| *since));
        let idle = body == live.map(|(_, body)| body);
        let Key { kind, env, name } = &key;
        let json = body.as_ref().map(|body| body.to_json());
        let counts = !self.is_among_others;
        let drafts = self.db.whole(|db| {
            if idle {
                db.tell(FORGET, given![author, kind.word(), env, name])?;
            } else {
                db.tell(DRAFT, given![author, kind.word(), env, name, base, json, at_ns])?;
            }
            counts.then(|| count_drafts(db)).transpose()
        })?;
        drafts.into_iter().for_each(|drafts| self.drafts_are(drafts));
        let mut desk = self.desks.remove(author).expect("desk() put it in");
        self.lay(&mut desk.candidate, &key, body.clone())?;
        if idle {
            desk.draft.remove(&key);
        } else {
            desk.draft.insert(key, Drafted { base, body });
        }
        self.desks.insert(author.to_owned(), desk);
        Ok(())
    }

    /// Does several things to drafts, all or none.
    pub fn all_or_none<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.db.begin()?;
        self.is_among_others = true;
        let result = work(self);
        self.is_among_others = false;
        let result = result.and_then(|done| Ok((done, count_drafts(&self.db)?)));
        let result = self.db.end(result);
        match result {
            Ok((done, drafts)) => {
                self.drafts_are(drafts);
                Ok(done)
            }
            Err(fault) => {
                self.forget_desks();
                Err(fault)
            }
        }
    }

    /// Forgets an author's draft; says how many changes there were.
    pub fn discard(&mut self, author: &str) -> Outcome<usize> {
        self.desks.remove(author);
        let (count, drafts) = self.db.whole(|db| {
            let count = db.change("DELETE FROM draft WHERE author = ?1", given![author])?;
            Ok((count as usize, count_drafts(db)?))
        })?;
        self.drafts_are(drafts);
        Ok(count)
    }

    /// How many changes each author has drafted.
    pub fn draft_counts(&self) -> Outcome<BTreeMap<String, u64>> {
        let sql = "SELECT author, count(*) FROM draft GROUP BY author";
        Ok(self.db.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
    }
}

const FORGET: &str = "DELETE FROM draft
WHERE author = ?1 AND kind = ?2 AND env = ?3 AND key = ?4";

const DRAFT: &str = "INSERT INTO draft (author, kind, env, key, base, body, at_ns)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (author, kind, env, key) DO UPDATE SET body = excluded.body, at_ns = excluded.at_ns";
