//! Requests that carry a key, so that one that is sent again is not done again.

use super::{Row, Store, given};
use crate::fault::Outcome;

/// What is known of a request's key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Repeat {
    /// Nothing was: it is begun now.
    First,
    /// It was begun, and nobody knows yet how it ended, or ever will: control died meanwhile.
    Begun,
    /// The key was used for another request.
    Other,
    /// It was done, and this was the answer: a status and a body.
    Done(u16, String),
}

impl Store {
    /// Begins a request, unless its author used the key before.
    pub fn begin_request(
        &mut self,
        (author, key): (&str, &str),
        digest: &str,
        at_ns: u64,
    ) -> Outcome<Repeat> {
        let old = at_ns.saturating_sub(KEPT_NS);
        self.db.change("DELETE FROM request WHERE at_ns < ?1", given![old])?;
        let sql = "DELETE FROM request WHERE author = ?1 AND at_ns <= (SELECT at_ns FROM request
             WHERE author = ?1 ORDER BY at_ns DESC LIMIT 1 OFFSET ?2)";
        self.db.change(sql, given![author, KEYS_MAX - 1])?;
        let sql = "INSERT INTO request (author, name, digest, at_ns) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING";
        if self.db.change(sql, given![author, key, digest, at_ns])? == 1 {
            return Ok(Repeat::First);
        }
        let sql = "SELECT digest, status, body FROM request WHERE author = ?1 AND name = ?2";
        let known = self.db.one(sql, given![author, key], |row| known(row, digest))?;
        Ok(known.unwrap_or(Repeat::Begun))
    }

    /// Keeps the answer to a request that was done.
    pub fn end_request(
        &mut self,
        (author, key): (&str, &str),
        status: u16,
        body: &str,
    ) -> Outcome<()> {
        let sql = "UPDATE request SET status = ?3, body = ?4 WHERE author = ?1 AND name = ?2";
        self.db.change(sql, given![author, key, status, body]).map(drop)
    }

    /// Forgets a request that was refused: it changed nothing, and may come again.
    pub fn forget_request(&mut self, (author, key): (&str, &str)) -> Outcome<()> {
        let sql = "DELETE FROM request WHERE author = ?1 AND name = ?2";
        self.db.change(sql, given![author, key]).map(drop)
    }
}

fn known(row: &Row<'_>, digest: &str) -> Outcome<Repeat> {
    let (kept, status, body): (String, Option<u16>, Option<String>) =
        (row.get(0)?, row.get(1)?, row.get(2)?);
    Ok(match (status, body) {
        _ if kept != digest => Repeat::Other,
        (Some(status), Some(body)) => Repeat::Done(status, body),
        (None, _) | (_, None) => Repeat::Begun,
    })
}

/// A day: whoever sends it again later looks first.
const KEPT_NS: u64 = 86_400_000_000_000;

/// Of one author; mostly a kilobyte each, so ten megabytes.
const KEYS_MAX: u64 = 10_000;

#[cfg(test)]
mod tests;
