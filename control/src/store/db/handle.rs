//! One face for both databases.

use super::postgres;
use super::row::Row;
use super::sqlite;
use super::value::Param;
use crate::fault::Outcome;

/// An open database.
pub struct Db {
    kind: Kind,
    /// Is a transaction open?
    within: std::cell::Cell<bool>,
}

/// A statement of [`Db::often`].
pub struct Often<'a>(rusqlite::CachedStatement<'a>);

impl Often<'_> {
    /// Changes something now; says how many rows.
    pub fn change(&mut self, given: &[Param<'_>]) -> Outcome<u64> {
        sqlite::again(&mut self.0, given)
    }
}

enum Kind {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres::Connection>),
}

impl Db {
    pub(super) fn sqlite(db: rusqlite::Connection) -> Self {
        Self { kind: Kind::Sqlite(db), within: false.into() }
    }

    pub(super) fn postgres(db: postgres::Connection) -> Self {
        Self { kind: Kind::Postgres(Box::new(db)), within: false.into() }
    }

    /// Does somebody else write it, too?
    pub fn is_shared(&self) -> bool {
        matches!(self.kind, Kind::Postgres(_))
    }

    /// Finds out, soon, whether somebody is there.
    pub fn knock(&self) -> Outcome<()> {
        match &self.kind {
            Kind::Sqlite(_) => Ok(()),
            Kind::Postgres(db) => db.knock(),
        }
    }

    /// Changes something. Within a transaction it may be done as late as the next question or
    /// the end, and only then fail: so a thousand changes are one journey to a server.
    pub fn tell(&self, sql: &str, given: &[Param<'_>]) -> Outcome<()> {
        match &self.kind {
            Kind::Sqlite(db) => sqlite::change(db, sql, given).map(drop),
            Kind::Postgres(db) if self.within.get() => db.tell(sql, given),
            Kind::Postgres(db) => db.change(sql, given).map(drop),
        }
    }

    /// Changes something now; says how many rows.
    pub fn change(&self, sql: &str, given: &[Param<'_>]) -> Outcome<u64> {
        match &self.kind {
            Kind::Sqlite(db) => sqlite::change(db, sql, given),
            Kind::Postgres(db) => db.change(sql, given),
        }
    }

    /// A statement that changes many rows one after the other, in a file of ours alone: what is
    /// made ready once costs a third for each. Of a server there is none.
    pub fn often(&self, sql: &str) -> Outcome<Option<Often<'_>>> {
        match &self.kind {
            Kind::Sqlite(db) => Ok(Some(Often(sqlite::often(db, sql)?))),
            Kind::Postgres(_) => Ok(None),
        }
    }

    /// Looks at every row of an answer.
    pub fn each(
        &self,
        sql: &str,
        given: &[Param<'_>],
        mut look: impl FnMut(&Row<'_>) -> Outcome<()>,
    ) -> Outcome<()> {
        match &self.kind {
            Kind::Sqlite(db) => sqlite::each(db, sql, given, &mut look),
            Kind::Postgres(db) => {
                db.rows(sql, given)?.iter().try_for_each(|row| look(&Row::Postgres(row)))
            }
        }
    }

    /// What is read from every row of an answer.
    pub fn all<T>(
        &self,
        sql: &str,
        given: &[Param<'_>],
        mut read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Vec<T>> {
        let mut found = Vec::new();
        self.each(sql, given, |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// What is read from the only row of an answer, if there is one.
    pub fn one<T>(
        &self,
        sql: &str,
        given: &[Param<'_>],
        read: impl FnMut(&Row<'_>) -> Outcome<T>,
    ) -> Outcome<Option<T>> {
        Ok(self.all(sql, given, read)?.pop())
    }

    /// Does several things that answer nothing.
    pub fn script(&self, sql: &str) -> Outcome<()> {
        match &self.kind {
            Kind::Sqlite(db) => Ok(db.execute_batch(sql)?),
            Kind::Postgres(db) => db.script(sql),
        }
    }

    /// Does several changes, all or none; within a transaction they become part of it.
    pub fn whole<T>(&self, work: impl FnOnce(&Self) -> Outcome<T>) -> Outcome<T> {
        if self.within.get() {
            return work(self);
        }
        self.begin()?;
        let result = work(self);
        self.end(result)
    }

    /// Begins a transaction.
    pub(in crate::store) fn begin(&self) -> Outcome<()> {
        match &self.kind {
            Kind::Sqlite(db) => db.execute_batch("BEGIN IMMEDIATE")?,
            Kind::Postgres(db) => db.begin()?,
        }
        self.within.set(true);
        Ok(())
    }

    /// Ends it: commits what went well, and takes back what did not.
    pub(in crate::store) fn end<T>(&self, result: Outcome<T>) -> Outcome<T> {
        self.within.set(false);
        let ended = match (&self.kind, &result) {
            (Kind::Sqlite(db), Ok(_)) => db.execute_batch("COMMIT").map_err(Into::into),
            (Kind::Postgres(db), Ok(_)) => db.commit(),
            (Kind::Sqlite(db), Err(_)) => db.execute_batch("ROLLBACK").map_err(Into::into),
            (Kind::Postgres(db), Err(_)) => db.roll_back(),
        };
        match (result, ended) {
            (Ok(value), Ok(())) => Ok(value),
            (Ok(_), Err(fault)) => {
                // A commit that failed may leave SQLite's transaction open.
                if let Kind::Sqlite(db) = &self.kind
                    && !db.is_autocommit()
                {
                    db.execute_batch("ROLLBACK")?;
                }
                Err(fault)
            }
            (Err(fault), _) => Err(fault),
        }
    }
}
